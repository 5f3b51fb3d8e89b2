"""What if a storefront's record comes while its account waits? It waits too, sealed, and is taken when the account goes
on."""

import json
from pathlib import Path

import asyncpg

from operations.verify import verify
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.patience import eventually
from tests.arena import Arena

RECORD = "SELECT * FROM runtime.parked WHERE customer_id = $1 AND type = 'storefront.OrderSubmitted.v1'"
"""Beside it may wait what came of the buyer's first order and is ignored."""


class TestWhenAnAccountWaitsForAMissingVersion:
    async def test_a_storefronts_record_waits_sealed_behind_it_and_is_taken_when_the_version_came(
        self, arena: Arena
    ) -> None:
        stage = arena.stage
        buyer = await stage.owner("2026-01-15T09:00:00+00:00", E_INVOICING)
        order = cart(stage.names.order(), buyer, DOCUMENTS, channel="CUSTOMER_AREA")
        async with arena.database("orders") as orders:
            await _park(arena, orders, buyer, sequence=99)
            await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, order, "binary")
            kept = await eventually(lambda: orders.fetchrow(RECORD, buyer.customer_id), "the record to wait")
            assert (kept["reason"], kept["value"], kept["headers"]) == ("QUEUED", None, "[]")

            personal = [buyer.body["name"], buyer.email, buyer.body["vat_number"]]
            secrets = (await verify(Path(arena.layout.run), seconds=60, canaries=personal)).of(24)
            assert (secrets.violations, secrets.checked > 100) == ([], True)

            await orders.execute(
                "UPDATE runtime.parked SET value = $2 WHERE customer_id = $1 AND reason = 'VERSION_GAP'",
                buyer.customer_id,
                await _price(arena, buyer, sequence=1),
            )
            await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
            await eventually(lambda: _nothing_waits(orders, buyer), "what waited to be taken")


async def _park(arena: Arena, orders: asyncpg.Connection, buyer: Buyer, sequence: int) -> None:
    await orders.execute(
        """INSERT INTO runtime.parked
               (customer_id, type, input_id, topic, partition, "offset", key, value, headers, reason, detail, parked_at)
           VALUES ($1, 'billing.OrderPriced.v1', gen_random_uuid(), 'billing.events', 0, 1000000000,
                   $1::text::bytea, $2, '[]', 'VERSION_GAP', 'made for a test', '2026-01-15T09:00:00Z')""",
        buyer.customer_id,
        await _price(arena, buyer, sequence),
    )


async def _price(arena: Arena, buyer: Buyer, sequence: int) -> bytes:
    """Write the buyer's first price as if it were of another version."""
    async with arena.database("billing") as billing:
        value = await billing.fetchval(
            "SELECT value FROM runtime.journal WHERE customer_id = $1 AND type LIKE 'billing.OrderPriced.%'",
            buyer.customer_id,
        )
    return json.dumps(json.loads(value) | {"sequence": str(sequence)}).encode()


async def _nothing_waits(orders: asyncpg.Connection, buyer: Buyer) -> bool:
    return not await orders.fetch("SELECT FROM runtime.parked WHERE customer_id = $1", buyer.customer_id)
