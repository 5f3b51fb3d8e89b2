"""Does a storefront hear all of its orders and customers, in order, though it was away for a while? And how soon?"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local.layout import ROOT, Layout
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage, open_stage
from schemas.topics import ANALYSED, TYPES
from tests.coterm import Coterm
from tests.own_stack import START_SECONDS, own_stack
from tests.receiver import SECRET, Received, Receiver, receiving

ORDERS = 20


@asynccontextmanager
async def told() -> AsyncIterator[tuple[Stage, Receiver, Path]]:
    async with receiving() as receiver:
        setting = [
            {"name": "pec", "storefront": "pec.it", "url": receiver.url, "secret": SECRET},
            {"name": "other", "storefront": "other.it", "url": receiver.url + "/other", "secret": SECRET},
        ]
        layout = Layout(ROOT / ".run" / "webhooks", port_offset=7000)
        with own_stack(layout, {"COTERM_WEBHOOKS": json.dumps(setting)}) as run:
            async with open_stage(read_endpoints(run)) as stage:
                yield stage, receiver, run


@pytest.mark.timeout(START_SECONDS)
class TestAStorefrontThatIsTold:
    async def test_hears_all_of_its_own_in_order_signed_and_soon_also_after_it_was_away(
        self,
    ) -> None:
        async with told() as (stage, receiver, run):
            await self._plays(stage, receiver, run)

    async def _plays(self, stage: Stage, receiver: Receiver, run: Path) -> None:
        buyers: list[Buyer] = []
        for number in range(ORDERS):
            if number == ORDERS // 2:
                for buyer in buyers:  # what they were told is timed: none of it is to meet what follows
                    await eventually(heard_all(stage, receiver, buyer), f"all of {buyer.customer_id}", seconds=120)
            receiver.status = 503 if number == ORDERS // 2 else 204
            buyer = stage.names.buyer()
            await stage.settle(await stage.place(cart(stage.names.order(), buyer, E_INVOICING)))
            buyers.append(buyer)
        for buyer in buyers:
            await eventually(heard_all(stage, receiver, buyer), f"all of {buyer.customer_id}", seconds=120)
        assert {each.path for each in receiver.received} == {"/coterm"}
        for buyer in buyers:
            in_order(receiver, buyer)
        delays = sorted(delays_of(receiver, buyers[: ORDERS // 2]))
        p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        print(f"\n{len(delays)} events, committed to received: p50 {p50 * 1000:,.0f} ms, p99 {p99 * 1000:,.0f} ms")
        listed = await Coterm(run / "endpoints.json")("webhooks", "list", "--json")
        assert [(each["name"], each["waiting"], each["failed"]) for each in listed.json] == [
            ("other", 0, 0),
            ("pec", 0, 0),
        ]


def events_of(receiver: Receiver, buyer: Buyer) -> list[Received]:
    """What came of a customer, the first time that it came."""
    seen: dict[str, Received] = {}
    for each in receiver.received:
        event = json.loads(each.body)
        if event["subject"] == buyer.customer_id:
            seen.setdefault(event["id"], each)
    return list(seen.values())


def heard(receiver: Receiver, buyer: Buyer) -> set[str]:
    return {each.event["id"] for each in events_of(receiver, buyer)}


def heard_all(stage: Stage, receiver: Receiver, buyer: Buyer) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return heard(receiver, buyer) == happened(stage, buyer)

    return look


def happened(stage: Stage, buyer: Buyer) -> set[str]:
    """The ids of every public event of a customer that the log has; at least its mail must have left."""
    records = [record for topic in ANALYSED for record in stage.log.of(buyer.customer_id, topic)]
    public = {record.envelope["id"] for record in records if TYPES[record.type].VISIBILITY == "public"}
    is_over = sum(record.name == "EmailSent" for record in records) == 2
    return public if is_over else {"not over yet"}


def in_order(receiver: Receiver, buyer: Buyer) -> None:
    for source in ("/orders", "/billing", "/provisioning", "/notifications"):
        events = [each.event for each in events_of(receiver, buyer)]
        sequences = [int(event["sequence"]) for event in events if event["source"] == source]
        assert sequences == sorted(sequences), source


def delays_of(receiver: Receiver, buyers: list[Buyer]) -> list[float]:
    return [
        each.at - datetime.fromisoformat(json.loads(each.body)["time"]).timestamp()
        for buyer in buyers
        for each in events_of(receiver, buyer)
    ]
