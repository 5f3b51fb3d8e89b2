"""Which credentials does a customer have, and what became of them? Never the secret itself (R35, R36)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.notifications import EmailBounced, EmailFailed, EmailInDoubt, EmailSent
from schemas.personal import SealedBlock
from schemas.provisioning import (
    CredentialsDeliveryNoted,
    CredentialsIssued,
    CredentialsVoided,
    InputNoted,
    SignInSealed,
)
from schemas.refusal import Refusal
from schemas.vocabulary import CredentialsVoidReason, EmailFailure, EmailStatus
from services.provisioning.domain.model import Account, ProvisioningEvent

MailFate = EmailSent | EmailFailed | EmailInDoubt | EmailBounced


@dataclass(frozen=True, slots=True)
class NewCredentials:
    """Credentials made at the edge: the hash sealed for us, the secret sealed for notifications."""

    credential_id: str
    key_id: str
    username_hash: str
    sealed: SealedBlock
    expires_at: datetime
    box: str


def issued(
    customer_id: str, order_id: str | None, new: NewCredentials, *, reissued: bool = False
) -> list[ProvisioningEvent]:
    """Issue credentials, and let the customer sign in with them."""
    return [
        CredentialsIssued(
            customer_id=customer_id,
            order_id=order_id,
            credential_id=new.credential_id,
            key_id=new.key_id,
            expires_at=new.expires_at,
            reissued=reissued,
        ),
        SignInSealed(
            customer_id=customer_id,
            order_id=order_id,
            credential_id=new.credential_id,
            username_hash=new.username_hash,
            sealed=new.sealed,
            temporary=True,
            expires_at=new.expires_at,
        ),
    ]


def reissue(account: Account, customer_id: str, new: NewCredentials | None) -> Sequence[ProvisioningEvent] | Refusal:
    """Issue a new temporary password, on an operator's word; the old one is void.

    Returns no event when these very credentials stand already.
    """
    bases = account.living_bases()
    if account.sign_in is None or not bases:
        return Refusal("SERVICE_UNKNOWN", "the customer has no service to sign in for", 404)
    if new is None:
        return Refusal("PERSONAL_DATA_ERASED", "the customer's personal data is erased", 409)
    if account.sign_in.credential_id == new.credential_id:
        return []
    voided = _voided(account, customer_id, CredentialsVoidReason.REISSUED)
    return [*voided, *issued(customer_id, bases[0].order_id, new, reissued=True)]


def on_mail_fate(account: Account, fate: MailFate) -> list[ProvisioningEvent]:
    """Note what became of the mail; a secret that was lost on the way is void, and shown for re-issue."""
    if fate.credential_id is None:
        return [InputNoted(customer_id=fate.customer_id, order_id=fate.order_id, input_type=fate.EVENT_TYPE)]
    failure = fate.failure if isinstance(fate, EmailFailed) else None
    noted = CredentialsDeliveryNoted(
        customer_id=fate.customer_id,
        order_id=fate.order_id,
        credential_id=fate.credential_id,
        email_id=fate.email_id,
        status=_status(fate),
        failure=failure,
    )
    reason = _LOST.get(failure) if failure else None
    is_current = account.sign_in is not None and account.sign_in.credential_id == fate.credential_id
    return [noted, *(_voided(account, fate.customer_id, reason) if reason and is_current else [])]


_LOST = {
    EmailFailure.CREDENTIALS_EXPIRED: CredentialsVoidReason.EXPIRED,
    EmailFailure.HANDOVER_LOST: CredentialsVoidReason.HANDOVER_LOST,
}


def _status(fate: MailFate) -> EmailStatus:
    match fate:
        case EmailSent():
            return EmailStatus.SENT
        case EmailFailed():
            return EmailStatus.FAILED
        case EmailInDoubt():
            return EmailStatus.IN_DOUBT
        case EmailBounced():
            return EmailStatus.BOUNCED


def _voided(account: Account, customer_id: str, reason: CredentialsVoidReason) -> list[ProvisioningEvent]:
    sign_in = account.sign_in
    if sign_in is None or not sign_in.temporary or sign_in.is_void or sign_in.credential_id is None:
        return []
    return [
        CredentialsVoided(
            customer_id=customer_id,
            credential_id=sign_in.credential_id,
            reason=reason,
            expires_at=sign_in.expires_at,
        )
    ]
