"""What do the peers make of the log? One row an order, from the same events: less than our own tables hold."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SCHEMA = "peers"
TABLE = f"""
DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;
CREATE SCHEMA {SCHEMA};
CREATE TABLE {SCHEMA}.orders (
    order_id text PRIMARY KEY, customer_id text NOT NULL, status text NOT NULL,
    total_cents bigint, paid_cents bigint NOT NULL, version bigint NOT NULL
);
CREATE INDEX ON {SCHEMA}.orders (customer_id);
"""
UPSERT = f"""
INSERT INTO {SCHEMA}.orders (order_id, customer_id, status, total_cents, paid_cents, version)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (order_id) DO UPDATE SET
    status = COALESCE(NULLIF(excluded.status, ''), orders.status),
    total_cents = COALESCE(excluded.total_cents, orders.total_cents),
    paid_cents = orders.paid_cents + excluded.paid_cents, version = excluded.version
"""
UPSERT_NAMED = UPSERT
"""The same with psycopg's placeholders."""
for _number in range(1, 7):
    UPSERT_NAMED = UPSERT_NAMED.replace(f"${_number}", "%s")
SUMMED = f"""
SELECT count(*), COALESCE(sum(total_cents), 0), COALESCE(sum(paid_cents), 0),
       count(*) FILTER (WHERE status = 'ACTIVATED')
FROM {SCHEMA}.orders
"""
STATUS = {
    "orders.OrderPlaced.v1": "AWAITING_PRICE",
    "orders.OrderPriceNoted.v1": "AWAITING_PAYMENT",
    "orders.OrderSettled.v1": "SETTLED",
    "orders.OrderActivationNoted.v1": "ACTIVATED",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changes in its order's row."""

    order_id: str
    customer_id: str
    status: str
    total_cents: int | None
    paid_cents: int
    version: int

    @property
    def row(self) -> tuple[str, str, str, int | None, int, int]:
        """Give the statement's arguments."""
        return self.order_id, self.customer_id, self.status, self.total_cents, self.paid_cents, self.version


def change_of(event: dict[str, Any]) -> Change:
    """Read an event of orders.events as it stands in the log."""
    data, kind = event["data"], event["type"]
    return Change(
        data["order_id"],
        event["subject"],
        STATUS.get(kind, ""),
        data["total_cents"] if kind == "orders.OrderPriceNoted.v1" else None,
        data["amount_cents"] if kind == "orders.PaymentRegistered.v1" else 0,
        int(event["sequence"]),
    )


def expected(values: Iterable[bytes]) -> list[int]:
    """Say what the table must add up to: orders, totals, payments, and how many are active."""
    totals: dict[str, int] = {}
    active, paid = set(), 0
    for value in values:
        change = change_of(json.loads(value))
        totals.setdefault(change.order_id, 0)
        totals[change.order_id] = change.total_cents or totals[change.order_id]
        paid += change.paid_cents
        if change.status == "ACTIVATED":
            active.add(change.order_id)
    return [len(totals), sum(totals.values()), paid, len(active)]
