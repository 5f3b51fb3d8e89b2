"""Is a record handed on at once where there is room, and as soon as there is where it must wait?"""

import asyncio
from contextlib import suppress

from runtime.process.feeder import _TAKEN, _handed_on


class Stream:
    """Takes records while there is room for them."""

    def __init__(self, room: int) -> None:
        self.queue: asyncio.Queue[str] = asyncio.Queue(room)
        self.given_up: list[str] = []

    async def take(self, record: str) -> None:
        try:
            await self.queue.put(record)
        except GeneratorExit:
            self.given_up.append(record)
            raise


async def test_one_that_has_room_is_taken_without_waiting() -> None:
    stream = Stream(room=1)
    assert _handed_on(stream.take, "first") is _TAKEN
    assert stream.queue.get_nowait() == "first"


async def test_one_that_has_none_is_taken_once_there_is() -> None:
    stream = Stream(room=1)
    assert _handed_on(stream.take, "first") is _TAKEN
    waiting = asyncio.create_task(_handed_on(stream.take, "second"))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert stream.queue.get_nowait() == "first"
    await waiting
    assert stream.queue.get_nowait() == "second"


async def test_one_that_is_given_up_while_it_waits_is_not_taken() -> None:
    stream = Stream(room=1)
    assert _handed_on(stream.take, "first") is _TAKEN
    waiting = asyncio.create_task(_handed_on(stream.take, "second"))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert stream.given_up == ["second"]
    assert stream.queue.get_nowait() == "first"
    assert stream.queue.empty()
