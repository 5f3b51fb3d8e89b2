"""How does a step of a scenario reach the services, and was the answer the right one?"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import assert_never

from coterm_client import Unreachable
from rehearsal.play.broker import Mode, Publisher
from rehearsal.play.carts import Body, cloudevent, transfer
from rehearsal.play.storefront import Answer, Storefront
from rehearsal.simulate.order_states import OrderStates
from rehearsal.simulate.scenarios import Cancel, Pay, Step, Submit, Until
from schemas.storefront import OrderCancellationRequested, OrderSubmitted, PaymentReceived

_AGAIN = frozenset({429, 502, 503, 504})
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

_CARTS: dict[str, set[tuple[int, str]]] = {
    "placed": {(201, ""), (202, "")},
    "repeated": {(200, "")},
    "refused": {(422, "ORDER_REFUSED")},
    "conflict": {(409, "IDEMPOTENCY_CONFLICT")},
}
_PAYMENTS: dict[str, set[tuple[int, str]]] = {
    "taken": {(200, ""), (201, ""), (202, "")},
    "held": {(202, "")},
    "repeated": {(200, "")},
    "conflict": {(409, "PAYMENT_CONFLICT")},
}


@dataclass
class Tally:
    """One run's messages and answers, counted."""

    orders: int
    sent: Counter[str] = field(default_factory=Counter)
    """Messages by kind: submitted, paid, cancelled."""
    ways: Counter[str] = field(default_factory=Counter)
    answers_ms: list[float] = field(default_factory=list)
    """How long each answer over HTTP took."""
    retried: int = 0
    ended: int = 0
    """Orders whose scenario is over."""
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By order: what was answered otherwise than it must be, or never came."""


class Sender:
    """Carries steps out, one after the other, over HTTP or Kafka, and notes answers that are not as they must be."""

    def __init__(
        self,
        front: Storefront | None,
        publisher: Publisher,
        states: OrderStates,
        tally: Tally,
        patience_seconds: float,
    ) -> None:
        self._front = front
        self._publisher = publisher
        self._states = states
        self._tally = tally
        self._patience = patience_seconds

    async def carry_out(self, step: Step) -> None:
        """Carry one step out. Raises NotInTime when what it waits for does not come."""
        match step:
            case Submit():
                await self._submit(step)
            case Pay():
                await self._pay(step)
            case Cancel():
                await self._cancel(step)
            case Until():
                await self._states.until(step.order_id, step.milestone, self._patience)
            case _:
                assert_never(step)

    async def _submit(self, step: Submit) -> None:
        self._tally.sent["submitted" if step.answer in {"placed", "refused"} else "submitted again"] += 1
        customer_id = str(step.body["customer"]["customer_id"])
        if step.way != "http":
            await self._publish(OrderSubmitted.EVENT_TYPE, step.order_id, customer_id, step.body, step.way)
            return
        front = self._http()
        await self._ask(step.order_id, _CARTS[step.answer], lambda: front.submit(step.body))

    async def _pay(self, step: Pay) -> None:
        amount = step.cents
        if amount is None:
            seen = await self._states.until(step.order_id, "priced", self._patience)
            amount = (seen.total_cents or 0) + step.more
        self._tally.sent["paid"] += 1
        payment = transfer(step.payment_id, amount, customer_id=step.customer_id)
        if step.way != "http":
            body = {**payment, "order_id": step.order_id}
            await self._publish(PaymentReceived.EVENT_TYPE, step.payment_id, step.customer_id, body, step.way)
            return
        if step.answer != "held":
            await self._states.until(step.order_id, "decided", self._patience)
        front = self._http()
        await self._ask(step.order_id, _PAYMENTS[step.answer], lambda: front.pay(step.order_id, payment))

    async def _cancel(self, step: Cancel) -> None:
        self._tally.sent["cancelled"] += 1
        if step.way != "http":
            body = {"order_id": step.order_id, "customer_id": step.customer_id}
            identity = f"cancel:{step.order_id}"
            await self._publish(OrderCancellationRequested.EVENT_TYPE, identity, step.customer_id, body, step.way)
            return
        await self._states.until(step.order_id, "decided", self._patience)
        front = self._http()
        await self._ask(step.order_id, {(200, "")}, lambda: front.cancel(step.order_id))

    async def _publish(self, event_type: str, identity: str, customer_id: str, body: Body, mode: Mode) -> None:
        self._tally.ways[mode] += 1
        await self._publisher.publish(cloudevent(event_type, identity, customer_id, body), mode)

    async def _ask(self, order_id: str, right: set[tuple[int, str]], ask: Callable[[], Awaitable[Answer]]) -> None:
        self._tally.ways["http"] += 1
        answer, tries = await self._patiently(ask)
        if answer is None:
            self._tally.wrong[order_id].append(f"no answer over HTTP for {self._patience:.0f} s")
            return
        found = (answer.status, answer.code)
        # Whoever had to ask again may learn that the first try had arrived.
        if found not in right and not (tries > 1 and answer.status == 200):
            expected = " or ".join(sorted(f"{status} {code}".rstrip() for status, code in right))
            self._tally.wrong[order_id].append(f"answered {answer.status} {answer.code}".rstrip() + f", not {expected}")

    async def _patiently(self, ask: Callable[[], Awaitable[Answer]]) -> tuple[Answer | None, int]:
        until = time.monotonic() + self._patience
        pause, tries = _FIRST_PAUSE, 0
        answer: Answer | None = None
        while tries == 0 or time.monotonic() < until:
            tries += 1
            began = time.monotonic()
            try:
                answer = await ask()
            except Unreachable:
                answer = None
            else:
                self._tally.answers_ms.append((time.monotonic() - began) * 1000)
                if answer.status not in _AGAIN or answer.code == "ACCOUNT_PARKED":
                    break
            self._tally.retried += 1
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
        return answer, tries

    def _http(self) -> Storefront:
        if self._front is None:
            raise RuntimeError("a plan without HTTP has no step over HTTP")
        return self._front
