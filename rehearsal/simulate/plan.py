"""What will happen, in which order? The whole traffic, from a seed: the same seed and run give the same plan."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from rehearsal.play.buyers import Names
from rehearsal.play.stage import Way
from rehearsal.simulate import newcomers, owners
from rehearsal.simulate.clerk import Clerk
from rehearsal.simulate.errands import Errand, orders_of
from schemas.catalogue import Catalogue

Write = Callable[[Clerk], Errand]

CASES: tuple[tuple[Write, int], ...] = (
    (newcomers.both_products, 24),
    (newcomers.e_invoicing_alone, 8),
    (newcomers.receive_only, 3),
    (newcomers.a_professional, 5),
    (newcomers.an_accountant, 2),
    (newcomers.a_firm_with_a_tax_code, 2),
    (newcomers.a_certified_mail_address, 2),
    (newcomers.submitted_twice, 4),
    (newcomers.another_cart_under_its_id, 1),
    (newcomers.paid_in_two_parts, 3),
    (newcomers.paid_short, 2),
    (newcomers.paid_too_much, 3),
    (newcomers.paid_again, 1),
    (newcomers.told_twice, 3),
    (newcomers.told_otherwise, 1),
    (newcomers.paid_by_a_stranger, 1),
    (newcomers.paid_before_its_order, 2),
    (newcomers.paid_with_its_order, 3),
    (newcomers.never_paid, 4),
    (newcomers.cancelled, 2),
    (newcomers.cancelled_then_paid, 1),
    (newcomers.promised_less, 1),
    (newcomers.promised_more, 1),
    (newcomers.refused, 6),
    (newcomers.refused_then_paid, 1),
    (owners.documents_for_an_owner, 12),
    (owners.documents_twice, 1),
    (owners.e_invoicing_twice, 1),
    (owners.documents_for_receive_only, 1),
    (owners.documents_in_grace, 1),
    (owners.documents_before_the_base_is_paid, 1),
    (owners.documents_ordered_twice, 1),
    (owners.two_for_one_tax_identifier, 1),
)
"""Every case, and how many of about a hundred errands are of it."""
NEEDS_THE_CLOCK = frozenset({owners.documents_in_grace})
NEEDS_HTTP = frozenset({newcomers.another_cart_under_its_id})
PURCHASES: tuple[tuple[Write, int], ...] = ((newcomers.both_products, 1),)
"""First purchases alone: what benchmarks carry."""


@dataclass(frozen=True)
class Plan:
    """The traffic, in the order in which it begins."""

    seed: int
    run: str
    errands: tuple[Errand, ...]

    @property
    def orders(self) -> int:
        """Count the orders."""
        return orders_of(self.errands)

    def cases(self) -> dict[str, int]:
        """Count the orders of each case."""
        counted: Counter[str] = Counter()
        for errand in self.errands:
            counted[errand.case] += errand.orders
        return dict(sorted(counted.items()))


def plan(
    seed: int,
    orders: int,
    run: str,
    catalogue: Catalogue,
    *,
    ways: Sequence[Way] = ("http", "structured", "binary"),
    may_set_the_clock: bool = False,
    cases: Sequence[tuple[Write, int]] = CASES,
) -> Plan:
    """Write so many orders down.

    `run` stands in every name: another run of the same seed is the same traffic by other customers. Each case comes
    once before any comes twice, as far as the orders reach; then as often as in life. Arrivals are random, as by many
    who know nothing of each other.
    """
    dice = Random(seed)  # noqa: S311 - a plan is repeatable, and no secret
    clerk = Clerk(Names(run), dice, tuple(ways), catalogue, may_set_the_clock)
    possible = [(write, weight) for write, weight in cases if _is_possible(write, clerk)]
    written: list[Errand] = []
    left = orders
    deck = dice.sample([write for write, _ in possible], len(possible))
    while left:
        write = deck.pop() if deck else dice.choices([each for each, _ in possible], [each for _, each in possible])[0]
        errand = write(clerk)
        if errand.orders > left and left == 1 and not deck:
            errand = cases[0][0](clerk)
        if errand.orders <= left:
            written.append(errand)
            left -= errand.orders
    dice.shuffle(written)
    return Plan(seed, run, _spread(written, dice))


def _spread(errands: Sequence[Errand], dice: Random) -> tuple[Errand, ...]:
    moment, spread = 0.0, []
    for errand in errands:
        spread.append(replace(errand, starts_after=moment))
        moment += sum(dice.expovariate(1.0) for _ in range(errand.orders))
    return tuple(spread)


def _is_possible(write: Write, clerk: Clerk) -> bool:
    return (clerk.may_set_the_clock or write not in NEEDS_THE_CLOCK) and (
        "http" in clerk.ways or write not in NEEDS_HTTP
    )
