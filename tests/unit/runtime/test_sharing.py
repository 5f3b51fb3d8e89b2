"""Do those who need one statement at the same moment share one, each with its own answer?"""

import asyncio
from collections.abc import Sequence

import pytest

from runtime.sharing import Shared


class Statement:
    """Doubles numbers, each time it is let, and remembers for whom at once."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        await self.let.wait()
        if self.error is not None:
            raise self.error
        return [2 * number for number in asked]


async def begun() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_comes_while_one_runs_shares_the_next() -> None:
    statement = Statement()
    ask = Shared(statement)
    first = asyncio.create_task(ask(1))
    await begun()
    others = [asyncio.create_task(ask(number)) for number in (2, 3, 2)]
    await begun()
    statement.let.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 4]
    assert statement.batches == [[1], [2, 3, 2]]


async def test_all_who_share_it_hear_that_it_failed_and_the_next_is_asked_anew() -> None:
    statement = Statement()
    statement.error = away = ConnectionError("away")
    statement.let.set()
    ask = Shared(statement)
    assert list(await asyncio.gather(ask(1), ask(2), return_exceptions=True)) == [away, away]
    statement.error = None
    assert await ask(3) == 6


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    statement = Statement()
    ask = Shared(statement)
    patient, hasty = (asyncio.create_task(ask(number)) for number in (1, 2))
    await begun()
    hasty.cancel()
    statement.let.set()
    assert await patient == 2
    with pytest.raises(asyncio.CancelledError):
        await hasty
