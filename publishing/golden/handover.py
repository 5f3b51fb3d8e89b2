"""What does provisioning hand over? A temporary password that only notifications can open."""

from publishing.example import Example, instant
from publishing.golden.people import CREDENTIAL_ID
from schemas.handover import CredentialsHandedOver

EXAMPLES = (
    Example(
        CredentialsHandedOver(
            customer_id="c-2",
            credential_id=CREDENTIAL_ID,
            key_id="notifications-1",
            expires_at=instant("2026-01-18T11:30:00.090511Z"),
            box="mZr3Vw5nYx6hT4bEu1m7Ck1Jq0dP2sO8q83vEjRWeJq83vASNFZ4mrzeASNFZ4mrze8BI0VniavN7w==",
        ),
        at=instant("2026-01-15T11:30:00.090511Z"),
        sequence=0,
        cause="handover.CredentialsHandedOver.v1",
        last=False,
    ),
)
