"""What if a storefront publishes nonsense? It goes to quarantine with its reason, and the next good record is taken."""

import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from rehearsal.play.broker import Following, Record
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, Body, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from schemas.topics import STOREFRONT_REJECTIONS
from tests.builders import ORDER_DAY
from tests.spec import happened

STRUCTURED = [("content-type", b"application/cloudevents+json")]

BadRecord = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


def _event(stage: Stage, buyer: Buyer, **changes: Any) -> Body:
    order = cart(stage.names.order(), buyer, E_INVOICING)
    return {**stage.cloudevent("storefront.OrderSubmitted.v1", buyer.customer_id, order), **changes}


def _as_sent(buyer: Buyer, event: Body) -> BadRecord:
    return buyer.customer_id.encode(), json.dumps(event).encode(), STRUCTURED


def _bytes(value: bytes | None) -> Callable[[Stage, Buyer], BadRecord]:
    return lambda _stage, buyer: (buyer.customer_id.encode(), value, STRUCTURED)


def _changed(**changes: Any) -> Callable[[Stage, Buyer], BadRecord]:
    return lambda stage, buyer: _as_sent(buyer, _event(stage, buyer, **changes))


def _data(change: Callable[[Body], Body]) -> Callable[[Stage, Buyer], BadRecord]:
    def made(stage: Stage, buyer: Buyer) -> BadRecord:
        event = _event(stage, buyer)
        return _as_sent(buyer, {**event, "data": change(event["data"])})

    return made


def _wrong_key(stage: Stage, buyer: Buyer) -> BadRecord:
    return b"somebody-else", json.dumps(_event(stage, buyer)).encode(), STRUCTURED


def _no_key(stage: Stage, buyer: Buyer) -> BadRecord:
    return None, json.dumps(_event(stage, buyer)).encode(), STRUCTURED


def _huge(stage: Stage, buyer: Buyer) -> BadRecord:
    event = _event(stage, buyer)
    event["data"]["storefront"] = "x" * 1_046_000
    return _as_sent(buyer, event)


def _binary_without_type(stage: Stage, buyer: Buyer) -> BadRecord:
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"m-1"), ("content-type", b"application/json")]
    return buyer.customer_id.encode(), json.dumps(_event(stage, buyer)["data"]).encode(), headers


BAD: dict[str, Callable[[Stage, Buyer], BadRecord]] = {
    "no JSON": _bytes(b"{not json"),
    "an empty value": _bytes(b""),
    "no value": _bytes(None),
    "bytes": _bytes(bytes(range(256))),
    "a JSON list": _bytes(b"[]"),
    "truncated": _bytes(b'{"specversion": "1.0", "id": "m-1", "type": "storefront.Ord'),
    "deeply nested": _bytes(b'{"data":' * 6_000 + b"1" + b"}" * 6_000),
    "deeply nested and large": _bytes(b'{"data":' * 50_000 + b"1" + b"}" * 50_000),
    "an unknown type": _changed(type="storefront.OrderWished.v1"),
    "an unknown version": _changed(type="storefront.OrderSubmitted.v9"),
    "an unknown specversion": _changed(specversion="9.9"),
    "an event of ours": _changed(type="orders.OrderPlaced.v1"),
    "another subject": _changed(subject="somebody-else"),
    "a missing field": _data(lambda data: {name: value for name, value in data.items() if name != "lines"}),
    "an extra field": _data(lambda data: {**data, "discount": 100}),
    "a wrong type": _data(lambda data: {**data, "expected_total_cents": "44.27"}),
    "a product that is no word": _data(lambda data: {**data, "lines": [{"product": "fax"}]}),
    "a wrong key": _wrong_key,
    "no key": _no_key,
    "1 MiB": _huge,
    "binary mode without a type": _binary_without_type,
}


REASONS = {
    "no JSON": "INVALID_JSON",
    "an empty value": "INVALID_JSON",
    "no value": "INVALID_JSON",
    "bytes": "INVALID_JSON",
    "a JSON list": "NOT_A_CLOUDEVENT",
    "truncated": "INVALID_JSON",
    "deeply nested": "INVALID_JSON",
    "deeply nested and large": "TOO_LARGE",
    "an unknown type": "UNKNOWN_TYPE",
    "an unknown version": "UNKNOWN_TYPE",
    "an unknown specversion": "NOT_A_CLOUDEVENT",
    "an event of ours": "UNKNOWN_TYPE",
    "another subject": "WRONG_KEY",
    "a missing field": "SCHEMA_VIOLATION",
    "an extra field": "SCHEMA_VIOLATION",
    "a wrong type": "SCHEMA_VIOLATION",
    "a product that is no word": "SCHEMA_VIOLATION",
    "a wrong key": "WRONG_KEY",
    "no key": "WRONG_KEY",
    "1 MiB": "TOO_LARGE",
    "binary mode without a type": "NOT_A_CLOUDEVENT",
}


class TestWhenARecordCanNotBeTaken:
    @pytest.mark.parametrize("name", BAD)
    async def test_it_is_kept_with_its_reason_and_the_next_good_one_is_taken(self, stage: Stage, name: str) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        bad = BAD[name](stage, buyer)
        place = await stage.publisher.send(*bad)
        good = cart(stage.names.order(), buyer, E_INVOICING)
        await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, good)

        order = await stage.order_is(good["order_id"], "AWAITING_PAYMENT")

        assert order["total_cents"] == 3660
        assert [placed["order_id"] for placed in await placed_orders(stage, buyer)] == [good["order_id"]]
        assert await quarantined(stage, place) == (bad[0], bad[1], REASONS[name])


async def quarantined(stage: Stage, place: tuple[int, int]) -> tuple[bytes | None, bytes | None, str]:
    """Return key, value and reason that quarantine keeps of the record at a partition and offset of intake."""
    connection = await asyncpg.connect(stage.endpoints.postgres["orders"]["owner"])
    kept = 'SELECT key, value, reason FROM runtime.quarantine WHERE partition = $1 AND "offset" = $2'

    async def look() -> tuple[bytes | None, bytes | None, str] | None:
        row = await connection.fetchrow(kept, *place)
        return (row["key"], row["value"], row["reason"]) if row is not None else None

    try:
        return await eventually(look, f"the record at {place} in quarantine")
    finally:
        await connection.close()


async def placed_orders(stage: Stage, buyer: Buyer) -> list[dict[str, Any]]:
    """Return what was placed for a buyer, which is one order."""
    orders = (await stage.front.orders_of(buyer.customer_id)).body["orders"]

    async def look() -> list[dict[str, Any]] | None:
        placed = [record for record in stage.log.of(buyer.customer_id, "orders.events") if record.name == "OrderPlaced"]
        return [record.data for record in placed] if len(placed) >= len(orders) else None

    # The answer over HTTP may be quicker than the reader of the log.
    seen = await eventually(look, f"an OrderPlaced for each of {len(orders)} orders")
    assert len(orders) == len(seen)
    return seen


class TestWhatIsToldOfARecordThatIsRefused:
    @pytest.mark.parametrize("name", ["no JSON", "an unknown type", "an extra field", "a wrong key", "no key"])
    async def test_stands_on_the_topic_and_over_http_without_its_body(self, stage: Stage, name: str) -> None:
        await stage.at(ORDER_DAY)
        bad = BAD[name](stage, stage.names.buyer())
        seen: list[Record] = []
        async with Following(stage.endpoints.kafka, [STOREFRONT_REJECTIONS], seen.append):
            partition, offset = await stage.publisher.send(*bad)

            async def look() -> Record | None:
                return next(
                    (
                        record
                        for record in seen
                        if record.data["partition"] == partition and record.data["offset"] == offset
                    ),
                    None,
                )

            told = await eventually(look, f"a rejection of {partition}/{offset}")
        assert told.type == "orders.RecordRejected.v1"
        assert told.key == bad[0]
        assert (told.data["partition"], told.data["code"]) == (partition, REASONS[name])
        assert b"Rossi" not in told.value
        body = json.loads(bad[1] or b"0") if name != "no JSON" else {}
        assert told.data.get("event_id") == body.get("id")
        assert told.data.get("order_id") == body.get("data", {}).get("order_id")
        asked = await stage.front.orders.ask("GET", "/v1/intake/rejections?storefront=pec.it&limit=500")
        assert told.data in asked.body["rejections"]


class TestWhenAWholeSeriesIsBad:
    async def test_every_good_one_between_them_is_taken(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyers = []
        for make in BAD.values():
            buyer = stage.names.buyer()
            await stage.publisher.send(*make(stage, buyer))
            order = cart(stage.names.order(), buyer, E_INVOICING)
            await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, order, "binary")
            buyers.append((buyer, order))

        for buyer, order in buyers:
            await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
            assert [placed["order_id"] for placed in await placed_orders(stage, buyer)] == [order["order_id"]]


class TestWhenAnOrderComesTwice:
    async def test_over_kafka_and_http_it_is_one_order(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = cart(stage.names.order(), buyer, E_INVOICING)
        await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, order)
        await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
        await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, order, "binary")

        assert (await stage.front.submit(order)).status == 200
        await stage.settle(order | {"customer_id": buyer.customer_id, "outstanding_cents": 3660})

        await happened(
            stage,
            buyer,
            intake="OrderSubmitted OrderSubmitted",
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )
