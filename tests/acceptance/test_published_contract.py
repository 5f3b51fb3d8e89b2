"""Is what stands on the topics, and what the services answer, what is published? Seen with public tools alone."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from jsonschema import Draft202012Validator, FormatChecker

from operations.reading import survey
from operations.surroundings import SERVICES, find
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.stage import Stage
from runtime.kafka.log import LogRecord
from runtime.wire.reading import read_record
from schemas.topics import EVENTS, STOREFRONT_INTAKE, TOPIC_OF
from services.orders.declaration import declare as orders
from tests.builders import ORDER_DAY

Log = dict[str, list[LogRecord]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def log(stage: Stage, running: Path) -> Log:
    """Return everything that stands on the topics, a purchase over Kafka in each mode of CloudEvents at least."""
    await stage.at(ORDER_DAY)
    for way in ("structured", "binary"):
        await stage.buy(stage.names.buyer(), E_INVOICING, DOCUMENTS, way=way)
    brokers = find(running / "endpoints.json").brokers
    found: Log = {topic: [] for topic in (STOREFRONT_INTAKE, *EVENTS)}
    for (topic, _), records in (await survey(brokers, found)).records.items():
        found[topic] += records
    return found


def committed(service: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(f"docs/openapi/{service}.json").read_text(encoding="utf-8"))
    return document


@cache
def schema_of(event_type: str) -> Draft202012Validator:
    schema = json.loads(Path(f"schemas/json/{event_type}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def read(record: LogRecord) -> BaseCloudEvent:
    """Let the public SDK of CloudEvents read a record."""
    return from_kafka_event(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value or b""))


def data_of(event: BaseCloudEvent) -> dict[str, Any]:
    data = event.get_data()
    assert isinstance(data, dict)
    return data


class TestEveryRecordOnOurTopics:
    @pytest.mark.parametrize("topic", EVENTS)
    async def test_is_a_cloudevent_to_the_public_sdk_and_fits_the_closed_schema_it_names(
        self, log: Log, topic: str
    ) -> None:
        assert log[topic]
        for record in log[topic]:
            event = read(record)
            headers = dict(record.headers)
            assert event.get_type().encode() == headers["type"]
            assert TOPIC_OF[event.get_type()] == topic
            assert (event.get_subject() or "").encode() == record.key
            if topic != "credentials.handover":
                assert str(event.get_extension("sequence")).encode() == headers["sequence"]
            schema_of((event.get_dataschema() or "").removesuffix(".json")).validate(data_of(event))


class TestEveryRecordOfIntakeThatOrdersTakes:
    async def test_is_a_cloudevent_to_the_public_sdk_in_either_mode(self, log: Log) -> None:
        service = orders()
        modes = set()
        for record in log[STOREFRONT_INTAKE]:
            if read_record(service, STOREFRONT_INTAKE, record).fault is None:
                event = read(record)
                modes.add("ce_type" in dict(record.headers))
                schema_of(event.get_type()).validate(data_of(event))
        assert modes == {True, False}


class TestWhatAServiceSaysOfItself:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_is_the_committed_document(self, stage: Stage, service: str) -> None:
        async with httpx.AsyncClient() as client:
            served = await client.get(f"{getattr(stage.endpoints, service)}/openapi.json")
        assert served.json() == committed(service)
