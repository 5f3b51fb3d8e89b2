"""What can happen in a life that is compared? Steps, drawn by Hypothesis: whoever fails is shrunk to the fewest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.lives.model.state import DOCUMENTS, FE, RECEIVE_ONLY, Line


@dataclass(frozen=True)
class Ordering:
    """Somebody orders, and pays at once where `pays`."""

    buyer: int
    lines: tuple[Line, ...] | None
    """None: what they may well buy or renew, one thing more each time."""
    channel: str
    """Empty: where this is sold."""
    toggle: bool | None
    expected: int | None
    """So many cents beside the total; None: nothing is expected."""
    pays: bool
    years: int = 0
    """Of a renewal; 0: none is asked for."""
    uses_credit: bool = False


@dataclass(frozen=True)
class Paying:
    """Money comes for an order, counted from the latest; -1 is the one that is still to come."""

    order: int
    beside: int
    """Cents beside what is due; a big negative number is half of it."""
    by_other: bool


@dataclass(frozen=True)
class PayingAgain:
    """A payment is told of once more; the content is another where `changed`."""

    payment: int
    changed: bool


@dataclass(frozen=True)
class Cancelling:
    """The customer gives an order up."""

    order: int


@dataclass(frozen=True)
class Waiting:
    """Time passes: a span, or to just around the next moment that the rules know of, or the next end of a month."""

    span: timedelta
    to_next: bool
    to_month_end: bool = False


@dataclass(frozen=True)
class Operating:
    """An operator, a bank or a storefront says what is to become of something: which one of all, and how."""

    what: str
    which: int
    how: int


@dataclass(frozen=True)
class Away:
    """A service does not run, until it is told to come back."""

    service: str


@dataclass(frozen=True)
class Back:
    """Who was away runs again."""


@dataclass(frozen=True)
class Twice:
    """A sender that got no answer sends the record again."""

    record: int


Step = Ordering | Paying | PayingAgain | Cancelling | Operating | Waiting | Away | Back | Twice

BUY, RENEW = "ACTIVATE", "RENEW"
CARTS: tuple[tuple[Line, ...], ...] = (
    ((FE, BUY, 1), (DOCUMENTS, BUY, 1)),
    ((FE, BUY, 1),),
    ((DOCUMENTS, BUY, 1),),
    ((RECEIVE_ONLY, BUY, 1),),
    ((RECEIVE_ONLY, BUY, 1), (DOCUMENTS, BUY, 1)),
    ((FE, BUY, 1), (RECEIVE_ONLY, BUY, 1)),
    ((DOCUMENTS, BUY, 1), (DOCUMENTS, BUY, 1)),
    ((FE, RENEW, 1),),
    ((FE, RENEW, 2), (DOCUMENTS, RENEW, 2)),
    ((FE, RENEW, 3), (DOCUMENTS, BUY, 1)),
    ((DOCUMENTS, RENEW, 1),),
    ((RECEIVE_ONLY, RENEW, 1),),
)
BEGINNINGS = (
    datetime(2026, 1, 15, 9, tzinfo=UTC),
    datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    datetime(2027, 2, 28, 22, 30, tzinfo=UTC),
    datetime(2028, 2, 28, 23, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)
SPANS = [timedelta(days=days) for days in (1, 1, 3, 3, 7, 14, 29, 30, 60, 91, 130, 200, 366)]
SPANS += [timedelta(hours=1), timedelta(hours=14, minutes=29, seconds=59)]
AROUND = (timedelta(seconds=-1), timedelta(0), timedelta(hours=12))
OPERATED = {
    "end": 4,
    "cancel service": 3,
    "charge back": 6,
    "win back": 5,
    "release": 4,
    "close": 3,
    "resolve": 6,
    "refund is paid": 2,
    "refund credit": 2,
    "renew by itself": 6,
}
"""What is said of services, payments, orders, refunds and credit, and how often."""
SERVICES = ("orders", "billing", "provisioning", "notifications")


def _ordering(chance: Random) -> Step:
    return Ordering(
        buyer=chance.choice((0,) * 24 + (1,) * 5 + (2, 3, 4, 5, 6)),
        lines=chance.choice(CARTS) if chance.random() < 0.15 else None,
        channel=chance.choice(("SITE", "CUSTOMER_AREA", "PANEL")) if chance.random() < 0.1 else "",
        toggle=chance.choice((None, True, False)),
        expected=chance.choice((-1, 0, 1)) if chance.random() < 0.1 else None,
        pays=chance.random() < 0.6,
        years=chance.choice((0, 0, 0, 0, 1, 1, 2, 10)),
        uses_credit=chance.random() < 0.5,
    )


def _paying(chance: Random) -> Step:
    beside = chance.choices((0, -1, 1, 700, -100_000), (4, 1, 1, 1, 1))[0]
    return Paying(chance.choice((0, 0, 0, 1, 2, 3, -1)), beside, by_other=chance.random() < 0.1)


def _waiting(chance: Random) -> Step:
    to_next, to_month_end = chance.choices(((True, False), (False, True), (False, False)), (3, 1, 6))[0]
    return Waiting(chance.choice(AROUND if to_next or to_month_end else SPANS), to_next, to_month_end)


def _operating(chance: Random) -> Step:
    (what,) = chance.choices(list(OPERATED), list(OPERATED.values()))
    return Operating(what, chance.choice((0, 0, 0, 1, 2)), chance.randrange(12))


KINDS: dict[Callable[[Random], Step], int] = {
    _ordering: 30,
    _paying: 12,
    _waiting: 30,
    lambda chance: Cancelling(chance.randrange(3)): 4,
    lambda chance: PayingAgain(chance.randrange(3), chance.random() < 0.5): 4,
    _operating: 22,
    lambda chance: Away(chance.choice(SERVICES)): 5,
    lambda _: Back(): 4,
    lambda chance: Twice(chance.randrange(6)): 3,
}


def _step(number: int) -> Step:
    if not number:
        return Back()
    chance = Random(number)
    return chance.choices(list(KINDS), list(KINDS.values()))[0](chance)


def _life(drawn: bytes) -> tuple[datetime, list[Step]]:
    numbers = [int.from_bytes(drawn[place : place + 2]) for place in range(1, len(drawn), 2)]
    return BEGINNINGS[drawn[0] % len(BEGINNINGS)], [_step(number) for number in numbers]


lives = st.binary(min_size=13, max_size=41).map(_life)
"""A life is some bytes, two for each step, so that to leave out two is to leave out a step, and a zero is no step."""
