"""Does the system live with what an older version of it wrote? A `billing.PricingRefused.v1` by billing's commit."""

import dataclasses
from pathlib import Path
from typing import Any

from operations.reading import survey
from operations.surroundings import find
from rehearsal.play.broker import Record
from rehearsal.play.carts import E_INVOICING
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from runtime.clock import SetClock
from runtime.commit.page import commit
from runtime.fold.replay import fold_values
from runtime.ids import command_id
from runtime.postgres.inspection import inspection
from runtime.postgres.store import PostgresStore
from runtime.service import Decided, Incoming, Input, Service
from schemas.billing import PricingRefused
from schemas.envelope import Event
from schemas.superseded import PricingRefusedV1
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS
from services.billing.declaration import declare
from tests.builders import ORDER_DAY

OLDER_PRICING = "billing.OlderPricing"


def _older_billing() -> Service:
    """Declare billing as it was before v2: it wrote v1, and its fold left the state as it was."""
    today = declare()

    def evolve(state: Any, event: Event) -> Any:
        return state if isinstance(event, PricingRefusedV1) else today.evolve(state, event)

    pricing = Input(OLDER_PRICING, lambda data, _, __: Decided([data]))
    return dataclasses.replace(today, inputs=(pricing,), evolve=evolve)


async def _write_as_an_older_billing(dsn: str, refusal: PricingRefusedV1, stage: Stage) -> None:
    """Commit the event as billing did before v2; the running billing's relay publishes it."""
    older = _older_billing()
    cause = command_id(OLDER_PRICING, refusal.order_id)
    incoming = Incoming(OLDER_PRICING, cause, refusal.customer_id, refusal, correlation_id=refusal.order_id)
    store = PostgresStore(dsn, older)
    try:
        (result,) = await commit(older, store, [incoming], {}, SetClock(stage.time.now()))
    finally:
        await store.close()
    assert [type(recorded.event) for recorded in result.recorded] == [PricingRefusedV1]


class TestWhenARecordOfTheOldVersionStandsOnTheTopic:
    """The checker, which runs after all cases, looks at it too: invariant 6, and the rebuild of 10."""

    async def test_its_reader_takes_it_as_the_newest_and_a_rebuild_folds_it(self, stage: Stage, running: Path) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.buy(buyer, E_INVOICING)
        where = find(running / "endpoints.json")
        detail = "an empty cart has no price"
        refusal = PricingRefusedV1(customer_id=buyer.customer_id, order_id=order["order_id"], detail=detail)

        await _write_as_an_older_billing(where.app_dsn("billing"), refusal, stage)

        async def noted() -> list[str] | None:
            taken = [record.data["input_type"] for record in _of(stage, buyer.customer_id, "orders.InputNoted.v1")]
            return [name for name in taken if "PricingRefused" in name] or None

        assert await eventually(noted, "orders noting the refusal") == [PricingRefused.EVENT_TYPE]
        (record,) = _of(stage, buyer.customer_id, PricingRefusedV1.EVENT_TYPE)
        assert record.data == {"customer_id": buyer.customer_id, "order_id": order["order_id"], "detail": detail}

        log = await survey(where.brokers, [BILLING_EVENTS])
        own = [each for records in log.records.values() for each in records if each.key == buyer.customer_id.encode()]
        folded = fold_values(declare(), (record.value for record in own))
        async with inspection(where.dsn("billing")) as live:
            accounts = {row["customer_id"]: row for row in await live.fetch("accounts")}
        row = accounts[buyer.customer_id]
        assert folded.states == {buyer.customer_id: (row["version"], row["state"].encode())}
        assert (folded.mismatches, folded.gaps) == ([], [])


def _of(stage: Stage, customer_id: str, event_type: str) -> list[Record]:
    topics = (BILLING_EVENTS, ORDERS_EVENTS)
    found = [record for topic in topics for record in stage.log.of(customer_id, topic)]
    return [record for record in found if record.type == event_type]
