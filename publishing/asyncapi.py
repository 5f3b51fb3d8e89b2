"""What does the log look like from outside? An AsyncAPI 3 document of channels and messages."""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from publishing.readers import readers_of, readers_of_topic
from schemas.envelope import CONTENT_TYPE
from schemas.topics import (
    PARTITIONS,
    PUBLISHED,
    RETENTION_HOURS,
    STOREFRONT_REJECTIONS,
    WRITTEN_BY,
    retention_ms,
)
from schemas.upcasts import UPCASTS

JSON_SCHEMA = "application/schema+json;version=2020-12"
HEADING = "# Written by `make schemas` from schemas/*.py: change those.\n"

ATTRIBUTES = {
    "specversion": "Always 1.0.",
    "id": "Derived from the cause: the same cause has the same id.",
    "source": "Who wrote it: /orders, /billing, …; a storefront writes its own URI.",
    "type": "The event's type and version.",
    "subject": "The customer id: the account, and the record's key; of a rejection the place of what was refused.",
    "time": "When it was committed, UTC.",
    "datacontenttype": "Always application/json.",
    "dataschema": "The file of the data's JSON Schema.",
    "sequence": "The event's version in its account and topic, gapless from 1; absent on intake and of a rejection.",
    "causesequence": "The sequence of the neighbour's event that caused it; absent for intake, HTTP and timers.",
    "correlationid": "The order it belongs to.",
    "causationid": "The event or command that caused it.",
    "statefp": "`<fold version>:<hash>` of the account's state, on the last event of an input.",
    "traceparent": "W3C trace context.",
}
REQUIRED = ["specversion", "id", "source", "type", "subject", "time", "data"]


def asyncapi(examples: Mapping[str, str]) -> str:
    """Write the document as YAML; `examples` are the golden records by type."""
    by_topic = PUBLISHED
    document = {
        "asyncapi": "3.1.0",
        "info": {
            "title": "coterm",
            "version": "1.0.0",
            "description": "The events of services that sell, price, provision and announce subscriptions "
            "whose expiries run together. Each is explained in docs/events.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "local": {
                "host": "127.0.0.1:19092",
                "protocol": "kafka",
                "description": "The stack that `make up` starts.",
            }
        },
        "channels": {topic: _channel(topic, list(types)) for topic, types in by_topic.items()},
        "operations": dict(_operations(by_topic)),
        "components": {
            "schemas": {"Attributes": _attributes()},
            "messages": {
                event_type: _message(topic, event_type, model, examples[event_type])
                for topic, types in by_topic.items()
                for event_type, model in types.items()
            },
        },
    }
    return HEADING + yaml.dump(document, sort_keys=False, allow_unicode=True, width=120, Dumper=_NoAliases)


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the same text, four times as fast


class _NoAliases(_Dumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _channel(topic: str, types: list[str]) -> dict[str, Any]:
    hours = RETENTION_HOURS[topic]
    return {
        "address": topic,
        "title": topic,
        "description": f"Written by {WRITTEN_BY[topic]}, read by {', '.join(readers_of_topic(topic))}. "
        f"The key is {_key(topic)}; kept {'for ever' if hours is None else f'{hours // 24} days'}; "
        "record timestamps are the log's own (LogAppendTime).",
        "messages": {event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in types},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": PARTITIONS,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": retention_ms(topic),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _key(topic: str) -> str:
    return "the refused record's own" if topic == STOREFRONT_REJECTIONS else "the customer id"


def _operations(by_topic: dict[str, dict[str, type[BaseModel]]]) -> list[tuple[str, dict[str, Any]]]:
    operations = []
    for topic, types in by_topic.items():
        parties = [(WRITTEN_BY[topic], "send"), *((reader, "receive") for reader in readers_of_topic(topic))]
        for party, action in parties:
            concerned = [name for name in types if _concerns(party, action, name)]
            operation = {
                "action": action,
                "title": f"{party} {'writes' if action == 'send' else 'reads'} {topic}",
                "channel": {"$ref": f"#/channels/{topic}"},
                "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in concerned],
                "tags": [{"name": party}],
            }
            operations.append((f"{party}.{action}.{topic}", operation))
    return operations


def _concerns(party: str, action: str, event_type: str) -> bool:
    if action == "send":
        return event_type not in {step.old for step in UPCASTS}  # nobody writes a superseded version any more
    return party in readers_of(event_type)


def _message(topic: str, event_type: str, model: type[BaseModel], example: str) -> dict[str, Any]:
    return {
        "name": event_type,
        "title": event_type.split(".")[1],
        "summary": (model.__doc__ or "").partition("\n")[0],
        "contentType": CONTENT_TYPE,
        "tags": [{"name": "public" if _is_public(model) else "internal"}],
        "correlationId": {"location": "$message.payload#/correlationid"},
        "headers": {
            "type": "object",
            "properties": {"content-type": {"const": CONTENT_TYPE}, "type": {"const": event_type}},
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"{_key(topic).capitalize()}."},
                "bindingVersion": "0.5.0",
            }
        },
        "payload": {
            "schemaFormat": JSON_SCHEMA,
            "schema": {
                "allOf": [{"$ref": "#/components/schemas/Attributes/schema"}],
                "properties": {"type": {"const": event_type}, "data": {"$ref": f"json/{event_type}.json"}},
            },
        },
        "examples": [{"name": "golden", "payload": json.loads(example)}],
    }


def _attributes() -> dict[str, Any]:
    properties: dict[str, Any] = {
        name: {"type": "string", "description": meaning} for name, meaning in ATTRIBUTES.items()
    }
    properties["specversion"]["const"] = "1.0"
    properties["time"]["format"] = "date-time"
    properties["data"] = {"type": "object"}
    return {
        "schemaFormat": JSON_SCHEMA,
        "schema": {
            "type": "object",
            "description": "CloudEvents 1.0 in structured JSON, with the extensions the guarantees need.",
            "properties": properties,
            "required": REQUIRED,
        },
    }


def _is_public(model: type[BaseModel]) -> bool:
    return getattr(model, "VISIBILITY", "public") == "public"
