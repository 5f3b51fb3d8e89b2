"""What is exported in these tests? Golden records, as a broker would hand them over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.kafka.log import Stretch

EXAMPLES = Path("schemas/examples")
APPENDED_MS = 1_768_467_600_250
"""2026-01-15T09:00:00.250Z."""


@dataclass
class Record:
    """A record of the log."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = b"c-1"
    timestamp: int = APPENDED_MS
    headers: tuple[tuple[str, bytes], ...] = field(default=())


def golden(event_type: str) -> dict[str, Any]:
    """Read a golden example."""
    record: dict[str, Any] = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
    return record


def record(
    topic: str,
    event_type: str,
    *,
    offset: int = 0,
    partition: int = 0,
    time: str = "",
    appended_ms: int = APPENDED_MS,
    sequence: int = 0,
    data: Mapping[str, Any] = {},
) -> Record:
    """Make a record of a golden example, with other values where some are given."""
    envelope = golden(event_type)
    envelope["id"] = f"00000000-0000-0000-{partition:04}-{offset:012}"
    envelope["time"] = time or envelope["time"]
    envelope["sequence"] = str(sequence or envelope["sequence"])
    envelope["data"] |= data
    return Record(topic, partition, offset, json.dumps(envelope).encode(), timestamp=appended_ms)


def stretch(*records: Record) -> Stretch:
    """Let records of one partition come together."""
    return Stretch((records[0].topic, records[0].partition), records, records[-1].offset + 1)
