"""How is a life lived to its end? Step by step; then all come back, rest, and everything is checked."""

from dataclasses import replace
from random import Random

from tests.lives import at_rest
from tests.lives.life import Life
from tests.lives.plan import Plan, Step

MOVES = (0, 0, 4, 12, 40)
"""How much everybody does between two acts."""


async def play(plan: Plan) -> Life:
    """Live a life; what must not be stands in its faults."""
    life = Life(plan.name, plan.begins)
    try:
        for step in plan.steps:
            await _step(life, step)
            if life.faults:
                return life
        await at_rest.end(life)
    except Exception as error:
        life.fault(f"{type(error).__name__}: {error}"[:2000])
    return life


async def shortest(plan: Plan) -> tuple[Plan, Life]:
    """Leave out whatever a fault does not need, and live what is left."""
    steps, size = list(plan.steps), max(1, len(plan.steps) // 2)
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if (await play(replace(plan, steps=tuple(fewer)))).faults:
                steps = fewer
            else:
                start += size
        size //= 2
    short = replace(plan, steps=tuple(steps))
    return short, await play(short)


async def _step(life: Life, step: Step) -> None:
    chance = Random(step.seed)
    line = await step.act(life, chance)
    if line:
        life.tell(line)
    await life.services.stir(chance, chance.choice(MOVES))
