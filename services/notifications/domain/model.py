"""What does notifications remember of an account? Whom to write to, what waits, which credentials are on their way."""

from datetime import date, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

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
)
from schemas.personal import SealedBlock
from schemas.vocabulary import EmailStatus, Locale, OrderWarning, Product, TemplateName

NotificationsEvent = (
    EmailRequested
    | EmailSent
    | EmailFailed
    | EmailInDoubt
    | EmailBounced
    | ContactAddressCorrected
    | ContactNoted
    | HandoverNoted
    | PriceNoted
    | PaymentNoted
    | ClosingNoted
    | ExpiriesNoted
    | ActivationNoted
    | CredentialsNoted
    | CredentialsEndNoted
    | InputNoted
    | InputDiscarded
)
"""Whatever notifications says."""

CREDENTIALS_OVERDUE = "notifications.credentials_overdue"
"""The moment at which credentials that were not sent are void."""


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


class ServiceDate(Struct, frozen=True):
    """When a service expires, as provisioning said last."""

    product: Product
    expires_on: date


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
    services: tuple[ServiceDate, ...] = ()
    activated_order: str | None = None
    """The first purchase that provisioning reported as activated whole."""
    credentials: tuple[Credential, ...] = ()
    waiting: tuple[str, ...] = ()
    """Mails, written down as events tell them, that wait for their recipient to become known."""

    def credential(self, credential_id: str) -> Credential | None:
        """Find credentials on their way, or None."""
        return next((each for each in self.credentials if each.credential_id == credential_id), None)

    def expiries(self) -> dict[Product, date]:
        """Return each service's expiry."""
        return {each.product: each.expires_on for each in self.services}


class OrderNote(Struct, frozen=True):
    """What is known of one order, from two topics in either order: a row, not state."""

    customer_id: str
    order_id: str
    placed: bool
    storefront: str | None
    """Whose order it is, once it is placed."""
    payable_until: date | None
    expected_total_cents: int | None
    price: str | None
    """Written down as its event tells it: it is folded, and read for one mail."""
    price_event_id: str | None
    due_cents: int | None
    closed: bool
    received_requested: bool


class Email(Struct, frozen=True):
    """One mail and its fate, as storefronts and operators see it."""

    email_id: str
    customer_id: str
    order_id: str | None
    template: TemplateName
    status: EmailStatus
    message_id: str
    credential_id: str | None
    requested_at: datetime
    sent_at: datetime | None
    failure: str | None
    certified_mail: bool


def contact_of(personal: SealedBlock, locale: Locale, warnings: list[OrderWarning]) -> Contact:
    """Keep a sealed recipient as plain values."""
    certified = OrderWarning.PEC_ADDRESS in warnings
    return Contact(personal.key_id, personal.nonce, personal.ciphertext, locale, certified)


def evolve(state: Correspondence, event: NotificationsEvent) -> Correspondence:
    """Fold one own event into the account."""
    match event:
        case ContactNoted() | ContactAddressCorrected():
            return _addressed(state, event)
        case HandoverNoted():
            return _handed_over(state, event)
        case CredentialsNoted():
            return _issued(state, event)
        case EmailRequested():
            return _requested(state, event.credential_id)
        case EmailFailed() | CredentialsEndNoted():
            return _without(state, event.credential_id)
        case ExpiriesNoted():
            return _waiting(_dated(state, event.expiries), event.mail)
        case ActivationNoted():
            return _activated(state, event)
        case PaymentNoted() | ClosingNoted():
            return _waiting(state, event.mail)
        case PriceNoted() | EmailSent() | EmailInDoubt() | EmailBounced() | InputNoted() | InputDiscarded():
            return state
        case _:
            assert_never(event)


def as_text(kind: type[Part], part: Part) -> str:
    """Write a part of an event as JSON, the same for one that a fold was given in another form."""
    return kind.model_validate(part, from_attributes=True).model_dump_json(exclude_none=True)


def _addressed(state: Correspondence, event: ContactNoted | ContactAddressCorrected) -> Correspondence:
    if isinstance(event, ContactNoted):
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
    # It names every service that is alive: what an earlier life of the account had, is gone.
    dated = _dated(replace(state, services=()), event.expiries)
    return replace(dated, activated_order=event.order_id) if event.first_purchase else dated


def _dated(state: Correspondence, expiries: dict[Product, date]) -> Correspondence:
    known = {**state.expiries(), **expiries}
    return replace(state, services=tuple(ServiceDate(product, known[product]) for product in sorted(known)))


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
