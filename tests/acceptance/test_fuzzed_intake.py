"""Can intake be poisoned? Every kind of damage, in any order, with good orders between: the good ones get their price.

The same damages as in tests/unit/runtime/test_any_record.py, but through the real broker.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import asyncpg
import httpx
import pytest_asyncio
from hypothesis import given

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from schemas.topics import STOREFRONT_INTAKE
from tests.builders import ORDER_DAY
from tests.fuzzing.damage import BUSINESS, READING, Damage
from tests.fuzzing.drawing import LONG, fuzzing, one_of_each
from tests.fuzzing.judge import Event, Record, example

BETWEEN = 5
"""So many spoiled records stand between two good ones."""
STARTED = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)

At = tuple[int, int]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def orders(stage: Stage) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stage.endpoints.postgres["orders"]["owner"])
    yield connection
    await connection.close()


class TestWhenEveryKindOfDamageIsPublished:
    @given(damages=one_of_each())
    @fuzzing(8, shrinks=False)
    @LONG
    async def test_each_is_kept_with_its_reason_and_every_good_order_is_priced(
        self, stage: Stage, orders: asyncpg.Connection, damages: list[Damage]
    ) -> None:
        await stage.at(ORDER_DAY)
        buyer, started = stage.names.buyer(), await _started(stage)
        spoiled = [(damage, damage.done_to(_message(stage, buyer, damage.kind))) for damage in damages]

        good, places = await _published(stage, spoiled)

        await _at_the_end_of(orders, places)
        kept = await _quarantined(orders, places)
        for (damage, record), place in zip(spoiled, places, strict=True):
            _is_dealt_with(damage, record, kept.get(place))
        for order_id in good:
            assert (await stage.order_is(order_id, "AWAITING_PAYMENT"))["total_cents"] == 3660
        # What is set aside in its account would hold up everything that comes for it later.
        assert (
            await orders.fetchval("SELECT count(*) FROM runtime.parked WHERE customer_id = $1", buyer.customer_id) == 0
        )
        assert (await stage.front.anonymous_orders.ask("GET", "/readyz")).status == 200
        assert await _started(stage) == started


def _message(stage: Stage, buyer: Buyer, kind: str) -> Event:
    """Write the golden example anew, of a buyer and with ids that were never there."""
    event: Event = deepcopy(example(kind))
    data: dict[str, Any] = event["data"]
    event["subject"] = buyer.customer_id
    data["order_id"] = stage.names.order()
    if "customer" in data:
        data["lines"][0]["product"] = E_INVOICING
        data["customer"] = {name: buyer.body.get(name, value) for name, value in data["customer"].items()}
    else:
        data["customer_id"] = buyer.customer_id
    if "payment_id" in data:
        data["payment_id"] = stage.names.payment()
    return event


async def _published(stage: Stage, spoiled: list[tuple[Damage, Record]]) -> tuple[list[str], list[At]]:
    good: list[str] = []
    sent = []
    for number, (_, record) in enumerate(spoiled):
        sent.append(asyncio.ensure_future(stage.publisher.send(record.key, record.value, record.headers)))
        if number % BETWEEN == 0:
            buyer = stage.names.buyer()
            order = cart(stage.names.order(), buyer, E_INVOICING)
            good.append(order["order_id"])
            await stage.publish(
                "storefront.OrderSubmitted.v1", buyer.customer_id, order, ("structured", "binary")[number % 2]
            )
    return good, await asyncio.gather(*sent)


async def _at_the_end_of(orders: asyncpg.Connection, places: list[At]) -> None:
    """Wait until everything that was published is applied."""
    ends = {partition: max(offset for at, offset in places if at == partition) + 1 for partition, _ in places}
    sql = "SELECT partition, next_offset FROM runtime.positions WHERE topic = $1"

    async def look() -> bool:
        positions = {row["partition"]: row["next_offset"] for row in await orders.fetch(sql, STOREFRONT_INTAKE)}
        return all(positions.get(partition, 0) >= end for partition, end in ends.items())

    await eventually(look, f"positions {ends} on {STOREFRONT_INTAKE}")


async def _quarantined(orders: asyncpg.Connection, places: list[At]) -> dict[At, asyncpg.Record]:
    sql = (
        'SELECT partition, "offset", key, value, headers, reason, detail FROM runtime.quarantine'
        ' WHERE topic = $1 AND (partition, "offset") IN (SELECT * FROM unnest($2::int[], $3::bigint[]))'
    )
    partitions, offsets = zip(*places, strict=True)
    rows = await orders.fetch(sql, STOREFRONT_INTAKE, partitions, offsets)
    return {(row["partition"], row["offset"]): row for row in rows}


def _is_dealt_with(damage: Damage, record: Record, kept: asyncpg.Record | None) -> None:
    """See that a record is kept as it came, with a fitting reason; or taken, if nothing speaks against that."""
    reasons = damage.reasons(record)
    if kept is None:
        assert reasons is None, f"{damage} was taken: {record}"
        return
    assert kept["reason"] in (reasons or READING | BUSINESS), f"{damage}: {kept['reason']} {kept['detail']}"
    assert (kept["key"], kept["value"]) == (record.key, record.value)
    assert kept["detail"]


async def _started(stage: Stage) -> str:
    """Read when the process began: a crash that a supervisor heals would move it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        found = STARTED.search((await client.get(f"{stage.endpoints.orders}/metrics")).text)
    assert found is not None
    return found[1]
