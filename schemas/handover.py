"""What travels on `credentials.handover`? A sealed secret, for 72 hours, from provisioning to notifications."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from schemas.envelope import Event


class CredentialsHandedOver(Event):
    """A temporary password is on its way, readable by notifications alone."""

    EVENT_TYPE: ClassVar[str] = "handover.CredentialsHandedOver.v1"

    credential_id: str
    key_id: str
    expires_at: AwareDatetime
    box: str = Field(description="Base64 SealedBox over {credential_id, username, password, expires_at}.")
