"""What does a storefront read of the records that intake refused?"""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from runtime.commit.page import Position
from runtime.kafka.log import LogRecord
from runtime.service import Incoming
from runtime.wire.reading import read_record
from runtime.wire.rejecting import KEY_BYTES
from schemas.topics import STOREFRONT_INTAKE
from tests.unit.memory_edge import OTHER_STOREFRONT
from tests.unit.orders.asking import OPERATOR, ORDER_BODY, code
from tests.unit.orders.spec import Desk

STRUCTURED = (("content-type", b"application/cloudevents+json"),)
BINARY = (
    ("content-type", b"application/json"),
    ("ce_specversion", b"1.0"),
    ("ce_id", b"m-7"),
    ("ce_source", b"/storefronts/pec"),
    ("ce_type", b"storefront.OrderSubmitted.v1"),
    ("ce_subject", b"c-1"),
)
PATH = "/v1/intake/rejections"


def event(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "m-1",
        "source": "/storefronts/pec",
        "type": "storefront.OrderSubmitted.v1",
        "subject": "c-1",
        "data": ORDER_BODY,
        **changes,
    }


def record(value: object, *, key: bytes | None = b"c-1", offset: int = 0, headers: Any = STRUCTURED) -> LogRecord:
    written = value if isinstance(value, bytes) else json.dumps(value).encode()
    return LogRecord(STOREFRONT_INTAKE, 3, offset, key, written, headers)


async def take(desk: Desk, *records: LogRecord) -> None:
    first, partition = records[0].offset, (STOREFRONT_INTAKE, 3)
    desk.store.contents.positions[partition] = Position(first)
    await desk.take(*(read_record(desk.service, STOREFRONT_INTAKE, each) for each in records))


async def shown(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rejections"])


def carts(count: int, **changes: Any) -> list[LogRecord]:
    bodies = [{**ORDER_BODY, "order_id": f"o-{number}", "discount": 1, **changes} for number in range(count)]
    return [record(event(id=f"m-{number}", data=body), offset=number) for number, body in enumerate(bodies)]


class TestWhatIsTold:
    async def test_says_where_it_stood_what_it_named_and_why_and_never_the_body(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await take(desk, record(event(data={**ORDER_BODY, "discount": 100})))
        assert (await http.get(PATH)).json() == {
            "rejections": [
                {
                    "topic": "storefront.intake",
                    "partition": 3,
                    "offset": 0,
                    "event_id": "m-1",
                    "order_id": "o-1",
                    "storefront": "pec.it",
                    "code": "SCHEMA_VIOLATION",
                    "detail": "discount: Extra inputs are not permitted",
                    "rejected_at": "2026-01-15T09:00:00Z",
                }
            ],
            "next": None,
        }
        (told,) = desk.store.contents.rejections.values()
        said = json.loads(told.value)
        assert (said["source"], said["subject"]) == ("/orders", "storefront.intake/3/0")
        assert (told.key, b"Rossi" in told.value, b"12345670017" in told.value) == (b"c-1", False, False)

    @pytest.mark.parametrize(
        ("refused", "named", "reason"),
        [
            (record(b"{not json"), {}, "INVALID_JSON"),
            (record(b'{"id": "m-1", "id": "m-2"}'), {}, "INVALID_JSON"),
            (record(b"[]"), {}, "NOT_A_CLOUDEVENT"),
            (record(b'{"data": ' * 6000), {}, "INVALID_JSON"),
            (
                record(event(type="storefront.OrderWished.v1")),
                {"event_id": "m-1", "order_id": "o-1", "storefront": "pec.it"},
                "UNKNOWN_TYPE",
            ),
            (record(event(id=7, data="words"), key=None), {}, "NOT_A_CLOUDEVENT"),
            (record(event(id="two words\n", data={"order_id": ["o-1"]})), {}, "NOT_A_CLOUDEVENT"),
            (record({"storefront": "pec.it"}, headers=BINARY), {"event_id": "m-7", "storefront": "pec.it"},
             "SCHEMA_VIOLATION"),
        ],
    )  # fmt: skip
    async def test_names_what_can_be_read_and_leaves_out_the_rest(
        self, desk: Desk, http: httpx.AsyncClient, refused: LogRecord, named: dict[str, str], reason: str
    ) -> None:
        await take(desk, refused)
        (told,) = await shown(http)
        assert told["code"] == reason
        assert {name: told[name] for name in ("event_id", "order_id", "storefront") if name in told} == named

    @pytest.mark.parametrize("key", [None, b"\xff\x00", b"k" * KEY_BYTES])
    async def test_carries_the_records_own_key(self, desk: Desk, http: httpx.AsyncClient, key: bytes | None) -> None:
        await take(desk, record(event(), key=key))
        (told,) = desk.store.contents.rejections.values()
        assert (told.key, [each["code"] for each in await shown(http)]) == (key, ["WRONG_KEY"])

    async def test_carries_no_key_that_would_fill_a_batch(self, desk: Desk) -> None:
        await take(desk, record(event(), key=b"k" * (KEY_BYTES + 1)))
        (told,) = desk.store.contents.rejections.values()
        assert (told.key, told.bucket) == (None, 3)

    async def test_is_what_a_rule_refuses_without_a_trace_too(self, desk: Desk, http: httpx.AsyncClient) -> None:
        late = {**ORDER_BODY, "submitted_at": "2026-01-15T10:00:00Z"}
        await take(desk, record(event(data=late)))
        assert [(told["code"], told["order_id"]) for told in await shown(http)] == [("INVALID_REQUEST", "o-1")]

    async def test_is_nothing_where_an_order_is_refused_with_its_violations(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await take(desk, record(event(data={**ORDER_BODY, "lines": []})))
        assert await shown(http) == []


class TestWhenARecordIsMetAgain:
    async def test_it_is_told_once(self, desk: Desk, http: httpx.AsyncClient) -> None:
        for _ in range(2):
            await take(desk, record(b"{not json"))
        assert len(desk.store.contents.rejections) == len(await shown(http)) == 1

    async def test_taken_from_quarantine_it_is_listed_no_more(self, desk: Desk, http: httpx.AsyncClient) -> None:
        late = {**ORDER_BODY, "submitted_at": "2026-01-15T10:00:00Z"}
        await take(desk, record(event(data=late)))
        desk.on("2026-01-15", 12)
        ((number, (kept, _)),) = desk.store.contents.quarantine.items()
        await desk.take(replace(_again(desk, kept), quarantined_id=number))
        assert await shown(http) == []
        assert (await http.get("/v1/orders/o-1")).status_code == 200


def _again(desk: Desk, kept: Incoming) -> Incoming:
    assert kept.raw is not None
    assert kept.origin is not None
    origin = kept.origin
    again = LogRecord(origin.topic, origin.partition, origin.offset, kept.raw.key, kept.raw.value, kept.raw.headers)
    return read_record(desk.service, STOREFRONT_INTAKE, again)


class TestWhoReadsIt:
    async def test_a_storefront_its_own_and_what_names_none(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await take(desk, *carts(1), record(b"{", offset=1))
        assert [told.get("storefront") for told in await shown(http)] == ["pec.it", None]
        assert [told.get("storefront") for told in await shown(http, storefront="pec.it")] == ["pec.it", None]
        http.headers.update(OTHER_STOREFRONT)
        assert [told.get("storefront") for told in await shown(http)] == [None]

    async def test_nobody_anothers(self, http: httpx.AsyncClient) -> None:
        assert code(await http.get(PATH, params={"storefront": "other.it"})) == (403, "STOREFRONT_DIFFERS")

    async def test_no_operator_and_nobody_without_a_key(self, http: httpx.AsyncClient) -> None:
        assert code(await http.get(PATH, headers=OPERATOR)) == (403, "FORBIDDEN")
        assert code(await http.get(PATH, headers={"Authorization": ""})) == (401, "UNAUTHORIZED")


class TestManyOfThem:
    async def test_come_in_pages_oldest_first(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await take(desk, *carts(5))
        seen, query = [], {"limit": "2"}
        while True:
            page = (await http.get(PATH, params=query)).json()
            seen.append([told["order_id"] for told in page["rejections"]])
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert seen == [["o-0", "o-1"], ["o-2", "o-3"], ["o-4"]]

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"after": "o-1"}, {"storefront": ""}])
    async def test_are_asked_for_in_one_way(self, http: httpx.AsyncClient, query: dict[str, str]) -> None:
        assert code(await http.get(PATH, params=query)) == (422, "INVALID_REQUEST")
