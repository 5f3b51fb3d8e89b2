"""Which payments came in, and what became of each? One row per identity and content: conflicts stand beside it."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.payments import (
    ChargebackWon,
    PaymentChargedBack,
    PaymentConflicted,
    PaymentHeld,
    PaymentRegistered,
    PaymentResolved,
)
from schemas.vocabulary import PaymentMethod, PaymentResolution, PaymentStatus
from services.orders.domain.commands import content_hash

_Touching = PaymentHeld | PaymentConflicted | PaymentResolved | PaymentRegistered | PaymentChargedBack | ChargebackWon


class PaymentRow(Struct, frozen=True):
    """A payment as orders knows it; `customer_id` is who paid."""

    payment_source: str
    payment_id: str
    content_hash: str
    customer_id: str
    order_id: str
    amount_cents: int
    method: PaymentMethod
    status: PaymentStatus
    reason: str | None
    registered_on: date | None
    surplus_cents: int
    taken_at: datetime | None
    """When it came in: what lists are ordered by, and what the alert for unmatched payments counts from (R27)."""
    chargebacks: int
    """How often it was charged back: tells one chargeback from the next."""


def _keys_of(event: _Touching) -> Iterable[Key]:
    stored_hash = None if isinstance(event, PaymentHeld) else event.content_hash
    content = stored_hash or content_hash(event.customer_id, event.order_id, event.amount_cents)
    return ((event.payment_source, event.payment_id, content),)


def evolve(row: PaymentRow | None, event: Event, key: Key) -> PaymentRow | None:
    """Fold one own event into a payment's row."""
    match event:
        case PaymentHeld():
            # One that was charged back while it waited has come anew.
            found = _row(event, key, PaymentStatus.HELD, event.reason)
            return replace(found, chargebacks=row.chargebacks) if row is not None else found
        case PaymentConflicted():
            # One that was held first has waited since then.
            found = _row(event, key, PaymentStatus.CONFLICTED, event.reason)
            return _since(found, row)
        case PaymentResolved():
            return _resolved(row, event) if row is not None else None
        case PaymentRegistered():
            registered = replace(
                _row(event, key, PaymentStatus.REGISTERED, None),
                registered_on=event.registered_on,
                surplus_cents=event.surplus_cents,
            )
            return _since(registered, row)
        case PaymentChargedBack() if row is not None:
            status, chargebacks = PaymentStatus.CHARGED_BACK, row.chargebacks + 1
            return replace(row, status=status, reason=event.why, chargebacks=chargebacks)
        case ChargebackWon() if row is not None:
            won_on = event.won_on if event.order_cents or event.surplus_cents else None  # else it comes anew
            registered = replace(row, status=PaymentStatus.REGISTERED, reason=None)
            return replace(registered, registered_on=row.registered_on or won_on, surplus_cents=event.surplus_cents)
        case _:
            return row


def _resolved(row: PaymentRow, event: PaymentResolved) -> PaymentRow:
    """Keep how it ended; what became credit is surplus, as of any payment."""
    surplus_cents = row.amount_cents if event.action is PaymentResolution.TO_CREDIT else 0
    return replace(row, status=PaymentStatus.RESOLVED, reason=event.action, surplus_cents=surplus_cents)


def _since(found: PaymentRow, row: PaymentRow | None) -> PaymentRow:
    """Keep since when it is here, and how often it was charged back."""
    return replace(found, taken_at=row.taken_at, chargebacks=row.chargebacks) if row is not None else found


def _row(
    event: PaymentHeld | PaymentConflicted | PaymentRegistered, key: Key, status: PaymentStatus, reason: str | None
) -> PaymentRow:
    return PaymentRow(
        payment_source=event.payment_source,
        payment_id=event.payment_id,
        content_hash=key[2],
        customer_id=event.customer_id,
        order_id=event.order_id,
        amount_cents=event.amount_cents,
        method=event.method,
        status=status,
        reason=reason,
        registered_on=None,
        surplus_cents=0,
        taken_at=event.taken_at,
        chargebacks=0,
    )


PAYMENTS = Projection(
    "payments",
    PaymentRow,
    ("payment_source", "payment_id", "content_hash"),
    _keys_of,
    evolve,
    ddl(__file__),
    _Touching,
)
