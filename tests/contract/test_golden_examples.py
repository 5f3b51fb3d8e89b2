"""Can everyone still read what was ever published? Every golden example, by JSON Schema, by model and by codec."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator, FormatChecker

from runtime.wire.codec import decode_attributes, decode_event, encode_event, headers_of
from schemas.envelope import Envelope, Event
from schemas.topics import INTAKE_BODIES, REJECTIONS, TOPIC_OF, TYPES, WRITTEN_BY

SCHEMAS = Path("schemas/json")
EXAMPLES = Path("schemas/examples")
EVERY_TYPE = sorted({**INTAKE_BODIES, **REJECTIONS, **TYPES})


def _text(event_type: str) -> str:
    return (EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8")


def _record(event_type: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(_text(event_type))
    return record


def _schema(event_type: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{event_type}.json").read_text(encoding="utf-8"))
    return schema


def _encoded_again(event_type: str) -> bytes:
    record = _record(event_type)
    attributes = decode_attributes(_text(event_type).encode(), upcasts=())
    return encode_event(
        decode_event(attributes),
        service=record["source"].removeprefix("/"),
        event_id=UUID(record["id"]),
        version=int(record["sequence"]),
        at=Envelope.model_validate(record).time,
        causation=UUID(record["causationid"]),
        correlation=record.get("correlationid"),
        cause_sequence=int(record["causesequence"]) if "causesequence" in record else None,
        fingerprint=record.get("statefp"),
        traceparent=record.get("traceparent"),
    )


def _as_far_as_said(golden: Any, again: Any) -> Any:
    """Leave out what a later version of the model added: its optional fields stand in no older example."""
    if isinstance(golden, dict):
        return {name: _as_far_as_said(golden[name], again[name]) for name in golden}
    if isinstance(golden, list):
        return [_as_far_as_said(one, other) for one, other in zip(golden, again, strict=True)]
    return again


@pytest.mark.parametrize("event_type", EVERY_TYPE)
class TestAGoldenExample:
    def test_fits_its_published_schema(self, event_type: str) -> None:
        schema = _schema(event_type)
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(_record(event_type)["data"])

    def test_with_one_field_too_many_does_not_fit(self, event_type: str) -> None:
        data = {**_record(event_type)["data"], "surprise": 1}
        assert not Draft202012Validator(_schema(event_type)).is_valid(data)

    def test_is_an_envelope_that_agrees_with_its_data(self, event_type: str) -> None:
        envelope = Envelope.model_validate_json(_text(event_type))
        assert envelope.type == event_type
        assert envelope.dataschema == f"{event_type}.json"
        assert envelope.subject == envelope.data.get("customer_id", envelope.subject)


@pytest.mark.parametrize("event_type", sorted(INTAKE_BODIES))
class TestAGoldenExampleOfIntake:
    def test_is_read_by_its_model(self, event_type: str) -> None:
        data = _record(event_type)["data"]
        body = INTAKE_BODIES[event_type].model_validate(data)
        assert body.model_dump(mode="json", exclude_none=True) == data


@pytest.mark.parametrize("event_type", sorted(TYPES))
class TestAGoldenExampleOfOurs:
    def test_is_read_by_its_model_whole(self, event_type: str) -> None:
        data = _record(event_type)["data"]
        event = TYPES[event_type].model_validate(data)
        assert _as_far_as_said(data, event.model_dump(mode="json")) == data

    def test_is_written_by_the_owner_of_its_topic(self, event_type: str) -> None:
        assert _record(event_type)["source"] == f"/{WRITTEN_BY[TOPIC_OF[event_type]]}"

    def test_comes_through_the_codec_unchanged(self, event_type: str) -> None:
        again = json.loads(_encoded_again(event_type))
        golden = _record(event_type)
        assert _as_far_as_said(golden, again) == golden

    def test_is_encoded_to_the_same_bytes_each_time(self, event_type: str) -> None:
        assert _encoded_again(event_type) == _encoded_again(event_type)

    def test_is_read_by_the_public_cloudevents_sdk(self, event_type: str) -> None:
        record = _record(event_type)
        message = KafkaMessage(
            headers=dict(headers_of(event_type, int(record["sequence"]))),
            key=record["subject"].encode(),
            value=_encoded_again(event_type),
        )
        read = from_structured_event(message, JSONFormat())
        assert read.get_type() == event_type
        assert read.get_subject() == record["subject"]
        assert read.get_extension("sequence") == record["sequence"]
        data = read.get_data()
        assert isinstance(data, dict)
        assert TYPES[event_type].model_validate(data) == TYPES[event_type].model_validate(record["data"])

    def test_is_still_read_when_a_later_producer_adds_a_field(self, event_type: str) -> None:
        data = {**_record(event_type)["data"], "surprise": 1}
        assert isinstance(TYPES[event_type].model_validate(data), Event)
