"""When does a temporary password leave by mail? Once all that it needs is here (R35, R36)."""

from collections.abc import Sequence

from schemas.handover import CredentialsHandedOver
from schemas.notifications import (
    CredentialsEndNoted,
    CredentialsNoted,
    EmailFailed,
    EmailRequested,
    HandoverNoted,
    InputNoted,
)
from schemas.orders import PersonalDataErased
from schemas.provisioning import CredentialsIssued, CredentialsVoided
from schemas.vocabulary import CredentialsVoidReason, EmailFailure
from services.notifications.domain.drafts import credentials_mail
from services.notifications.domain.model import Correspondence, Credential, NotificationsEvent, evolve
from services.notifications.domain.occasion import Occasion, known_already
from services.notifications.domain.requests import failed, requested

UNSENT_VOIDS = {
    CredentialsVoidReason.EXPIRED: EmailFailure.CREDENTIALS_EXPIRED,
    CredentialsVoidReason.HANDOVER_LOST: EmailFailure.HANDOVER_LOST,
}


def on_credentials_issued(event: CredentialsIssued, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a password is announced; send it if its hand-over is here, give it up if it ran out already (R36)."""
    held = occasion.state.credential(event.credential_id)
    if held is not None and held.event_id is not None:
        return [known_already(event)]
    noted = CredentialsNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credential_id=event.credential_id,
        event_id=occasion.event_id,
        expires_at=event.expires_at,
        reissued=event.reissued,
    )
    state = evolve(occasion.state, noted)
    if occasion.now >= event.expires_at:
        failure = EmailFailure.CREDENTIALS_EXPIRED
        return [noted, *_unsent(event.customer_id, state, event.credential_id, failure, occasion)]
    return [noted, *complete(event.customer_id, state, occasion)]


def on_credentials_handed_over(event: CredentialsHandedOver, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a sealed password arrived; the box itself never stands in the log.

    Run out, and not announced (any more), it is given up at once: its deadline may have been before, and acts once.
    """
    held = occasion.state.credential(event.credential_id)
    if held is not None and held.handed_over:
        return [known_already(event)]
    noted = HandoverNoted(customer_id=event.customer_id, credential_id=event.credential_id, expires_at=event.expires_at)
    is_announced = held is not None and held.event_id is not None
    if occasion.now >= event.expires_at and not is_announced:
        return [noted, *on_credentials_overdue(event.customer_id, event.credential_id, occasion)]
    return [noted, *complete(event.customer_id, evolve(occasion.state, noted), occasion)]


def on_credentials_voided(event: CredentialsVoided, occasion: Occasion) -> list[NotificationsEvent]:
    """Forget credentials that can't be used any more; unsent and run out, they are shown for re-issue (R36)."""
    noted = CredentialsEndNoted(
        customer_id=event.customer_id, order_id=event.order_id, credential_id=event.credential_id
    )
    failure = UNSENT_VOIDS.get(event.reason)
    return [noted, *_unsent(event.customer_id, occasion.state, event.credential_id, failure, occasion)]


def on_credentials_overdue(customer_id: str, credential_id: str, occasion: Occasion) -> list[NotificationsEvent]:
    """Give up credentials that ran out before everything their mail needs had arrived."""
    held = occasion.state.credential(credential_id)
    order_id = None if held is None else held.order_id
    noted = CredentialsEndNoted(customer_id=customer_id, order_id=order_id, credential_id=credential_id)
    is_here = held is not None and held.handed_over
    failure = EmailFailure.CREDENTIALS_EXPIRED if is_here else EmailFailure.HANDOVER_LOST
    return [noted, *_unsent(customer_id, occasion.state, credential_id, failure, occasion)]


def complete(customer_id: str, state: Correspondence, occasion: Occasion) -> list[NotificationsEvent]:
    """Ask for the mail of each password for which everything is here by now."""
    return [mail for credential in state.credentials for mail in _complete(customer_id, state, credential, occasion)]


def _complete(
    customer_id: str, state: Correspondence, credential: Credential, occasion: Occasion
) -> Sequence[EmailRequested | EmailFailed]:
    if credential.event_id is None or not credential.handed_over or credential.requested:
        return []
    mail = credentials_mail(state, credential, credential.event_id)
    if occasion.now >= credential.expires_at:
        return [failed(customer_id, mail, EmailFailure.CREDENTIALS_EXPIRED, occasion.now, occasion.domain)]
    is_active = credential.reissued or (
        credential.order_id is not None and credential.order_id == state.activated_order
    )
    if state.contact is None or not is_active:
        return []
    return [requested(customer_id, mail, state.contact, occasion.now, occasion.domain)]


def _unsent(
    customer_id: str,
    state: Correspondence,
    credential_id: str,
    failure: EmailFailure | None,
    occasion: Occasion,
) -> list[EmailFailed]:
    held = state.credential(credential_id)
    if failure is None or held is None or held.event_id is None or held.requested:
        return []
    mail = credentials_mail(state, held, held.event_id)
    return [failed(customer_id, mail, failure, occasion.now, occasion.domain)]


def on_personal_data_erased(event: PersonalDataErased, occasion: Occasion) -> list[NotificationsEvent]:
    """Forget credentials that wait for their mail: a box names its customer, and the customer's key does not seal it.

    All else is sealed with that key; a mail that still is to leave fails, its address can't be read.
    """
    ended: list[NotificationsEvent] = [
        CredentialsEndNoted(customer_id=event.customer_id, order_id=held.order_id, credential_id=held.credential_id)
        for held in occasion.state.credentials
    ]
    return ended or [InputNoted(customer_id=event.customer_id, input_type=event.EVENT_TYPE, note="none is on its way")]
