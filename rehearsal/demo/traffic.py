"""What does a busy day look like? The simulator's traffic, by many storefronts at once, every order's end checked."""

from datetime import datetime

from rehearsal.demo.purchases import ORDER_DAY
from rehearsal.demo.story import Story
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
