"""What does notifications write? The mail of example A, and what can become of a mail."""

from datetime import date

from publishing.example import Example, instant
from publishing.golden import notices
from publishing.golden.people import CREDENTIAL_ID, ROSSI
from schemas.mail import (
    CausedMail,
    MailExtension,
    MailFacts,
    MailLine,
    MailPrice,
)
from schemas.notifications import (
    ActivationNoted,
    ClosingNoted,
    ContactAddressCorrected,
    ContactNoted,
    CredentialsEndNoted,
    CredentialsNoted,
    EmailBounced,
    EmailFailed,
    EmailInDoubt,
    EmailRequested,
    EmailSent,
    ExpiriesNoted,
    HandoverNoted,
    InputDiscarded,
    InputNoted,
    PaymentNoted,
    PriceNoted,
    RefusedBuyerNoted,
)
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, CloseReason, EmailFailure, Locale, OrderWarning

EMAIL_ID = "4c3f7b1e-91a0-5d2f-9c2e-3b4a5d6e7f80"
MESSAGE_ID = "<4c3f7b1e-91a0-5d2f-9c2e-3b4a5d6e7f80@coterm.example>"
CAUSE = "0b7c9a52-6a0d-5a8e-b0a5-9a6f3b1c2d4e"
NEXT_YEAR = date(2027, 1, 15)
ACTIVATED = MailFacts(
    order_id="o-1",
    product=EXAMPLE_ADD_ON,
    activated_on=date(2026, 1, 15),
    expires_on=NEXT_YEAR,
    base=EXAMPLE_BASE,
    base_previous_expiry=date(2026, 6, 30),
    base_expires_on=NEXT_YEAR,
)
PRICE = MailPrice(
    lines=[MailLine(product=EXAMPLE_ADD_ON, years=1, net_cents=2000)],
    extensions=[
        MailExtension(
            product=EXAMPLE_BASE,
            previous_expiry=date(2026, 6, 30),
            new_expiry=NEXT_YEAR,
            months=6,
            days=16,
            net_cents=1629,
        )
    ],
    net_cents=3629,
    vat_cents=798,
    total_cents=4427,
)


def caused(template: str, facts: MailFacts) -> CausedMail:
    """Make the mail that an event about order o-1 causes."""
    return CausedMail(template=template, subject="o-1", event_id=CAUSE, order_id="o-1", facts=facts)


EXAMPLES = (
    Example(
        EmailRequested(
            customer_id="c-1",
            order_id="o-1",
            email_id=EMAIL_ID,
            email_key="documents-activated:o-1:0b7c9a52-6a0d-5a8e-b0a5-9a6f3b1c2d4e",
            template="documents-activated",
            locale=Locale.IT,
            message_id=MESSAGE_ID,
            recipient=ROSSI,
            facts=ACTIVATED,
            requested_at=instant("2026-01-15T10:00:01.402211Z"),
        ),
        at=instant("2026-01-15T10:00:01.402211Z"),
        sequence=6,
        cause="provisioning.ServiceActivated:o-1",
        cause_sequence=4,
    ),
    Example(
        EmailSent(
            customer_id="c-1",
            order_id="o-1",
            email_id=EMAIL_ID,
            template="documents-activated",
            message_id=MESSAGE_ID,
            sent_at=instant("2026-01-15T10:00:02.050700Z"),
        ),
        at=instant("2026-01-15T10:00:02.050700Z"),
        sequence=7,
        cause="notifications.email:sent",
    ),
    Example(
        EmailFailed(
            customer_id="c-1",
            order_id="o-1",
            email_id=EMAIL_ID,
            template="documents-activated",
            message_id=MESSAGE_ID,
            failure=EmailFailure.REFUSED_BY_SERVER,
            smtp_code=550,
            failed_at=instant("2026-01-15T10:00:02.050700Z"),
        ),
        at=instant("2026-01-15T10:00:02.050700Z"),
        sequence=7,
        cause="notifications.email:failed",
    ),
    Example(
        EmailInDoubt(
            customer_id="c-1",
            order_id="o-1",
            email_id=EMAIL_ID,
            template="documents-activated",
            message_id=MESSAGE_ID,
            in_doubt_at=instant("2026-01-15T10:03:12.000000Z"),
        ),
        at=instant("2026-01-15T10:03:12.000000Z"),
        sequence=7,
        cause="notifications.email:in_doubt",
    ),
    Example(
        EmailBounced(
            customer_id="c-1",
            order_id="o-1",
            email_id=EMAIL_ID,
            template="documents-activated",
            message_id=MESSAGE_ID,
            bounced_at=instant("2026-01-15T10:14:40.000000Z"),
        ),
        at=instant("2026-01-15T10:14:41.310000Z"),
        sequence=8,
        cause="notifications.RecordBounce",
    ),
    Example(
        ContactAddressCorrected(customer_id="c-1", personal=ROSSI),
        at=instant("2026-01-15T14:00:00.000000Z"),
        sequence=9,
        cause="notifications.CorrectContact:c-1",
    ),
    Example(
        ContactNoted(
            customer_id="c-1",
            order_id="o-1",
            storefront="pec.it",
            personal=ROSSI,
            locale=Locale.IT,
            warnings=[OrderWarning.PEC_ADDRESS],
        ),
        at=instant("2026-01-15T09:00:00.702315Z"),
        sequence=1,
        cause="orders.OrderPlaced:o-1",
        cause_sequence=2,
    ),
    Example(
        RefusedBuyerNoted(
            customer_id="c-2",
            order_id="o-4",
            personal=ROSSI,
            locale=Locale.IT,
        ),
        at=instant("2026-01-15T09:00:00.702315Z"),
        sequence=1,
        cause="orders.OrderRefused:o-4",
        cause_sequence=1,
    ),
    Example(
        HandoverNoted(
            customer_id="c-2",
            credential_id=CREDENTIAL_ID,
            expires_at=instant("2026-01-18T11:30:00.090511Z"),
        ),
        at=instant("2026-01-15T11:30:00.480900Z"),
        sequence=3,
        cause="handover.CredentialsHandedOver",
    ),
    Example(
        PriceNoted(customer_id="c-1", order_id="o-1", price=PRICE, event_id=CAUSE),
        at=instant("2026-01-15T09:00:00.760003Z"),
        sequence=2,
        cause="billing.OrderPriced:o-1",
        cause_sequence=3,
    ),
    Example(
        PaymentNoted(
            customer_id="c-1",
            order_id="o-1",
            due_cents=1427,
            mail=caused(
                "payment-short",
                MailFacts(order_id="o-1", amount_cents=3000, due_cents=1427, payable_until=date(2026, 2, 14)),
            ),
        ),
        at=instant("2026-01-15T09:30:00.310442Z"),
        sequence=4,
        cause="orders.PaymentRegistered:p-1",
        cause_sequence=4,
    ),
    Example(
        ClosingNoted(
            customer_id="c-1",
            order_id="o-1",
            mail=caused(
                "order-closed",
                MailFacts(
                    order_id="o-1",
                    reason=CloseReason.PAYMENT_OVERDUE,
                    closed_on=date(2026, 2, 15),
                    surplus_cents=1000,
                ),
            ),
        ),
        at=instant("2026-02-14T23:00:01.200000Z"),
        sequence=5,
        cause="orders.OrderExpired:o-1",
        cause_sequence=6,
    ),
    Example(
        ExpiriesNoted(
            customer_id="c-1",
            order_id="o-1",
            expiries={EXAMPLE_ADD_ON: NEXT_YEAR, EXAMPLE_BASE: NEXT_YEAR},
            mail=caused("documents-activated", ACTIVATED),
        ),
        at=instant("2026-01-15T10:00:01.402211Z"),
        sequence=5,
        cause="provisioning.ServiceActivated:o-1",
        cause_sequence=4,
    ),
    Example(
        ActivationNoted(
            customer_id="c-1",
            order_id="o-1",
            expiries={EXAMPLE_ADD_ON: NEXT_YEAR, EXAMPLE_BASE: NEXT_YEAR},
            first_purchase=False,
        ),
        at=instant("2026-01-15T10:00:01.500000Z"),
        sequence=8,
        cause="provisioning.OrderActivated:o-1",
        cause_sequence=6,
    ),
    Example(
        CredentialsNoted(
            customer_id="c-2",
            order_id="o-2",
            credential_id=CREDENTIAL_ID,
            event_id=CAUSE,
            expires_at=instant("2026-01-18T11:30:00.090511Z"),
        ),
        at=instant("2026-01-15T11:30:00.470000Z"),
        sequence=2,
        cause="provisioning.CredentialsIssued:o-2",
        cause_sequence=3,
    ),
    Example(
        CredentialsEndNoted(customer_id="c-2", order_id="o-2", credential_id=CREDENTIAL_ID),
        at=instant("2026-01-18T11:30:00.100000Z"),
        sequence=6,
        cause="provisioning.CredentialsVoided:o-2",
        cause_sequence=8,
    ),
    Example(
        InputNoted(
            customer_id="c-1",
            order_id="o-1",
            input_type="billing.OrderPriced.v1",
            note="known already",
        ),
        at=instant("2026-01-15T10:00:01.402211Z"),
        sequence=4,
        cause="billing.OrderPriced:o-1:again",
        cause_sequence=3,
    ),
    Example(
        InputDiscarded(
            customer_id="c-1",
            input_type="orders.OrderPlaced.v1",
            input_id="0c1e6f4c-3d27-5b0e-9a55-6b8b9d0a7f43",
            why="An order of a storefront's load test.",
        ),
        at=instant("2026-01-21T14:08:00.000000Z"),
        sequence=10,
        cause="notifications.DiscardInput",
    ),
    *notices.EXAMPLES,
)
