"""What does notifications note for the mails that wait for their day? A life's notices, reminders, holds and credit."""

from datetime import date

from publishing.example import Example, instant
from schemas.mail import CausedMail, MailFacts, MailService
from schemas.notices import (
    AutomaticRenewalNoted,
    CreditMoved,
    CreditNoted,
    HoldNoted,
    HoldNotified,
    MailNoted,
    NoticesGiven,
    NoticesPlanned,
    ReleaseNoted,
    ReminderNoted,
    ServiceNoted,
    SettlementNoted,
)
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, CreditOrigin, HoldReason, PaymentMethod, ServiceStatus

CAUSE = "6d1f0a3b-5c52-5b0e-8a8e-1f5a7c9d2e41"
EXPIRY = date(2027, 1, 15)
THIRTY_DAYS_BEFORE = date(2026, 12, 16)
NOTICE = CausedMail(
    template="expiry-notice",
    subject=EXAMPLE_BASE,
    event_id=CAUSE,
    facts=MailFacts(
        services=[MailService(product=product, expires_on=EXPIRY) for product in (EXAMPLE_BASE, EXAMPLE_ADD_ON)],
        expires_on=EXPIRY,
        remaining_days=30,
        notified_on=THIRTY_DAYS_BEFORE,
    ),
)


def caused(template: str, subject: str, facts: MailFacts) -> CausedMail:
    """Make a mail about order o-1."""
    return CausedMail(template=template, subject=subject, event_id=CAUSE, order_id="o-1", facts=facts)


EXAMPLES = (
    Example(
        ServiceNoted(customer_id="c-1", product=EXAMPLE_BASE, status=ServiceStatus.GRACE, ends_on=date(2027, 4, 15)),
        at=instant("2027-01-15T23:00:01.210000Z"),
        sequence=24,
        cause="provisioning.ServiceEnteredGrace:c-1",
        cause_sequence=9,
    ),
    Example(
        NoticesPlanned(customer_id="c-1", plan="4", replaces="3", notice_at=instant("2026-12-31T08:00:00Z")),
        at=instant("2026-12-16T08:00:00.610000Z"),
        sequence=18,
        cause="notifications.notice:c-1",
    ),
    Example(
        NoticesGiven(
            customer_id="c-1",
            plan="3",
            notified_on=THIRTY_DAYS_BEFORE,
            services={EXAMPLE_ADD_ON: THIRTY_DAYS_BEFORE, EXAMPLE_BASE: THIRTY_DAYS_BEFORE},
            mails=[NOTICE],
        ),
        at=instant("2026-12-16T08:00:00.610000Z"),
        sequence=16,
        cause="notifications.notice:c-1",
    ),
    Example(
        ReminderNoted(
            customer_id="c-1",
            order_id="o-1",
            remind_at=instant("2026-02-05T08:00:00Z"),
            mail=caused(
                "payment-reminder",
                "o-1",
                MailFacts(
                    order_id="o-1",
                    due_cents=4427,
                    payable_until=date(2026, 2, 14),
                    remaining_days=23,
                    notified_on=date(2026, 1, 22),
                ),
            ),
        ),
        at=instant("2026-01-22T08:00:00.404000Z"),
        sequence=4,
        cause="notifications.payment_reminder:o-1",
    ),
    Example(
        SettlementNoted(customer_id="c-1", order_id="o-1"),
        at=instant("2026-01-25T10:00:00.911000Z"),
        sequence=6,
        cause="orders.OrderSettled:o-1",
        cause_sequence=4,
    ),
    Example(
        HoldNoted(
            customer_id="c-1",
            order_id="o-1",
            reason=HoldReason.BASE_SHORTENED,
            tell_at=instant("2026-01-25T11:00:01Z"),
        ),
        at=instant("2026-01-25T10:00:01.000000Z"),
        sequence=7,
        cause="orders.OrderHeld:o-1",
        cause_sequence=5,
    ),
    Example(
        HoldNotified(
            customer_id="c-1",
            order_id="o-1",
            mail=caused("order-held", "o-1", MailFacts(order_id="o-1", hold_reason=HoldReason.BASE_SHORTENED)),
        ),
        at=instant("2026-01-25T11:00:01.300000Z"),
        sequence=8,
        cause="notifications.held_order:o-1",
    ),
    Example(
        ReleaseNoted(customer_id="c-1", order_id="o-1"),
        at=instant("2026-01-25T14:00:01.000000Z"),
        sequence=10,
        cause="orders.OrderReleased:o-1",
        cause_sequence=6,
    ),
    Example(
        CreditNoted(
            customer_id="c-1",
            order_id="o-1",
            credit_id="1f0e7a52-9a0d-5a8e-b0a5-9a6f3b1c2d4e",
            remaining_cents=200,
            expires_on=EXPIRY,
            noted_on=date(2026, 1, 15),
            mail=caused(
                "credit-granted",
                "1f0e7a52-9a0d-5a8e-b0a5-9a6f3b1c2d4e",
                MailFacts(
                    order_id="o-1",
                    amount_cents=200,
                    credit_origin=CreditOrigin.PAYMENT_SURPLUS,
                    credit_expires_on=EXPIRY,
                    balance_cents=200,
                ),
            ),
        ),
        at=instant("2026-01-15T10:00:02.000000Z"),
        sequence=9,
        cause="billing.CreditGranted:o-1",
        cause_sequence=5,
    ),
    Example(
        CreditMoved(
            customer_id="c-1",
            order_id="o-2",
            amount_cents=200,
            returned=False,
            expires_on=EXPIRY,
            moved_at=instant("2026-03-01T09:00:00.500000Z"),
        ),
        at=instant("2026-03-01T09:00:00.500000Z"),
        sequence=12,
        cause="billing.CreditUsed:o-2",
        cause_sequence=6,
    ),
    Example(
        MailNoted(
            customer_id="c-1",
            order_id="o-1",
            mail=caused(
                "refund-due",
                "rf-1",
                MailFacts(order_id="o-1", amount_cents=2135, method=PaymentMethod.BANK_TRANSFER),
            ),
        ),
        at=instant("2026-05-20T10:00:00.000000Z"),
        sequence=14,
        cause="billing.RefundDue:o-1",
        cause_sequence=8,
    ),
    Example(
        AutomaticRenewalNoted(customer_id="c-1", product=EXAMPLE_BASE, enabled=True),
        at=instant("2026-05-21T10:00:00.000000Z"),
        sequence=15,
        cause="orders.AutomaticRenewalSet:c-1",
        cause_sequence=9,
    ),
)
