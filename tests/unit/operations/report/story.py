"""What happened in the small export of these tests? Nine orders of seven customers, each written out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations.export.batch import Batch
from operations.export.folder import Folder
from operations.export.rows import row_of
from tests.unit.operations.export.literals import APPENDED_MS, Record, record, stretch

JUNE = "2026-06-30"

Said = tuple[str, dict[str, Any], int]
"""A type, what differs from its golden example, and so many milliseconds after the first record."""


def placed(order: str, customer: str, case: str, branch: str, channel: str) -> Said:
    fields = {"order_id": order, "customer_id": customer, "purchase_case": case, "branch": branch, "channel": channel}
    return "orders.OrderPlaced", fields | {"ordered_on": "2026-01-15"}, 0


def priced(order: str, net_cents: int, extension_cents: int | None = None) -> Iterator[Said]:
    if extension_cents is not None:
        yield "billing.ExtensionComputed", {"order_id": order, "net_cents": extension_cents}, 0
    yield "billing.OrderPriced", {"order_id": order, "net_cents": net_cents}, 0


def paid(order: str, outstanding_cents: int, ms: int, *, closed: bool = False) -> Said:
    fields = {"order_id": order, "outstanding_cents": outstanding_cents, "order_closed": closed}
    return "orders.PaymentRegistered", fields, ms


def settled(order: str, on: str = "2026-01-15") -> Said:
    return "orders.OrderSettled", {"order_id": order, "settled_on": on}, 0


def activated(order: str, case: str, ms: int) -> Said:
    return "provisioning.OrderActivated", {"order_id": order, "purchase_case": case}, ms


def owned(customer: str, expires_on: str, product: str = "E_INVOICING", activated_on: str = "2026-01-15") -> Said:
    fields = {"customer_id": customer, "product": product, "expires_on": expires_on, "activated_on": activated_on}
    return "provisioning.ServiceActivated", fields, 0


def bought_together() -> Iterator[Said]:
    """Pay in two parts, on two days."""
    yield placed("o-1", "c-1", "FIRST_PURCHASE", "BUNDLE", "SITE")
    yield from priced("o-1", 3000)
    yield paid("o-1", 2660, 1_000)
    yield paid("o-1", 0, 90_000_000)
    yield settled("o-1", "2026-01-16")
    yield activated("o-1", "FIRST_PURCHASE", 90_000_800)
    yield owned("c-1", "2027-01-16")
    yield owned("c-1", "2027-01-16", "DOCUMENTS")


def extension_kept() -> Iterator[Said]:
    """Pay once more by mistake, later: all surplus."""
    yield owned("c-2", JUNE)
    yield placed("o-2", "c-2", "ADD_ON_TO_OWNED", "EXTENDED", "CUSTOMER_AREA")
    yield from priced("o-2", 3629, 1629)
    yield paid("o-2", 0, 2_000)
    yield settled("o-2")
    yield "provisioning.ExpiryAligned", {"customer_id": "c-2", "product": "E_INVOICING", "new_expiry": "2027-01-15"}, 0
    yield owned("c-2", "2027-01-15", "DOCUMENTS")
    yield activated("o-2", "ADD_ON_TO_OWNED", 3_200)
    yield paid("o-2", 0, 9_000)


def extension_refused() -> Iterator[Said]:
    yield owned("c-3", JUNE)
    yield placed("o-3", "c-3", "ADD_ON_TO_OWNED", "ALIGNED_SHORT", "CUSTOMER_AREA")
    yield from priced("o-3", 2000)
    yield paid("o-3", 0, 5_000)
    yield settled("o-3")
    yield owned("c-3", JUNE, "DOCUMENTS")
    yield activated("o-3", "ADD_ON_TO_OWNED", 5_400)


def never_paid() -> Iterator[Said]:
    """Let the order expire, pay too late, and lose e-invoicing."""
    yield owned("c-4", JUNE)
    yield placed("o-4", "c-4", "ADD_ON_TO_OWNED", "EXTENDED", "PANEL")
    yield from priced("o-4", 3629, 1629)
    yield "orders.OrderExpired", {"order_id": "o-4"}, 0
    yield paid("o-4", 0, 9_000, closed=True)
    yield "provisioning.ServiceTerminated", {"customer_id": "c-4", "product": "E_INVOICING"}, 0
    yield owned("c-9", "2026-01-14", activated_on="2025-01-14")


def part_paid() -> Iterator[Said]:
    yield placed("o-5", "c-5", "FIRST_PURCHASE", "BUNDLE", "SITE")
    yield from priced("o-5", 3000)
    yield paid("o-5", 100, 1_000)


def closed_after_payment() -> Iterator[Said]:
    yield placed("o-6", "c-6", "ADD_ON_TO_OWNED", "EXTENDED", "SITE")
    yield from priced("o-6", 3629, 1629)
    yield paid("o-6", 0, 1_000)
    yield settled("o-6")
    yield "orders.OrderCancelled", {"order_id": "o-6", "reason": "BASE_NOT_ACTIVE"}, 0
    yield "billing.RefundDue", {"customer_id": "c-6", "order_id": "o-6", "amount_cents": 4427}, 0


def held() -> Iterator[Said]:
    """Wait an hour for an operator, and get credit since the base had moved."""
    yield placed("o-9", "c-8", "ADD_ON_TO_OWNED", "EXTENDED", "PANEL")
    yield from priced("o-9", 3629, 1029)
    yield "billing.ExtensionComputed", {"order_id": "o-9", "product": "DOCUMENTS", "net_cents": 600}, 0
    yield paid("o-9", 0, 1_000)
    yield settled("o-9")
    yield "provisioning.ActivationHeld", {"order_id": "o-9"}, 2_000
    yield activated("o-9", "ADD_ON_TO_OWNED", 3_600_000)
    yield "billing.CreditGranted", {"order_id": "o-9", "amount_cents": 915, "origin": "BASE_CHANGED"}, 0


def refused() -> Iterator[Said]:
    base = {"code": "BASE_REQUIRED", "detail": "e-invoicing is not owned", "order_id": None}
    channel = {"code": "CHANNEL_NOT_ALLOWED", "detail": "not on this channel", "order_id": None}
    yield "orders.OrderRefused", {"order_id": "o-7", "customer_id": "c-7", "violations": [base, channel]}, 0
    yield "orders.OrderRefused", {"order_id": "o-8", "customer_id": "c-7", "violations": [base]}, 0


def mailed() -> Iterator[Said]:
    fates = {
        "m-1": ("EmailSent",),
        "m-2": ("EmailInDoubt", "EmailSent"),
        "m-3": ("EmailInDoubt",),
        "m-4": ("EmailFailed",),
    }
    for email_id, fate in fates.items():
        for name in ("EmailRequested", *fate):
            yield f"notifications.{name}", {"email_id": email_id, "template": "order-received"}, 0
    yield "notifications.EmailFailed", {"email_id": "m-5", "template": "order-received"}, 0


STORY = (
    bought_together, extension_kept, extension_refused, never_paid, part_paid, closed_after_payment, held, refused,
    mailed,
)  # fmt: skip


def export(root: Path) -> Path:
    """Export the story, as the log would hold it."""
    log: dict[str, list[Record]] = {}
    for event_type, data, ms in (event for tell in STORY for event in tell()):
        topic = f"{event_type.partition('.')[0]}.events"
        records = log.setdefault(topic, [])
        place: Any = {"offset": len(records), "sequence": len(records) + 1, "appended_ms": APPENDED_MS + ms}
        records.append(record(topic, f"{event_type}.v1", data=data, **place))
    with Folder(root).held() as folder:
        batch = Batch(folder)
        for topic, records in log.items():
            batch.begin(topic, 0, 0)
            batch.add(row for each in records if (row := row_of(each)) is not None)
            batch.moved(topic, stretch(*records))
        batch.commit(datetime(2026, 1, 17, tzinfo=UTC))
    return root
