"""What will each customer do in the year? Written before it begins: the same seed, the same lives."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar, assert_never

from coterm_client import BuyerKind, Channel, Locale, PaymentMethod
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY

T = TypeVar("T")

MONTHS_BEFORE = 11
"""Half of the customers bought in one of so many months before the year: it sees renewals from its first day on."""
DAYS_BETWEEN = 30
GRACE_DAYS = 90


class Paying(StrEnum):
    """How an order is paid, or not."""

    AT_ONCE = "at once"
    LATE = "late"
    IN_TWO_PARTS = "in two parts"
    TOO_LITTLE = "too little"
    TOO_MUCH = "too much"
    TOLD_OTHERWISE = "told again with another amount"
    UNDER_A_WRONG_NUMBER = "under a wrong order number"
    NEVER = "never"
    CANCELLED = "cancelled before it is paid"


class Renewing(StrEnum):
    """When a customer renews."""

    EARLY = "early"
    LATE = "late"
    IN_GRACE = "in grace"
    BY_ITSELF = "by itself"
    BY_ITSELF_IN_GRACE = "by itself, paid in grace"
    BY_ITSELF_UNPAID = "by itself, never paid"
    NEVER = "never"


class Leaving(StrEnum):
    """How a service ends before its time."""

    CANCELLED = "cancelled"
    TO_CREDIT = "ended, to credit"
    TO_REFUND = "ended, to refund"
    BEFORE_DOCUMENTS_ARE_PAID = "cancelled before Documents are paid"


@dataclass(frozen=True, slots=True)
class Payment:
    """How an order is paid: with which method, how many days later, and by how much more where it is too much."""

    how: Paying
    method: PaymentMethod
    days: int
    surplus_cents: int

    def amounts(self, due: int) -> tuple[int, ...]:
        """Split what is due into what comes; `due` is more than nothing."""
        first = max(1, due // 3)
        match self.how:
            case Paying.NEVER | Paying.CANCELLED:
                return ()
            case Paying.AT_ONCE | Paying.LATE | Paying.TOLD_OTHERWISE | Paying.UNDER_A_WRONG_NUMBER:
                return (due,)
            case Paying.IN_TWO_PARTS:
                return tuple(cents for cents in (first, due - first) if cents)
            case Paying.TOO_LITTLE:
                return (first,)
            case Paying.TOO_MUCH:
                return (due + self.surplus_cents,)
            case _:
                assert_never(self.how)


@dataclass(frozen=True, slots=True)
class Adding:
    """Documents, added by an owner after some days."""

    after_days: int
    channel: Channel
    extends: bool
    payment: Payment


@dataclass(frozen=True, slots=True)
class ChargingBack:
    """The first payment, charged back after some days, and won back or not."""

    after_days: int
    is_won: bool


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a customer does about an expiry; `days` from it, negative before."""

    how: Renewing
    days: int
    years: int
    with_documents: bool
    channel: Channel
    payment: Payment


@dataclass(frozen=True, slots=True)
class Life:
    """One customer; `starts_on` counts the year's days, and is negative before it."""

    starts_on: int
    kind: BuyerKind
    locale: Locale
    products: tuple[str, ...]
    over_kafka: bool
    payment: Payment
    signs_in: bool
    adds: Adding | None
    charged_back: ChargingBack | None
    leaves: Leaving | None
    leaves_after_days: int
    renewals: tuple[Renewal, ...]
    """One for each expiry that it may meet; what is after a `NEVER` does not happen."""


def plan(seed: int, customers: int, days: int) -> tuple[Life, ...]:
    """Write the lives of so many customers down."""
    random = Random(seed)  # noqa: S311 - a plan is repeatable, and no secret
    return tuple(_life(random, number, days) for number in range(customers))


def counted(lives: Sequence[Life]) -> dict[str, int]:
    """Count what stands in a plan, by what a reader would call it."""
    found: Counter[str] = Counter()
    for life in lives:
        found["bought before the year" if life.starts_on < 0 else "bought in the year"] += 1
        found[f"paid {life.payment.how}"] += 1
        found[f"to be renewed {life.renewals[0].how}"] += 1
        found["signs in"] += life.signs_in
        found["adds Documents"] += life.adds is not None
        found["charged back"] += life.charged_back is not None
        found[f"leaves: {life.leaves}"] += life.leaves is not None
    return {name: number for name, number in sorted(found.items()) if number}


def _life(random: Random, number: int, days: int) -> Life:
    is_past = number % 2 == 0
    starts_on = -DAYS_BETWEEN * random.randint(1, MONTHS_BEFORE) if is_past else random.randrange(days)
    kind = _drawn(random, {BuyerKind.LEGAL_PERSON: 75, BuyerKind.VAT_HOLDER: 20, BuyerKind.ACCOUNTANT: 5})
    baskets = {(E_INVOICING, DOCUMENTS): 50, (E_INVOICING,): 40, (RECEIVE_ONLY,): 10}
    products = (E_INVOICING,) if kind is BuyerKind.ACCOUNTANT else _drawn(random, baskets)
    may_add = products == (E_INVOICING,) and kind is not BuyerKind.ACCOUNTANT
    return Life(
        starts_on=starts_on,
        kind=kind,
        locale=_drawn(random, {Locale.IT: 80, Locale.EN: 20}),
        products=products,
        over_kafka=random.random() < 0.2,
        # Before the year nobody sees to what waits.
        payment=_payment(random, _AT_ONCE if is_past else _PAYING),
        signs_in=number % 10 < 2,
        adds=_adding(random, starts_on) if may_add and random.random() < 0.6 else None,
        charged_back=(
            ChargingBack(random.randint(8, 60), is_won=random.random() < 0.5) if random.random() < 0.04 else None
        ),
        leaves=_drawn(random, dict.fromkeys(Leaving, 1)) if random.random() < 0.1 else None,
        leaves_after_days=max(random.randint(35, 300), -starts_on),
        renewals=tuple(_renewal(random) for _ in range(days // 365 + 2)),
    )


def _adding(random: Random, starts_on: int) -> Adding:
    after_days, channel = random.randint(20, 250), _drawn(random, dict.fromkeys(_CHANNELS, 1))
    is_past = starts_on + after_days < 0
    return Adding(after_days, channel, random.random() < 0.7, _payment(random, _AT_ONCE if is_past else _PAYING))


def _renewal(random: Random) -> Renewal:
    how = _drawn(random, _RENEWING)
    first, last = _WHEN[how]
    paying = {Paying.NEVER: 1} if how is Renewing.BY_ITSELF_UNPAID else _AT_ONCE
    return Renewal(
        how=how,
        days=random.randint(first, last),
        years=_drawn(random, {1: 85, 2: 10, 3: 5}),
        with_documents=random.random() < 0.85,
        channel=_drawn(random, dict.fromkeys(_CHANNELS, 1)),
        payment=_payment(random, paying if how not in {Renewing.EARLY, Renewing.IN_GRACE} else _PAYING),
    )


def _payment(random: Random, ways: dict[Paying, int]) -> Payment:
    how = _drawn(random, ways)
    is_slow = how not in {Paying.AT_ONCE, Paying.TOLD_OTHERWISE}
    card = {PaymentMethod.CARD: 80, PaymentMethod.PAYPAL: 20}
    slow = {PaymentMethod.BANK_TRANSFER: 90, PaymentMethod.POSTAL_SLIP: 10}
    return Payment(how, _drawn(random, slow if is_slow else card), random.randint(2, 26), random.randint(1, 20) * 100)


def _drawn(random: Random, weights: dict[T, int]) -> T:
    return random.choices([*weights], [*weights.values()])[0]


_CHANNELS = (Channel.SITE, Channel.CUSTOMER_AREA, Channel.PANEL)
_AT_ONCE = {Paying.AT_ONCE: 1}
_PAYING = {
    Paying.AT_ONCE: 58,
    Paying.LATE: 18,
    Paying.IN_TWO_PARTS: 5,
    Paying.TOO_LITTLE: 3,
    Paying.TOO_MUCH: 5,
    Paying.TOLD_OTHERWISE: 2,
    Paying.UNDER_A_WRONG_NUMBER: 3,
    Paying.NEVER: 4,
    Paying.CANCELLED: 2,
}
_RENEWING = {
    Renewing.EARLY: 30,
    Renewing.LATE: 15,
    Renewing.IN_GRACE: 12,
    Renewing.BY_ITSELF: 18,
    Renewing.BY_ITSELF_IN_GRACE: 3,
    Renewing.BY_ITSELF_UNPAID: 3,
    Renewing.NEVER: 19,
}
_WHEN = {
    Renewing.EARLY: (-80, -10),
    Renewing.LATE: (-2, 0),
    Renewing.IN_GRACE: (1, GRACE_DAYS - 1),
    Renewing.BY_ITSELF: (-5, 0),
    Renewing.BY_ITSELF_IN_GRACE: (1, GRACE_DAYS - 1),
    Renewing.BY_ITSELF_UNPAID: (1, GRACE_DAYS - 1),
    Renewing.NEVER: (0, 0),
}
