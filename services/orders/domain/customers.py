"""Who is a customer that gives their id alone? Whom their last order described, as it stands sealed in our events."""

from dataclasses import replace

from msgspec import Struct

from schemas.orders import OrderPlaced
from schemas.personal import Sealed
from schemas.refusal import Refusal
from schemas.vocabulary import BuyerKind, Locale, OrderWarning
from services.orders.domain.commands import Buyer, SubmitOrder
from services.orders.domain.identifiers import Verdict


class OnRecord(Struct, frozen=True):
    """A customer as the last order that was placed described them."""

    kind: BuyerKind
    locale: Locale
    has_certified_mail: bool
    personal: Sealed
    tax_identifier_hash: str


def recorded(event: OrderPlaced) -> OnRecord:
    """Keep whom an order describes."""
    return OnRecord(
        kind=event.buyer_kind,
        locale=event.locale,
        has_certified_mail=OrderWarning.PEC_ADDRESS in event.warnings,
        personal=Sealed.of(event.personal),
        tax_identifier_hash=event.tax_identifier_hash,
    )


def described(command: SubmitOrder, record: OnRecord | None) -> SubmitOrder | Refusal:
    """Say who orders, where the customer gave their id alone; a customer of whom nothing is known is refused.

    Identifiers and citizenship were judged when they came on record; what the kind may buy is judged again.
    """
    if not command.is_on_record:
        return command
    if record is None:
        detail = f"customer.customer_id {command.customer_id} is not on record: say who the customer is"
        return Refusal("INVALID_REQUEST", detail, 422)
    if command.base_families and command.tax_identifier_hash != record.tax_identifier_hash:
        # The claims that were locked are those of another identifier: an order came in at the same moment.
        return Refusal("CATCHING_UP", "the customer has just come on record; send the same request again", 503)
    return replace(
        command,
        buyer=Buyer(record.kind, "IT", Verdict.VALID, Verdict.VALID),
        locale=record.locale,
        has_certified_mail=record.has_certified_mail,
        personal=record.personal,
        tax_identifier_hash=record.tax_identifier_hash,
    )
