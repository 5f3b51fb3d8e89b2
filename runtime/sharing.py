"""How do many who need one statement each come away with one for all? Who comes while it runs shares the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_MOST_AT_ONCE = 500
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Shared(Generic[Asked, Answer]):
    """Ask for many at once: nobody waits for company, and who comes while an asking runs is asked for by the next."""

    def __init__(self, ask: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        """Take what asks: it answers in the order in which it was asked, or fails for all."""
        self._ask = ask
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """Return the answer to one of them. Raises what the asking raised, to all who shared it."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_waiting())
        return await answer

    async def _ask_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            try:
                answers = await self._ask([asked for asked, _ in batch])
            except Exception as error:
                for _, waiting in batch:
                    if not waiting.done():  # else nobody waits for it any more
                        waiting.set_exception(error)
                continue
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)
