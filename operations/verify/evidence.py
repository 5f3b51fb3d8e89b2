"""What is there to check? Records, journals, states and mails, read as far as they can be."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from operations.mails.mail import Mail
from operations.reading import Share, Survey
from runtime.errors import Unreadable
from runtime.kafka.log import LogRecord, Partition
from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import Attributes, decode_attributes, decode_event
from schemas.envelope import Event
from schemas.topics import EVENTS, STOREFRONT_INTAKE

TOPICS = (STOREFRONT_INTAKE, *EVENTS)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of one of our topics, read as far as it can be."""

    record: LogRecord
    attributes: Attributes | None
    event: Event | None
    fault: str = ""

    @property
    def value(self) -> bytes | None:
        """The event's bytes."""
        return self.record.value

    @property
    def version(self) -> int:
        """The account's version, 0 where none can be read."""
        text = self.attributes.sequence if self.attributes else None
        return int(text) if text and text.isdecimal() else 0

    @property
    def account(self) -> str:
        """The account, as the key says."""
        return (self.record.key or b"").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Committed:
    """A row of a journal."""

    customer_id: str
    version: int
    event_id: str
    type: str
    bucket: int
    value: bytes
    last_of_input: bool
    cause_id: str
    cause: tuple[str, int, int] | None
    mark: tuple[int, int] | None


@dataclass
class Held:
    """What one service holds."""

    service: Service
    log: list[Seen]
    journal: list[Committed]
    accounts: dict[str, tuple[int, bytes | None]]
    rows: dict[str, dict[Key, Any]]
    positions: dict[Partition, Any]
    inbox: dict[tuple[str, str], int]
    parked: list[Any]
    quarantine: list[Any]
    effects: list[Any]
    lived: timedelta = timedelta(0)
    """Between the first of its events and the last, of all accounts."""

    @property
    def name(self) -> str:
        """Name the service."""
        return self.service.name

    @cached_property
    def by_id(self) -> dict[str, Committed]:
        """Find a journal row by its event's id."""
        return {row.event_id: row for row in self.journal}

    @cached_property
    def causes(self) -> set[str]:
        """Name every input that left an own event."""
        return {row.cause_id for row in self.journal}

    @cached_property
    def events(self) -> dict[str, list[Seen]]:
        """Name per account the committed events, each version once: from the log, the unpublished from the journal."""
        found: dict[str, dict[int, Seen]] = defaultdict(dict)
        for seen in self.log:
            if seen.event is not None and seen.attributes is not None and seen.attributes.id in self.by_id:
                found[seen.attributes.subject].setdefault(seen.version, seen)
        for row in self.journal:
            if row.version not in found[row.customer_id]:
                found[row.customer_id][row.version] = unpublished(self.service, row)
        return {account: [events[number] for number in sorted(events)] for account, events in sorted(found.items())}

    def facts(self, account: str, *kinds: type[Event]) -> list[Any]:
        """Return an account's events of some types, in their order."""
        return [seen.event for seen in self.events.get(account, []) if isinstance(seen.event, kinds)]


@dataclass
class Evidence:
    """Everything that was found of a share of the accounts."""

    log: Survey
    ends: dict[Partition, int]
    """Where the topics ended once the databases were read: nobody can have applied more."""
    services: Mapping[str, Held]
    intake: list[LogRecord]
    handovers: list[Seen]
    mails: list[Mail] | None
    """None where there is no mail catcher to look into."""
    earlier: frozenset[str] = frozenset()
    """The mails that had arrived before the databases were read: their requests must be there."""
    namespace: str = ""
    undrained: str = ""
    accounts: list[str] = field(default_factory=list)
    share: Share = field(default_factory=Share)
    """Which accounts these are: an account's events stand in the same partition of each topic."""

    @property
    def is_moving(self) -> bool:
        """Tell whether something was still on its way when it was gathered."""
        return bool(self.undrained) or any(end != self.ends.get(place, end) for place, end in self.log.ends.items())

    def is_ours(self, record: LogRecord) -> bool:
        """Tell whether a record's account is one of these, wherever it stands."""
        return self.share.holds(record.key)

    @cached_property
    def places(self) -> dict[tuple[str, int, int], Seen]:
        """Find a record of ours by its place."""
        everything = [*self.handovers, *(seen for held in self.services.values() for seen in held.log)]
        return {(seen.record.topic, seen.record.partition, seen.record.offset): seen for seen in everything}

    def is_later(self, topic: str, partition: int, offset: int) -> bool:
        """Tell whether a place came after the log was read."""
        return offset >= self.log.ends.get((topic, partition), 0)

    def held(self, service: str) -> Held:
        """Return what one service holds."""
        return self.services[service]

    def topic(self, service: str) -> str:
        """Name a service's own topic as Kafka knows it."""
        return self.namespace + self.services[service].service.topic


def read(record: LogRecord) -> Seen:
    """Read a record as far as it can be."""
    attributes = None
    try:
        attributes = decode_attributes(record.value or b"")
        return Seen(record, attributes, decode_event(attributes))
    except (Unreadable, ValueError, KeyError) as error:
        return Seen(record, attributes, None, f"{type(error).__name__}: {error}"[:300])


def unpublished(service: Service, row: Committed) -> Seen:
    """Read a journal row as the record that it is to become."""
    return read(LogRecord(service.topic, row.bucket, -1, row.customer_id.encode(), row.value, ()))


def payload(effect: Any) -> dict[str, Any]:
    """Return what an effect was asked to do."""
    found: dict[str, Any] = json.loads(effect["payload"])
    return found


def grouped(rows: Mapping[Key, Any]) -> dict[str, dict[Key, Any]]:
    """Sort a projection's rows by their account."""
    found: dict[str, dict[Key, Any]] = defaultdict(dict)
    for key, row in rows.items():
        found[row.customer_id][key] = row
    return found
