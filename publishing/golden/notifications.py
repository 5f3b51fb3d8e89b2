"""What does notifications write? The mail of example A, and what can become of a mail."""

from publishing.example import Example, instant
from publishing.golden.people import CREDENTIAL_ID, ROSSI
from schemas.notifications import (
    ContactAddressCorrected,
    ContactNoted,
    EmailBounced,
    EmailFailed,
    EmailInDoubt,
    EmailRequested,
    EmailSent,
    FactNoted,
    HandoverNoted,
    InputDiscarded,
    InputNoted,
)
from schemas.vocabulary import EmailFailure, Locale, OrderWarning

EMAIL_ID = "4c3f7b1e-91a0-5d2f-9c2e-3b4a5d6e7f80"
MESSAGE_ID = "<4c3f7b1e-91a0-5d2f-9c2e-3b4a5d6e7f80@coterm.example>"

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
            facts={
                "order_id": "o-1",
                "activated_on": "2026-01-15",
                "expires_on": "2027-01-15",
                "base_previous_expiry": "2026-06-30",
                "base_expires_on": "2027-01-15",
            },
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
        FactNoted(
            customer_id="c-1",
            order_id="o-1",
            input_type="billing.OrderPriced.v1",
            facts={"total_cents": 4427},
        ),
        at=instant("2026-01-15T09:00:00.760003Z"),
        sequence=2,
        cause="billing.OrderPriced:o-1",
        cause_sequence=3,
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
)
