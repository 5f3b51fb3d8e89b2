"""What does notifications remember of an account? Whom to write to, what waits, which credentials are on their way."""

from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.envelope import Event
from schemas.notifications import (
    ContactAddressCorrected,
    ContactNoted,
    EmailFailed,
    EmailRequested,
    FactNoted,
    HandoverNoted,
)
from schemas.personal import SealedBlock
from schemas.vocabulary import EmailStatus, EmailTemplate, Locale, OrderWarning

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


class Draft(Struct, frozen=True):
    """A mail that was caused and may have to wait for its recipient."""

    template: EmailTemplate
    subject: str
    """What it is about: an order, or a credential."""
    event_id: str
    """The neighbour's event that caused it."""
    order_id: str | None
    facts: dict[str, Any]
    credential_id: str | None = None

    @property
    def key(self) -> str:
        """The stable key under which it is sent once (R38)."""
        return f"{self.template}:{self.subject}:{self.event_id}"


class ServiceDate(Struct, frozen=True):
    """When a service expires, as provisioning said last."""

    product: str
    expires_on: str


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
    waiting: tuple[Draft, ...] = ()
    """Mails that wait for their recipient to become known."""

    def credential(self, credential_id: str) -> Credential | None:
        """Find credentials on their way, or None."""
        return next((each for each in self.credentials if each.credential_id == credential_id), None)

    def expiries(self) -> dict[str, str]:
        """Return each service's expiry, as an ISO date."""
        return {each.product: each.expires_on for each in self.services}


class OrderNote(Struct, frozen=True):
    """What is known of one order, from two topics in either order: a row, not state."""

    customer_id: str
    order_id: str
    placed: bool
    payable_until: date | None
    expected_total_cents: int | None
    price: dict[str, Any] | None
    price_event_id: str | None
    due_cents: int | None
    closed: bool
    received_requested: bool


class Email(Struct, frozen=True):
    """One mail and its fate, as storefronts and operators see it."""

    email_id: str
    customer_id: str
    order_id: str | None
    template: EmailTemplate
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


def evolve(state: Correspondence, event: Event) -> Correspondence:
    """Fold one own event into the account."""
    match event:
        case ContactNoted():
            contact = contact_of(event.personal, event.locale, event.warnings)
            return replace(state, contact=contact, waiting=())
        case ContactAddressCorrected() if state.contact is not None:
            return replace(state, contact=contact_of(event.personal, state.contact.locale, event.warnings))
        case HandoverNoted():
            return _handed_over(state, event)
        case EmailRequested() if event.credential_id is not None:
            return _requested(state, event.credential_id)
        case EmailFailed() if event.credential_id is not None:
            return _without(state, event.credential_id)
        case FactNoted():
            return _noted(state, event)
        case _:
            return state


def _noted(state: Correspondence, event: FactNoted) -> Correspondence:
    facts = event.facts
    match event.input_type:
        case "provisioning.EInvoicingActivated.v1" | "provisioning.ExpiryAligned.v1":
            return _dated(state, facts["expiries"])
        case "provisioning.DocumentsActivated.v1":
            return _waiting(_dated(state, facts["expiries"]), event)
        case "provisioning.OrderActivated.v1":
            # It names every service that is alive: what an earlier life of the account had, is gone.
            dated = _dated(replace(state, services=()), facts["expiries"])
            return replace(dated, activated_order=event.order_id) if facts["first_purchase"] else dated
        case "provisioning.CredentialsIssued.v1":
            return _issued(state, event)
        case "provisioning.CredentialsVoided.v1" | "notifications.credentials_overdue":
            return _without(state, facts["credential_id"])
        case _:
            return _waiting(state, event)


def _waiting(state: Correspondence, event: FactNoted) -> Correspondence:
    draft = draft_of(event)
    if draft is None or state.contact is not None:
        return state
    return replace(state, waiting=(*state.waiting, draft))


def draft_of(event: FactNoted) -> Draft | None:
    """Return the mail that a noted fact causes, or None."""
    draft = event.facts.get("mail")
    if draft is None:
        return None
    return Draft(
        EmailTemplate(draft["template"]), draft["subject"], draft["event_id"], event.order_id, dict(draft["facts"])
    )


def _dated(state: Correspondence, expiries: dict[str, str]) -> Correspondence:
    known = {**state.expiries(), **expiries}
    return replace(state, services=tuple(ServiceDate(product, known[product]) for product in sorted(known)))


def _handed_over(state: Correspondence, event: HandoverNoted) -> Correspondence:
    held = state.credential(event.credential_id)
    if held is None:
        held = Credential(event.credential_id, event.expires_at)
    return _with(state, replace(held, handed_over=True))


def _issued(state: Correspondence, event: FactNoted) -> Correspondence:
    facts = event.facts
    expires_at = datetime.fromisoformat(facts["expires_at"])
    held = state.credential(facts["credential_id"]) or Credential(facts["credential_id"], expires_at)
    issued = replace(
        held, expires_at=expires_at, event_id=facts["event_id"], order_id=event.order_id, reissued=facts["reissued"]
    )
    earlier = tuple(each for each in state.credentials if not each.requested)
    return _with(replace(state, credentials=earlier), issued)


def _requested(state: Correspondence, credential_id: str) -> Correspondence:
    held = state.credential(credential_id)
    return state if held is None else _with(state, replace(held, requested=True))


def _with(state: Correspondence, credential: Credential) -> Correspondence:
    others = _without(state, credential.credential_id).credentials
    return replace(state, credentials=(*others, credential))


def _without(state: Correspondence, credential_id: str) -> Correspondence:
    kept = tuple(each for each in state.credentials if each.credential_id != credential_id)
    return replace(state, credentials=kept)
