"""What will happen, in which order? The whole traffic, from a seed: the same seed and run give the same plan."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from rehearsal.play.buyers import Names
from rehearsal.play.stage import Way
from rehearsal.simulate import first_purchases, owners
from rehearsal.simulate.scenarios import Scenario, orders_of
from rehearsal.simulate.writer import Writer
from schemas.catalogue import Catalogue

Write = Callable[[Writer], Scenario]

CASES: tuple[tuple[Write, int], ...] = (
    (first_purchases.both_products, 24),
    (first_purchases.e_invoicing_alone, 8),
    (first_purchases.receive_only, 3),
    (first_purchases.a_professional, 5),
    (first_purchases.an_accountant, 2),
    (first_purchases.a_firm_with_a_tax_code, 2),
    (first_purchases.a_certified_mail_address, 2),
    (first_purchases.submitted_twice, 4),
    (first_purchases.another_cart_under_its_id, 1),
    (first_purchases.paid_in_two_parts, 3),
    (first_purchases.paid_short, 2),
    (first_purchases.paid_too_much, 3),
    (first_purchases.paid_again, 1),
    (first_purchases.told_twice, 3),
    (first_purchases.told_otherwise, 1),
    (first_purchases.paid_by_a_stranger, 1),
    (first_purchases.paid_before_its_order, 2),
    (first_purchases.paid_with_its_order, 3),
    (first_purchases.never_paid, 4),
    (first_purchases.cancelled, 2),
    (first_purchases.cancelled_then_paid, 1),
    (first_purchases.promised_less, 1),
    (first_purchases.promised_more, 1),
    (first_purchases.refused, 6),
    (first_purchases.refused_then_paid, 1),
    (owners.documents_for_an_owner, 12),
    (owners.documents_twice, 1),
    (owners.e_invoicing_twice, 1),
    (owners.documents_for_receive_only, 1),
    (owners.documents_in_grace, 1),
    (owners.documents_before_the_base_is_paid, 1),
    (owners.documents_ordered_twice, 1),
    (owners.two_for_one_tax_identifier, 1),
)
"""Every case, and how many of about a hundred scenarios are of it."""
NEEDS_THE_CLOCK = frozenset({owners.documents_in_grace})
NEEDS_HTTP = frozenset({first_purchases.another_cart_under_its_id})
PURCHASES: tuple[tuple[Write, int], ...] = ((first_purchases.both_products, 1),)
"""First purchases alone: what benchmarks carry."""


@dataclass(frozen=True)
class Plan:
    """The traffic, in the order in which it begins."""

    seed: int
    run: str
    scenarios: tuple[Scenario, ...]

    @property
    def orders(self) -> int:
        """Count the orders."""
        return orders_of(self.scenarios)

    def cases(self) -> dict[str, int]:
        """Count the orders of each case."""
        counted: Counter[str] = Counter()
        for scenario in self.scenarios:
            counted[scenario.case] += scenario.orders
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
    random = Random(seed)  # noqa: S311 - a plan is repeatable, and no secret
    writer = Writer(Names(run), random, tuple(ways), catalogue, may_set_the_clock)
    possible = [(write, weight) for write, weight in cases if _is_possible(write, writer)]
    written: list[Scenario] = []
    left = orders
    deck = random.sample([write for write, _ in possible], len(possible))
    while left:
        write = (
            deck.pop() if deck else random.choices([each for each, _ in possible], [each for _, each in possible])[0]
        )
        scenario = write(writer)
        if scenario.orders > left and left == 1 and not deck:
            scenario = cases[0][0](writer)
        if scenario.orders <= left:
            written.append(scenario)
            left -= scenario.orders
    random.shuffle(written)
    return Plan(seed, run, _spread(written, random))


def _spread(scenarios: Sequence[Scenario], random: Random) -> tuple[Scenario, ...]:
    moment, spread = 0.0, []
    for scenario in scenarios:
        spread.append(replace(scenario, starts_after=moment))
        moment += sum(random.expovariate(1.0) for _ in range(scenario.orders))
    return tuple(spread)


def _is_possible(write: Write, writer: Writer) -> bool:
    return (writer.may_set_the_clock or write not in NEEDS_THE_CLOCK) and (
        "http" in writer.ways or write not in NEEDS_HTTP
    )
