"""Which storefront is told of an event, and what becomes of one telling?"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from runtime.commit.page import Position
from runtime.delivery import GONE, Delivered, Due, Failed, NotForIt, NotKnownYet, Telling
from runtime.edge import Edge
from runtime.kafka.log import LogRecord
from runtime.webhook_settings import Webhook
from runtime.wire.reading import read_record
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS
from services.notifications.adapters.webhooks import Poster, is_on_the_internet, signed
from services.notifications.declaration import declare
from services.notifications.projections.order_notes import ORDER_NOTES
from tests.receiver import OTHER_SECRET, SECRET, receiving
from tests.unit.memory_edge import MemoryEdge

EXAMPLES = Path("schemas/examples")
AT = datetime(2026, 1, 15, 9, tzinfo=UTC)


def example(event_type: str) -> dict[str, Any]:
    return dict(json.loads((EXAMPLES / f"{event_type}.json").read_text()))


def webhook(**changes: Any) -> Webhook:
    given = {"name": "pec", "storefront": "pec.it", "url": "https://pec.it/x", "secret": SecretStr(SECRET)}
    return Webhook.model_validate({**given, **changes})


def due(event_type: str = "orders.OrderPlaced.v1", order_id: str | None = "o-1", **changes: Any) -> Due:
    body = example(event_type)
    given = Due("pec", UUID(body["id"]), "c-1", order_id, event_type, json.dumps(body).encode(), 1, 0, AT, 0.0)
    return replace(given, **changes)


class Notes:
    """Know the orders that were placed, as notifications' rows do."""

    def __init__(self, **storefronts: str) -> None:
        self._notes = {order.replace("_", "-"): SimpleNamespace(storefront=name) for order, name in storefronts.items()}

    async def row(self, projection: Any, key: tuple[str, str]) -> Any:
        assert projection is ORDER_NOTES
        return self._notes.get(key[1])

    async def rows(self, projection: Any, where: Any) -> list[Any]:
        assert (projection, where) == (ORDER_NOTES, {"customer_id": "c-1"})
        return list(self._notes.values())


async def told(to: Webhook, event: Due, notes: Notes | None = None, *, outside_only: bool = False) -> Telling:
    poster = Poster(cast(Edge, notes or Notes()), [to], outside_only=outside_only)
    try:
        return await poster.tell(event)
    finally:
        await poster.close()


class TestWhoIsTold:
    @pytest.mark.parametrize(
        ("event", "notes", "expected"),
        [
            (due(), Notes(), Delivered()),  # the event itself names its storefront
            (due("provisioning.ServiceActivated.v1"), Notes(o_1="pec.it"), Delivered()),
            (due("provisioning.ServiceActivated.v1"), Notes(o_1="other.it", o_2="pec.it"), NotForIt()),
            (due("provisioning.ServiceActivated.v1"), Notes(), NotKnownYet()),
            (due("provisioning.ServiceActivated.v1", seconds=61.0), Notes(), NotForIt()),
            (due("provisioning.ServiceActivated.v1", seconds=61.0), Notes(o_2="pec.it"), Delivered()),
            (due("provisioning.PasswordChanged.v1", None), Notes(o_1="other.it", o_2="pec.it"), Delivered()),
            (due("provisioning.PasswordChanged.v1", None), Notes(o_1="other.it"), NotForIt()),
        ],
    )
    async def test_is_the_storefront_of_the_order_else_those_of_the_customer(
        self, event: Due, notes: Notes, expected: Telling
    ) -> None:
        async with receiving() as receiver:
            assert await told(webhook(url=receiver.url), event, notes) == expected
            assert len(receiver.received) == (expected == Delivered())

    async def test_is_always_the_one_that_is_told_of_every_storefront(self) -> None:
        async with receiving() as receiver:
            assert (
                await told(webhook(storefront="*", url=receiver.url), due("provisioning.ServiceActivated.v1"))
                == Delivered()
            )

    async def test_waits_for_no_others_to_gather(self) -> None:
        assert MemoryEdge(declare, webhooks=[webhook()], mail_from=None).service.is_awaited
        assert not MemoryEdge(declare, webhooks=[], mail_from=None).service.is_awaited

    async def test_is_told_of_public_events_of_the_types_it_wants_once_each(self) -> None:
        both = [webhook(), webhook(name="prices", types=("billing.OrderPriced.v1", "orders.OrderPriceNoted.v1"))]
        edge = MemoryEdge(declare, webhooks=both, mail_from=None)
        edge.store.contents.positions = {(topic, 3): Position(0) for topic in (ORDERS_EVENTS, BILLING_EVENTS)}
        read = [
            record(ORDERS_EVENTS, "orders.OrderPlaced.v1", 0, 1),
            record(ORDERS_EVENTS, "orders.OrderPriceNoted.v1", 1, 2),
            record(ORDERS_EVENTS, "orders.OrderPlaced.v1", 2, 1),
            record(BILLING_EVENTS, "billing.OrderPriced.v1", 0, 1),
        ]
        await edge.take(*(read_record(edge.service, each.topic, each) for each in read))
        queued = edge.store.contents.deliveries
        assert [(each.endpoint, each.type) for each in queued if not each.type.startswith("notifications.")] == [
            ("pec", "orders.OrderPlaced.v1"),
            ("pec", "billing.OrderPriced.v1"),
            ("prices", "billing.OrderPriced.v1"),
        ]
        assert queued[0].value == read[0].value
        own = [each.type for each in queued if each.type.startswith("notifications.")]
        assert own == ["notifications.EmailRequested.v1"]


def record(topic: str, event_type: str, offset: int, sequence: int) -> LogRecord:
    value = {**example(event_type), "sequence": str(sequence)}
    return LogRecord(topic, 3, offset, value["subject"].encode(), json.dumps(value).encode(), ())


class TestOneTelling:
    async def test_is_the_event_as_kafka_has_it_signed_for_its_receiver(self) -> None:
        async with receiving() as receiver:
            event = due()
            assert await told(webhook(url=receiver.url), event) == Delivered()
        (request,) = receiver.received
        assert request.body == event.value
        assert request.event["type"] == "orders.OrderPlaced.v1"
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert (request.path, request.headers["webhook-id"]) == ("/coterm", str(event.event_id))

    @pytest.mark.parametrize(
        ("status", "headers", "expected"),
        [
            (200, {}, Delivered()),
            (302, {"location": "http://127.0.0.1:1/"}, Failed("HTTP_302")),
            (400, {"retry-after": "7"}, Failed("HTTP_400")),
            (410, {}, Failed(GONE)),
            (429, {"retry-after": "7"}, Failed("HTTP_429", everywhere=True, seconds=7.0)),
            (500, {"retry-after": "soon"}, Failed("HTTP_500", everywhere=True)),
            (503, {"retry-after": "999999"}, Failed("HTTP_503", everywhere=True, seconds=3600.0)),
        ],
    )
    async def test_ends_as_the_endpoint_answers(self, status: int, headers: dict[str, str], expected: Telling) -> None:
        async with receiving() as receiver:
            receiver.status, receiver.headers = status, headers
            assert await told(webhook(url=receiver.url), due()) == expected
        assert len(receiver.received) == 1

    async def test_fails_where_nobody_listens_or_nobody_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving() as receiver:
            gone = receiver.url
        assert await told(webhook(url=gone), due()) == Failed("ConnectError", everywhere=True)
        monkeypatch.setattr("services.notifications.adapters.webhooks.SECONDS", 0.2)
        async with receiving() as receiver:
            receiver.seconds = 2.0
            assert await told(webhook(url=receiver.url), due()) in (
                Failed("TimeoutError", everywhere=True),
                Failed("ReadTimeout", everywhere=True),
            )


class TestASignature:
    def test_holds_under_each_secret_while_one_is_rotated_and_under_no_other(self) -> None:
        rotated = webhook(secret=SecretStr(OTHER_SECRET), previous_secret=SecretStr(SECRET))
        headers = signed(rotated, "m-1", b'{"name":"\xc3\xa8"}')
        for secret in (SECRET, OTHER_SECRET):
            assert Verifier(secret).verify(b'{"name":"\xc3\xa8"}', headers) == {"name": "è"}
        with pytest.raises(WebhookVerificationError):
            Verifier(SECRET).verify(b"{}", headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(SECRET).verify(b"{}", signed(webhook(secret=SecretStr(OTHER_SECRET)), "m-1", b"{}"))


class TestAnAddressOfOurs:
    @pytest.mark.parametrize("url", ["https://localhost/x", "https://127.0.0.1:9/x", "https://[::1]/x"])
    async def test_is_never_connected_to_where_only_the_internet_is_told(self, url: str) -> None:
        assert await told(webhook(url=url), due(), outside_only=True) == Failed("PRIVATE_ADDRESS", everywhere=True)

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False), ("127.0.0.1", False),
            ("169.254.169.254", False), ("100.64.0.1", False), ("192.168.1.1", False), ("0.0.0.0", False),
            ("224.0.0.1", False), ("::1", False), ("fd00::1", False), ("fe80::1", False), ("::ffff:10.0.0.1", False),
            ("2002:0a00:0001::1", False), ("ff0e::1", False),
        ],
    )  # fmt: skip
    def test_is_told_from_one_on_the_internet(self, address: str, expected: bool) -> None:
        assert is_on_the_internet(address) is expected
