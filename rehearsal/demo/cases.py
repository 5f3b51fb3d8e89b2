"""Which cases does the guide have? In the order in which the demo tells them."""

from dataclasses import dataclass
from datetime import datetime

from rehearsal.demo.access import bad_intake, certified_mail, first_sign_in, reissued
from rehearsal.demo.examples import EXAMPLES, J, L
from rehearsal.demo.lifecycle import never_renewed, renewed_by_itself, worked_renewal
from rehearsal.demo.payments import (
    before_its_order,
    before_its_price,
    by_another,
    by_webhook,
    ended_on_a_day,
    expected_total,
    moved_and_paid_back,
    on_a_closed_order,
    short_then_the_rest,
    too_much,
    twice,
    with_credit,
)
from rehearsal.demo.purchases import (
    ORDER_DAY,
    Play,
    bought_together,
    documents_for_an_owner,
    slow_payment,
    worked_example,
)
from rehearsal.demo.refusals import every_kind_served, newcomers_refused, owners_refused, racing
from rehearsal.demo.story import Story
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.stage import Stage
from rehearsal.simulate.plan import plan
from rehearsal.simulate.playing import Run, Target
from rehearsal.simulate.report import figures_of, plain
from schemas.catalogue import catalogue_on
from schemas.terms import business_date

ORDERS = 24
SEED = 637


async def many_at_once(stage: Stage, story: Story) -> None:
    """Play a plan, the owners' past included."""
    day = datetime.fromisoformat(ORDER_DAY)
    catalogue = catalogue_on(business_date(day))
    planned = plan(SEED, ORDERS, f"{stage.names.run}s", catalogue, may_set_the_clock=True)
    run = Run(planned, Target(stage.endpoints.kafka, front=stage.front), catalogue)
    outcome = plain(run, await run.play(stage.time, day))
    for name, case in outcome["cases"].items():
        story.say(f"{name}: {case['orders']}")
    for line in figures_of(outcome):
        story.say(line)
    story.expect("what ended otherwise than it must", outcome["differences"], [])


@dataclass(frozen=True)
class Case:
    """A title, the rule it shows, and how it is played."""

    title: str
    rule: str
    play: Play


CASES = (
    Case("Bought together, Documents added (HTTP)", "case 1", bought_together("http", E_INVOICING, DOCUMENTS)),
    Case("Bought together over Kafka, structured", "case 1", bought_together("structured", E_INVOICING, DOCUMENTS)),
    Case("E-invoicing without Documents over Kafka, binary", "case 1", bought_together("binary", E_INVOICING)),
    Case("Owner, site, extension kept (HTTP)", "case 2 on", documents_for_an_owner("SITE", "http", kept=True)),
    Case(
        "Owner, customer area, toggle left out (Kafka)",
        "case 2 on",
        documents_for_an_owner("CUSTOMER_AREA", "structured", kept=True, by_default=True),
    ),
    Case("Owner, panel, extension kept (Kafka)", "case 2 on", documents_for_an_owner("PANEL", "binary", kept=True)),
    Case("Owner, site, extension refused (HTTP)", "case 2 off", documents_for_an_owner("SITE", "http", kept=False)),
    Case(
        "Owner, customer area, refused (Kafka)",
        "case 2 off",
        documents_for_an_owner("CUSTOMER_AREA", "structured", kept=False),
    ),
    Case(
        "Owner, panel, extension refused (Kafka)", "case 2 off", documents_for_an_owner("PANEL", "binary", kept=False)
    ),
    Case("Who may not buy: newcomers", "R8", newcomers_refused),
    Case("Who may not buy: owners", "R8–R12", owners_refused),
    Case("Who may buy", "R8", every_kind_served),
    Case("Two orders race for one tax identifier", "R9", racing),
    Case("Paid short, then the rest; no credentials before", "R23, R35", short_then_the_rest),
    Case("Paid too much", "R24", too_much),
    Case("Paid from credit, and the rest", "R41", with_credit),
    Case("Paid twice, and with another content", "R25", twice),
    Case("Paid by another customer", "R25", by_another),
    Case("Paid before its order", "R27", before_its_order),
    Case("Paid before its price", "R27", before_its_price),
    Case("Paid on a cancelled and on a refused order", "R28", on_a_closed_order),
    Case("Paid by a provider's signed webhook", "R22", by_webhook),
    Case("An expected total above and below", "R22", expected_total),
    Case("Paid for no order: moved to the right one, and paid back", "R29", moved_and_paid_back),
    Case("Ended on a day, and cancelled", "R29, R30", ended_on_a_day),
    Case("First sign-in, configuration, DDT preservation", "R34–R37", first_sign_in),
    Case("A certified-mail address", "R39", certified_mail),
    Case("Credentials issued anew", "R36", reissued),
    Case("Nonsense on the intake topic", "quarantine", bad_intake),
    Case("A slow payment moves the dates, not the price", "R14", slow_payment),
    Case(
        "Renewed together, worked renewal J",
        "R32, R40",
        worked_renewal(J, ("2026-10-17T07:00:00+00:00", "expiry-notice")),
    ),
    Case(
        "In grace, renewed with Documents, worked renewal L",
        "R32, R34",
        worked_renewal(L, ("2027-01-16T08:00:00+00:00", "grace-notice")),
    ),
    Case("Renewed by itself", "R43", renewed_by_itself),
    Case("Never renewed: notices, grace, the end", "R34, R40", never_renewed),
    Case("A busy day: 24 orders of many storefronts", "all", many_at_once),
    *(Case(f"Worked example {example.name}", "R16–R19", worked_example(example)) for example in EXAMPLES),
)
