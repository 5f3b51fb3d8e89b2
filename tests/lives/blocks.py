"""How are many lives compared? In blocks of a hundred, each drawn from its number: the same number, the same lives."""

import asyncio
from datetime import datetime

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.lives.compared import ComparedLife
from tests.lives.steps import Step, lives

LIVES = 100


def compare(number: int) -> None:
    """Live a block. Raises Disagreement with the shortest life in which the services do something else."""

    @seed(number)
    @settings(
        max_examples=LIVES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(lives)
    def agree(life: tuple[datetime, list[Step]]) -> None:
        begins, steps = life
        asyncio.run(ComparedLife(begins).live(steps))

    agree()
