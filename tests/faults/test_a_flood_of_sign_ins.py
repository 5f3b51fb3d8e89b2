"""Does a flood of wrong sign-ins, which anybody can send, hold up what customers have paid for?"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.arena import Arena
from tests.builders import ORDER_DAY

ADDRESSES, AT_ONCE, TRIES = 300, 60, 1_800
LONGEST = 20.0
"""Seconds; paid orders once waited for 78 beside such a flood, and for 0.2 without it."""


@dataclass
class Flood:
    """Wrong sign-ins, from ever other addresses and for ever other accounts."""

    panel: str
    answers: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    sent: int = 0
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self, client: httpx.AsyncClient) -> None:
        """Send one after another, until this is cancelled."""
        while True:
            self.sent += 1
            number = self.sent
            answer = await client.post(
                f"{self.panel}/v1/panel/sign-in",
                json={"username": f"U{number % 97}", "password": "guess"},
                headers={"X-Forwarded-For": f"192.0.{2 + number % ADDRESSES // 200}.{number % ADDRESSES % 200}"},
            )
            self.answers[answer.status_code] += 1
            self.has_begun.set()
            if answer.status_code in (429, 503):
                self.without_retry_after += "Retry-After" not in answer.headers


@asynccontextmanager
async def flooding(panel: str) -> AsyncIterator[Flood]:
    """Flood while the block runs, and go on behind it until every try was made."""
    flood = Flood(panel)
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=AT_ONCE), trust_env=False) as client:
        senders = [asyncio.create_task(flood.go_on(client)) for _ in range(AT_ONCE)]
        try:
            yield flood
            while flood.sent < TRIES:
                await asyncio.wait(senders, timeout=0.1, return_when=asyncio.FIRST_EXCEPTION)
                assert not any(sender.done() for sender in senders)
        finally:
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)


async def seconds_to_active(stage: Stage) -> float:
    """Buy, pay, and measure from the payment to the activation."""
    buyer = stage.names.buyer()
    order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
    priced = await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
    begun = time.monotonic()
    await stage.settle(priced)
    await stage.order_is(order["order_id"], "ACTIVATED")
    return time.monotonic() - begun


class TestWhenStrangersFloodTheSignIn:
    async def test_what_is_paid_is_activated_meanwhile(self, arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = arena.stage
        await stage.at(ORDER_DAY)
        monkeypatch.setenv("COTERM_TRUSTED_PROXIES", '["127.0.0.0/8"]')
        await arena.stop("provisioning")
        await arena.start("provisioning")
        try:
            alone = await seconds_to_active(stage)
            async with flooding(stage.endpoints.provisioning) as flood:
                await flood.has_begun.wait()
                beside = await seconds_to_active(stage)
        finally:
            monkeypatch.undo()
            await arena.stop("provisioning")
            await arena.start("provisioning")
        print(f"alone {alone:.2f} s, beside {flood.sent} wrong sign-ins {beside:.2f} s: {dict(flood.answers)}")
        assert beside < LONGEST
        assert set(flood.answers) <= {401, 429, 503}
        assert flood.answers[503] > flood.answers[401]
        assert flood.without_retry_after == 0
