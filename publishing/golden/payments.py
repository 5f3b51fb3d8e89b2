"""What does orders write of a payment? That it was registered, that it waits, that it contradicts another."""

from datetime import date

from publishing.example import Example, instant
from publishing.golden.people import BODY_HASH
from schemas.payments import PaymentConflicted, PaymentHeld, PaymentRegistered
from schemas.vocabulary import PaymentConflictReason, PaymentHoldReason, PaymentMethod

EXAMPLES = (
    Example(
        PaymentRegistered(
            customer_id="c-1",
            order_id="o-1",
            payment_source="bank",
            payment_id="p-1",
            amount_cents=4427,
            method=PaymentMethod.BANK_TRANSFER,
            registered_on=date(2026, 1, 15),
            outstanding_cents=0,
            surplus_cents=0,
        ),
        at=instant("2026-01-15T10:00:00.201993Z"),
        sequence=5,
        cause="storefront.PaymentReceived:bank:p-1",
        last=False,
    ),
    Example(
        PaymentHeld(
            customer_id="c-1",
            order_id="o-4",
            payment_source="bank",
            payment_id="p-4",
            amount_cents=4427,
            method=PaymentMethod.BANK_TRANSFER,
            held_on=date(2026, 1, 16),
            reason=PaymentHoldReason.ORDER_UNKNOWN,
        ),
        at=instant("2026-01-16T07:45:10.000000Z"),
        sequence=9,
        cause="storefront.PaymentReceived:bank:p-4",
    ),
    Example(
        PaymentConflicted(
            customer_id="c-1",
            order_id="o-1",
            payment_source="bank",
            payment_id="p-1",
            amount_cents=4400,
            method=PaymentMethod.BANK_TRANSFER,
            conflicted_on=date(2026, 1, 16),
            content_hash=BODY_HASH,
            reason=PaymentConflictReason.CONTENT_DIFFERS,
        ),
        at=instant("2026-01-16T08:02:51.730002Z"),
        sequence=10,
        cause="storefront.PaymentReceived:bank:p-1:again",
    ),
)
