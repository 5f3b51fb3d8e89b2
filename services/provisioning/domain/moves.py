"""Which order moved which service, and from where? What a chargeback undoes, and may do again (R29)."""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from schemas.ends import ChargebackNoted
from schemas.payments import ChargebackWon
from schemas.provisioning import ExpiryAligned, ServiceTerminated
from schemas.vocabulary import ExpiryReason, Product
from services.provisioning.domain.owned import OwnedService, ServiceEvent


class Place(Struct, frozen=True):
    """Where a service's term stood: its expiry, and what that is computed from (R2)."""

    expires_on: date
    anchor_on: date
    months: int


class Move(Struct, frozen=True):
    """A move of a service's expiry by an order: the last one of that order."""

    order_id: str
    product: Product
    before: Place
    after: Place
    reason: ExpiryReason
    is_undone: bool = False


class Chargeback(Struct, frozen=True, omit_defaults=True):
    """A payment of an order that is charged back."""

    order_id: str
    payment_source: str
    payment_id: str
    content_hash: str | None = None
    """Tells it from others under the same identity; None where it was noted before that was."""

    def is_of(self, event: ChargebackNoted | ChargebackWon) -> bool:
        """Tell whether an event is about this payment."""
        is_content = self.content_hash is None or self.content_hash == event.content_hash
        return is_content and (self.payment_source, self.payment_id) == (event.payment_source, event.payment_id)


def moved(moves: tuple[Move, ...], owned: OwnedService | None, event: ServiceEvent) -> tuple[Move, ...]:
    """Remember a move, or that it was undone; a service that ends takes its moves along."""
    if isinstance(event, ServiceTerminated):
        return tuple(move for move in moves if move.product != event.product)
    if not isinstance(event, ExpiryAligned) or owned is None or owned.expires_on == event.new_expiry:
        return moves
    before = Place(owned.expires_on, owned.anchor_on, owned.months)
    after = Place(event.new_expiry, event.anchor_on, event.months)
    known = next((move for move in moves if _is_of(move, event)), None)
    if event.reason is not ExpiryReason.REVERSAL:
        move = Move(event.order_id, event.product, before, after, event.reason)
    elif known is not None:
        move = replace(known, before=after, after=before, is_undone=True)
    else:
        # It went back only because its base did.
        move = Move(event.order_id, event.product, after, before, ExpiryReason.ALIGNMENT, is_undone=True)
    return (*(other for other in moves if not _is_of(other, event)), move)


def charged_back(chargebacks: tuple[Chargeback, ...], event: ChargebackNoted) -> tuple[Chargeback, ...]:
    """Remember a payment as charged back, until it is won back."""
    chargeback = Chargeback(event.order_id, event.payment_source, event.payment_id, event.content_hash)
    others = tuple(each for each in chargebacks if not each.is_of(event))
    return others if event.is_won else (*others, chargeback)


def _is_of(move: Move, event: ExpiryAligned) -> bool:
    return (move.order_id, move.product) == (event.order_id, event.product)
