"""Which credit does a customer have, as mails tell of it? What stands, and what it did that is still to be told."""

from collections.abc import Collection
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from schemas.notices import CreditMoved, CreditNoted


class Credit(Struct, frozen=True):
    """Credit that stands."""

    credit_id: str
    amount_cents: int
    expires_on: date
    notified_on: date
    """That it expires is told on a later day alone."""


class CreditMove(Struct, frozen=True):
    """What credit paid of an order, or got back from it; not told yet."""

    order_id: str
    amount_cents: int
    returned: bool
    expires_on: date
    moved_at: datetime


def standing(credits: tuple[Credit, ...], event: CreditNoted) -> tuple[Credit, ...]:
    """Fold how much of a credit stands; nothing is kept of one that is gone."""
    known = {each.credit_id: each for each in credits}
    held = known.pop(event.credit_id, None)
    if event.remaining_cents:
        notified_on = event.noted_on if held is None else held.notified_on
        known[event.credit_id] = Credit(event.credit_id, event.remaining_cents, event.expires_on, notified_on)
    return tuple(known[name] for name in sorted(known))


def moved(moves: tuple[CreditMove, ...], event: CreditMoved) -> tuple[CreditMove, ...]:
    """Fold what credit did for an order."""
    move = CreditMove(event.order_id, event.amount_cents, event.returned, event.expires_on, event.moved_at)
    return (*moves, move)


def notified(credits: tuple[Credit, ...], credit_ids: Collection[str], on: date) -> tuple[Credit, ...]:
    """Fold that some credit's expiry was told."""
    return tuple(replace(each, notified_on=on) if each.credit_id in credit_ids else each for each in credits)


def untold(moves: tuple[CreditMove, ...], order_ids: Collection[str]) -> tuple[CreditMove, ...]:
    """Fold that what credit did for some orders was told."""
    return tuple(move for move in moves if move.order_id not in order_ids)


def balance_cents(credits: tuple[Credit, ...]) -> int:
    """Return all that stands."""
    return sum(credit.amount_cents for credit in credits)
