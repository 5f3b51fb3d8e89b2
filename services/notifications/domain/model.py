"""What does notifications remember of an account? Whom to write to, what waits, which credentials are on their way."""

from datetime import date, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from schemas import notices
from schemas.envelope import Part
from schemas.mail import CausedMail
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
from schemas.personal import SealedBlock
from schemas.vocabulary import Locale, OrderWarning, Product, ServiceStatus
from services.notifications.domain import credit, services
from services.notifications.domain.credit import Credit, CreditMove
from services.notifications.domain.services import Service, Suspension

NotificationsEvent = (
    EmailRequested
    | EmailSent
    | EmailFailed
    | EmailInDoubt
    | EmailBounced
    | ContactAddressCorrected
    | ContactNoted
    | RefusedBuyerNoted
    | HandoverNoted
    | PriceNoted
    | PaymentNoted
    | ClosingNoted
    | ExpiriesNoted
    | ActivationNoted
    | CredentialsNoted
    | CredentialsEndNoted
    | notices.Notice
    | InputNoted
    | InputDiscarded
)
"""Whatever notifications says."""


class Contact(Struct, frozen=True):
    """Whom to write to, sealed, and in which language."""

    key_id: str
    nonce: str
    ciphertext: str
    locale: Locale
    certified_mail: bool

    @property
    def sealed(self) -> SealedBlock:
        """The personal block, as it came."""
        return SealedBlock(key_id=self.key_id, nonce=self.nonce, ciphertext=self.ciphertext)

    @property
    def warnings(self) -> list[OrderWarning]:
        """What operators should know of the address (R39)."""
        return [OrderWarning.PEC_ADDRESS] if self.certified_mail else []


class Credential(Struct, frozen=True):
    """A temporary password on its way: announced by its event, brought by its hand-over, in either order."""

    credential_id: str
    expires_at: datetime
    event_id: str | None = None
    """CredentialsIssued's id, once it arrived."""
    order_id: str | None = None
    reissued: bool = False
    handed_over: bool = False
    requested: bool = False


class Correspondence(Struct, frozen=True):
    """The state of one account."""

    contact: Contact | None = None
    services: tuple[Service, ...] = ()
    activated_order: str | None = None
    """The first purchase that provisioning reported as activated whole."""
    credentials: tuple[Credential, ...] = ()
    waiting: tuple[str, ...] = ()
    """Mails, written down as events tell them, that wait for their recipient to become known."""
    credits: tuple[Credit, ...] = ()
    credit_moves: tuple[CreditMove, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    automatic: tuple[Product, ...] = ()
    """The bases that renew by themselves."""
    plan: str = "0"
    notice_at: datetime | None = None
    """When something is to be told next, of services or credit; its deadline goes by the name of the plan."""

    def credential(self, credential_id: str) -> Credential | None:
        """Find credentials on their way, or None."""
        return next((each for each in self.credentials if each.credential_id == credential_id), None)

    def expiries(self) -> dict[Product, date]:
        """Return the expiry of each service that is alive."""
        return {each.product: each.expires_on for each in self.services if each.status is not ServiceStatus.TERMINATED}


def contact_of(personal: SealedBlock, locale: Locale, warnings: list[OrderWarning]) -> Contact:
    """Keep a sealed recipient as plain values."""
    certified = OrderWarning.PEC_ADDRESS in warnings
    return Contact(personal.key_id, personal.nonce, personal.ciphertext, locale, certified)


def evolve(state: Correspondence, event: NotificationsEvent) -> Correspondence:
    """Fold one own event into the account."""
    if isinstance(event, notices.Notice):
        return _noticed(state, event)
    match event:
        case ContactNoted() | RefusedBuyerNoted() | ContactAddressCorrected():
            return _addressed(state, event)
        case HandoverNoted() | CredentialsNoted():
            return _announced(state, event)
        case EmailRequested():
            return _requested(state, event.credential_id)
        case EmailFailed() | CredentialsEndNoted():
            return _without(state, event.credential_id)
        case ExpiriesNoted():
            return _waiting(replace(state, services=services.dated(state.services, event)), event.mail)
        case ActivationNoted():
            return _waiting(_activated(state, event), event.mail)
        case PaymentNoted() | ClosingNoted():
            return _waiting(state, event.mail)
        case PriceNoted() | EmailSent() | EmailInDoubt() | EmailBounced() | InputNoted() | InputDiscarded():
            return state
        case _:
            assert_never(event)


def as_text(kind: type[Part], part: Part) -> str:
    """Write a part of an event as JSON, the same for one that a fold was given in another form."""
    return kind.model_validate(part, from_attributes=True).model_dump_json(exclude_none=True)


def _noticed(state: Correspondence, event: notices.Notice) -> Correspondence:
    match event:
        case notices.ServiceNoted():
            return _standing(state, event)
        case notices.CreditNoted():
            return _waiting(replace(state, credits=credit.standing(state.credits, event)), event.mail)
        case notices.CreditMoved():
            return replace(state, credit_moves=credit.moved(state.credit_moves, event))
        case notices.NoticesPlanned():
            return replace(state, plan=event.plan, notice_at=event.notice_at)
        case notices.NoticesGiven():
            return _notified(state, event)
        case notices.AutomaticRenewalNoted():
            return _automatic(state, event)
        case notices.ReminderNoted() | notices.HoldNotified() | notices.MailNoted():
            return _waiting(state, event.mail)
        case notices.SettlementNoted() | notices.HoldNoted() | notices.ReleaseNoted():
            return state
        case _:
            assert_never(event)


def _addressed(
    state: Correspondence, event: ContactNoted | RefusedBuyerNoted | ContactAddressCorrected
) -> Correspondence:
    if isinstance(event, ContactNoted | RefusedBuyerNoted):
        contact = contact_of(event.personal, event.locale, event.warnings)
        return replace(state, contact=contact, waiting=())
    if state.contact is None:
        return state
    return replace(state, contact=contact_of(event.personal, state.contact.locale, event.warnings))


def _waiting(state: Correspondence, mail: CausedMail | None) -> Correspondence:
    if mail is None or state.contact is not None:
        return state
    written = as_text(CausedMail, mail)
    return state if written in state.waiting else replace(state, waiting=(*state.waiting, written))


def _activated(state: Correspondence, event: ActivationNoted) -> Correspondence:
    active = replace(state, services=services.active_whole(state.services, event))
    return replace(active, activated_order=event.order_id) if event.first_purchase else active


def _standing(state: Correspondence, event: notices.ServiceNoted) -> Correspondence:
    return replace(
        state,
        services=services.standing(state.services, event),
        suspensions=services.suspensions(state.suspensions, state.services, event),
    )


def _notified(state: Correspondence, event: notices.NoticesGiven) -> Correspondence:
    state = replace(
        state,
        services=services.notified(state.services, event.services),
        credits=credit.notified(state.credits, event.credit_ids, event.notified_on),
        credit_moves=credit.untold(state.credit_moves, event.order_ids),
        suspensions=tuple(each for each in state.suspensions if each.order_id not in event.order_ids),
        notice_at=None,
    )
    for mail in event.mails:
        state = _waiting(state, mail)
    return state


def _automatic(state: Correspondence, event: notices.AutomaticRenewalNoted) -> Correspondence:
    others = {product for product in state.automatic if product != event.product}
    enabled = others | {event.product} if event.enabled else others
    return replace(state, automatic=tuple(sorted(enabled)))


def _announced(state: Correspondence, event: HandoverNoted | CredentialsNoted) -> Correspondence:
    return _handed_over(state, event) if isinstance(event, HandoverNoted) else _issued(state, event)


def _handed_over(state: Correspondence, event: HandoverNoted) -> Correspondence:
    held = state.credential(event.credential_id)
    if held is None:
        held = Credential(event.credential_id, event.expires_at)
    return _with(state, replace(held, handed_over=True))


def _issued(state: Correspondence, event: CredentialsNoted) -> Correspondence:
    held = state.credential(event.credential_id) or Credential(event.credential_id, event.expires_at)
    issued = replace(
        held,
        expires_at=event.expires_at,
        event_id=event.event_id,
        order_id=event.order_id,
        reissued=event.reissued,
    )
    earlier = tuple(each for each in state.credentials if not each.requested)
    return _with(replace(state, credentials=earlier), issued)


def _requested(state: Correspondence, credential_id: str | None) -> Correspondence:
    held = None if credential_id is None else state.credential(credential_id)
    return state if held is None else _with(state, replace(held, requested=True))


def _with(state: Correspondence, credential: Credential) -> Correspondence:
    others = _without(state, credential.credential_id).credentials
    return replace(state, credentials=(*others, credential))


def _without(state: Correspondence, credential_id: str | None) -> Correspondence:
    kept = tuple(each for each in state.credentials if each.credential_id != credential_id)
    return replace(state, credentials=kept)
