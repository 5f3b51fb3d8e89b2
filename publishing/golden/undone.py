"""What is written when a service ends on a day, and when a payment is charged back and won back?"""

from datetime import date

from publishing.example import Example, instant
from publishing.golden.billing import CREDIT_ID
from publishing.golden.people import BODY_HASH
from schemas import ends, reversals
from schemas.ends import ResumptionReason, ServiceEnded, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.payments import ChargebackWon, MoneyDestination, PaymentChargedBack
from schemas.reversals import CreditReversed, ServiceCharge, ServiceChargesNoted
from schemas.vocabulary import CreditOrigin, PaymentMethod, ServiceStatus

EXAMPLES = (
    Example(
        PaymentChargedBack(
            customer_id="c-1",
            order_id="o-1",
            payment_source="card",
            payment_id="p-1",
            content_hash=BODY_HASH,
            method=PaymentMethod.CARD,
            amount_cents=4627,
            order_cents=4427,
            surplus_cents=200,
            was_settled=True,
            charged_back_on=date(2026, 3, 1),
            why="The bank charged it back.",
            taken_at=instant("2026-03-01T09:00:00Z"),
        ),
        at=instant("2026-03-01T09:00:00.000000Z"),
        sequence=14,
        cause="storefront.PaymentChargedBack:card:p-1",
    ),
    Example(
        ChargebackWon(
            customer_id="c-1",
            order_id="o-1",
            payment_source="card",
            payment_id="p-1",
            content_hash=BODY_HASH,
            method=PaymentMethod.CARD,
            amount_cents=4627,
            order_cents=4427,
            surplus_cents=200,
            won_on=date(2026, 4, 1),
            why="The bank gave it back.",
            taken_at=instant("2026-04-01T09:00:00Z"),
        ),
        at=instant("2026-04-01T09:00:00.000000Z"),
        sequence=15,
        cause="orders.WinChargeback:card:p-1",
    ),
    Example(
        ServiceEnded(
            customer_id="c-1",
            product="E_INVOICING",
            ended_on=date(2026, 5, 20),
            expires_on=date(2027, 1, 15),
            money=MoneyDestination.TO_CREDIT,
            why="The customer moves abroad.",
        ),
        at=instant("2026-05-20T09:00:00.000000Z"),
        sequence=8,
        cause="provisioning.EndService:E_INVOICING",
        last=False,
    ),
    Example(
        ends.ChargebackNoted(customer_id="c-1", order_id="o-1", payment_source="card", payment_id="p-1", is_won=False),
        at=instant("2026-03-01T09:00:00.500000Z"),
        sequence=9,
        cause="orders.PaymentChargedBack:card:p-1",
        cause_sequence=14,
        last=False,
    ),
    Example(
        ServiceSuspended(
            customer_id="c-1",
            order_id="o-1",
            product="DOCUMENTS",
            suspended_on=date(2026, 3, 1),
            expires_on=date(2027, 1, 15),
            reason=SuspensionReason.CHARGEBACK,
        ),
        at=instant("2026-03-01T09:00:00.500000Z"),
        sequence=10,
        cause="orders.PaymentChargedBack:card:p-1",
        cause_sequence=14,
    ),
    Example(
        ServiceResumed(
            customer_id="c-1",
            order_id="o-1",
            product="DOCUMENTS",
            resumed_on=date(2026, 4, 1),
            expires_on=date(2027, 1, 15),
            status=ServiceStatus.ACTIVE,
            reason=ResumptionReason.CHARGEBACK_WON,
        ),
        at=instant("2026-04-01T09:00:00.500000Z"),
        sequence=12,
        cause="orders.ChargebackWon:card:p-1",
        cause_sequence=15,
    ),
    Example(
        ServiceChargesNoted(
            customer_id="c-1",
            order_id="o-1",
            vat_percent=22,
            charges=[
                ServiceCharge(product="DOCUMENTS", annual_cents=2000, net_cents=2000, gross_cents=2440),
                ServiceCharge(product="E_INVOICING", annual_cents=3000, net_cents=1629, gross_cents=1987),
            ],
        ),
        at=instant("2026-01-15T10:00:01.203998Z"),
        sequence=6,
        cause="provisioning.OrderActivated:o-1",
        cause_sequence=5,
    ),
    Example(
        reversals.ChargebackNoted(
            customer_id="c-1",
            order_id="o-1",
            payment_source="card",
            payment_id="p-1",
            order_cents=4427,
            surplus_cents=200,
            taken_back_cents=200,
        ),
        at=instant("2026-03-01T09:00:00.500000Z"),
        sequence=7,
        cause="orders.PaymentChargedBack:card:p-1",
        cause_sequence=14,
        last=False,
    ),
    Example(
        CreditReversed(
            customer_id="c-1",
            order_id="o-1",
            credit_id=CREDIT_ID,
            amount_cents=200,
            remaining_cents=0,
            reversed_on=date(2026, 3, 1),
            origin=CreditOrigin.PAYMENT_SURPLUS,
            payment_source="card",
            payment_id="p-1",
            explanation="2.00 € of 2.00 € taken back: payment p-1 of card was charged back",
            entered_at=instant("2026-03-01T09:00:00.500Z"),
        ),
        at=instant("2026-03-01T09:00:00.500000Z"),
        sequence=8,
        cause="orders.PaymentChargedBack:card:p-1",
        cause_sequence=14,
    ),
)
