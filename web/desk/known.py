"""What is known of a customer, as a person reads it? Services, mails, and where the money went, oldest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.history.as_of import StateThen

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a customer's money; its kind says which way it went."""

    on: str
    """YYYY-MM-DD, in Europe/Rome."""
    kind: str
    cents: int
    order_id: str | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of four services at one instant."""

    services: Sequence[Row]
    money: Sequence[Entry]
    mails: Sequence[Row]


def known(states: Sequence[StateThen]) -> Known:
    """Gather it from what each service knew."""
    rows = {state.service: state.rows for state in states}
    orders, billing = rows.get("orders", {}), rows.get("billing", {})
    money = [*_charged(billing), *_paid(orders), *_credited(billing), *_due_back(orders)]
    return Known(
        rows.get("provisioning", {}).get("services", []),
        sorted(money, key=lambda entry: entry.on),
        sorted(rows.get("notifications", {}).get("emails", []), key=lambda mail: str(mail["requested_at"])),
    )


def _charged(billing: Mapping[str, Sequence[Row]]) -> Iterator[Entry]:
    for row in billing.get("charges", []):
        lines = (*row["lines"], *row["extensions"])
        explained = "; ".join(f"{line['product']} {line['explanation']}" for line in lines)
        yield Entry(row["priced_on"], "CHARGED", row["total_cents"], row["order_id"], explained)


def _paid(orders: Mapping[str, Sequence[Row]]) -> Iterator[Entry]:
    for row in orders.get("payments", []):
        what = " · ".join(str(part) for part in (row["status"], row["reason"]) if part)
        named = f"{row['payment_source']}/{row['payment_id']} {what}"
        on = row["registered_on"] or str(row["taken_at"] or "")[:10]
        yield Entry(on, "PAID", row["amount_cents"], row["order_id"], named)


def _credited(billing: Mapping[str, Sequence[Row]]) -> Iterator[Entry]:
    for row in billing.get("credit_entries", []):
        yield Entry(
            row["entered_on"], f"CREDIT_{row['kind']}", row["amount_cents"], row["order_id"], row["explanation"]
        )


def _due_back(orders: Mapping[str, Sequence[Row]]) -> Iterator[Entry]:
    for row in orders.get("refunds", []):
        on = row["paid_on"] or row["due_on"]
        yield Entry(on, f"REFUND_{row['status']}", row["amount_cents"], row["order_id"], row["explanation"])
