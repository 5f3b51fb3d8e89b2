"""What does a process say in its log of what it does? A line per input and per request, and nothing personal."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from prometheus_client import REGISTRY

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.memory import MemoryStore
from runtime.commit.page import Position
from runtime.edge import Edge
from runtime.kafka.log import LogRecord
from runtime.log import configure
from runtime.process.committer import Committer
from runtime.process.telling import redrive_failed, report
from runtime.service import Incoming, Input
from runtime.wire.reading import read_record
from schemas.orders import OrderPlaced
from schemas.topics import STOREFRONT_INTAKE
from services.billing.domain.commands import RefundCredit
from services.orders.declaration import declare
from tests.integration.pages import BILLING, NOW, PARTITION, InMemory, placed, put
from tests.unit.runtime.parcels import STOREFRONT, client_of

CANARY = "Panificio Rossi"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Let the process log as it does when it runs, and read what it wrote."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    configure("INFO", "billing", stream)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.handlers, root.level = handlers, level
        logging.captureWarnings(False)
        structlog.reset_defaults()


def _breaks(*_: Any) -> Any:
    try:
        dict[str, str]()[CANARY]
    except KeyError as missing:
        raise RuntimeError("no price for anna@rossi.example") from missing


BROKEN = replace(BILLING, inputs=(Input(OrderPlaced.EVENT_TYPE, _breaks),))


async def _taken(service: Any, *records: LogRecord) -> list[Result]:
    held = InMemory()
    await held.start(0)
    results = await put(held, {PARTITION: Position(0)}, list(records), service)
    for record, result in zip(records, results, strict=True):
        report(read_record(service, record.topic, record), result)
    return results


def _counted(what: str, reason: str) -> float:
    return REGISTRY.get_sample_value("coterm_set_aside_total", {"what": what, "reason": reason}) or 0.0


class TestWhenAnInputIsApplied:
    async def test_one_line_names_it_and_what_became_of_it(self, lines: Lines) -> None:
        await _taken(BILLING, placed(0, "c-1", 1))
        (line,) = lines()
        assert (line["level"], line["action"], line["outcome"]) == ("info", "input.taken", "applied")
        assert (line["customer_id"], line["type"], line["offset"]) == ("c-1", "orders.OrderPlaced.v1", 0)
        assert line["events"] == 2


class TestWhenAHandlerBreaks:
    async def test_the_parked_account_is_told_once_with_where_it_broke_and_without_what_it_quotes(
        self, lines: Lines
    ) -> None:
        before = _counted("parked", "HANDLER_FAILED")
        await _taken(BROKEN, placed(0, "c-1", 1))
        (line,) = lines()
        assert (line["level"], line["action"], line["reason"]) == ("error", "input.parked", "HANDLER_FAILED")
        assert (line["customer_id"], line["topic"], line["partition"], line["offset"]) == ("c-1", *PARTITION, 0)
        first, behind = line["error"]
        assert (first["type"], first["message"]) == ("builtins.RuntimeError", "no price for [e-mail]")
        assert any(place.endswith(" _breaks") for place in first["at"])
        assert behind["type"] == "builtins.KeyError"
        assert CANARY not in json.dumps(line)
        assert _counted("parked", "HANDLER_FAILED") == before + 1

    async def test_what_queues_behind_it_is_a_quiet_line(self, lines: Lines) -> None:
        await _taken(BROKEN, placed(0, "c-1", 1), placed(1, "c-1", 2))
        assert [(line["level"], line["action"]) for line in lines()] == [
            ("error", "input.parked"), ("info", "input.queued"),
        ]  # fmt: skip

    async def test_a_redrive_that_fails_is_told_with_its_error(self, lines: Lines) -> None:
        incoming = replace(read_record(BROKEN, PARTITION[0], placed(0, "c-1", 1)), parked_id=7)
        try:
            _breaks()
        except RuntimeError as error:
            redrive_failed(incoming, Result(error=error))
        (line,) = lines()
        assert (line["level"], line["action"], line["customer_id"]) == ("error", "input.redrive_failed", "c-1")
        assert line["error"][0]["type"] == "builtins.RuntimeError"
        assert CANARY not in json.dumps(line)


class TestWhenARecordIsQuarantined:
    async def test_its_place_and_reason_are_told_and_nothing_of_what_it_holds(self, lines: Lines) -> None:
        record = LogRecord(STOREFRONT_INTAKE, 3, 17, CANARY.encode(), f'{{"name": "{CANARY}"'.encode(), ())
        orders = declare(cast(Edge, SimpleNamespace(keyring=None, clock=None, state=None)))
        incoming = read_record(orders, STOREFRONT_INTAKE, record)
        report(incoming, Result(fault=incoming.fault))
        (line,) = lines()
        assert (line["level"], line["action"], line["partition"], line["offset"]) == (
            "warning", "input.quarantined", 3, 17,
        )  # fmt: skip
        assert line["reason"] == "INVALID_JSON"
        assert CANARY not in json.dumps(line)


class TestWhenARequestIsAnswered:
    async def test_one_line_names_its_route_and_answer_with_its_id_and_none_a_probe(self, lines: Lines) -> None:
        async with client_of() as client:
            await client.get("/livez")
            answer = await client.get(f"/v1/parcels/{CANARY}", headers=STOREFRONT)
        (line,) = lines()
        assert (line["level"], line["action"], line["method"], line["status"]) == ("info", "http.answered", "GET", 200)
        assert line["route"] == "/v1/parcels/{parcel_id}"
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["ms"] >= 0
        assert CANARY not in json.dumps(line)


class TestWhenACommandIsCommitted:
    async def test_its_line_has_the_id_of_the_request_that_asked_for_it(self, lines: Lines) -> None:
        positions: Any = SimpleNamespace(expected={}, stopped={}, generation=0)
        committer = Committer(BILLING, MemoryStore(), positions, SetClock(NOW), namespace="", batch_size=1)
        committing = asyncio.create_task(committer.run())
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            await committer.apply(Incoming.of(RefundCredit("c-1", "credit-1", "asked for")))
        committing.cancel()
        (line,) = [each for each in lines() if each["action"] == "input.taken"]
        assert (line["type"], line["outcome"], line["request_id"]) == (RefundCredit.TYPE, "rejected", "r-1")


class TestWhenALibraryChatters:
    @pytest.mark.parametrize("name", ["faust.app", "mode.threads", "aiokafka.consumer.fetcher"])
    def test_it_is_heard_from_warnings_on(self, lines: Lines, name: str) -> None:
        logging.getLogger(name).info("[^--AgentManager]: Starting...")
        logging.getLogger(name).warning("something is wrong")
        assert [line["event"] for line in lines()] == ["something is wrong"]
