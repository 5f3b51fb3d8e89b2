"""How does a process end when one of its loops does?"""

import asyncio

import pytest

from runtime.process.worker import run_until


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _awaits_what_is_cancelled() -> None:
    inner = asyncio.ensure_future(_for_ever())
    inner.cancel()
    await inner


class TestWhenALoopEndsByItself:
    async def test_its_error_ends_the_process(self) -> None:
        async def breaks() -> None:
            raise ValueError("broke")

        with pytest.raises(ValueError, match="broke"):
            await run_until(asyncio.Event(), _for_ever(), [_for_ever(), breaks()])

    async def test_a_cancellation_that_nobody_asked_for_is_an_error_like_any_other(self) -> None:
        with pytest.raises(RuntimeError, match="cancelled though nobody stopped"):
            await run_until(asyncio.Event(), _for_ever(), [_awaits_what_is_cancelled()])

    async def test_told_to_stop_it_ends_without_one(self) -> None:
        stop = asyncio.Event()
        stop.set()
        await run_until(stop, _for_ever(), [_for_ever()])
