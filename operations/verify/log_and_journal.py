"""Do log and journal agree? Invariants 1 to 7."""

import json
from collections import defaultdict
from collections.abc import Iterator

from operations.verify.evidence import Evidence, Held, Seen
from operations.verify.findings import Finding, Place
from runtime.errors import Unreadable
from runtime.fold.difference import json_differences
from runtime.ids import partition_of
from runtime.wire.codec import Attributes, decode_attributes, decode_event
from schemas.topics import TOPIC_OF, TYPES


def check(evidence: Evidence) -> Iterator[Finding]:
    """Look at every record and every row of the journals."""
    yield same_id_same_bytes(evidence)
    yield gapless_versions(evidence)
    yield log_equals_journal(evidence)
    yield marks(evidence)
    yield partitions(evidence)
    yield schemas(evidence)
    yield causation(evidence)


def same_id_same_bytes(evidence: Evidence) -> Finding:
    """1: compare every copy of an event with the first one met."""
    finding = Finding(1)
    first: dict[str, bytes] = {}
    for seen in _all(evidence):
        if seen.attributes is not None:
            value = seen.value or b""
            kept = first.setdefault(seen.attributes.id, value)
            what = f"event {seen.attributes.id} has other bytes than its first copy"
            finding.look(kept == value, at(seen), what if kept == value else _difference(what, kept, value))
    for held in evidence.services.values():
        for row in held.journal:
            kept = first.setdefault(row.event_id, row.value)
            where = Place(held.name, row.customer_id, row.version, table="journal")
            what = f"event {row.event_id} has other bytes than in the log"
            finding.look(kept == row.value, where, what if kept == row.value else _difference(what, kept, row.value))
    return finding


def _difference(what: str, first: bytes, other: bytes) -> str:
    parts = "; ".join(str(part) for part in json_differences(first, other)[:5])
    return f"{what}: {parts or 'only in how it is written'}"


def gapless_versions(evidence: Evidence) -> Finding:
    """2: first occurrences ascend by one, in the log and in the journal."""
    finding = Finding(2)
    for held in evidence.services.values():
        last: dict[str, int] = defaultdict(int)
        for seen in held.log:
            if seen.attributes is None or seen.version <= last[seen.account]:
                continue
            due = last[seen.account] + 1
            finding.look(seen.version == due, at(seen, held), f"version {seen.version} stands where {due} is due")
            last[seen.account] = seen.version
        written: dict[str, int] = defaultdict(int)
        for row in held.journal:
            written[row.customer_id] += 1
            place = Place(held.name, row.customer_id, row.version, table="journal")
            finding.look(row.version == written[row.customer_id], place, f"{written[row.customer_id]} is due here")
    return finding


def log_equals_journal(evidence: Evidence) -> Finding:
    """3: nothing was committed without being published, nothing stands in the log that nobody committed."""
    finding = Finding(3)
    for held in evidence.services.values():
        published = {seen.attributes.id for seen in held.log if seen.attributes is not None}
        for row in held.journal:
            place = Place(held.name, row.customer_id, row.version, table="journal")
            # One that is not marked waits for the relay: that nothing waits for long is looked at before.
            is_new = row.mark is None or evidence.is_later(evidence.topic(held.name), *row.mark)
            is_there = row.event_id in published or is_new
            finding.look(is_there, place, f"{row.type} {row.event_id} was committed but is not in the log")
        for seen in held.log:
            known = seen.attributes is not None and seen.attributes.id in held.by_id
            finding.look(known, at(seen, held), "stands in the log but in no journal: nobody committed it")
    return finding


def sent_once(evidence: Evidence) -> Finding:
    """3, more strictly: no event stands in the log twice. It holds where no process died, stood still or was cut off.

    `check` leaves it out: what was sent and not marked is sent again, and readers know it by its version.
    """
    finding = Finding(3)
    for held in evidence.services.values():
        seen_before: set[str] = set()
        for seen in held.log:
            if seen.attributes is not None:
                is_first = seen.attributes.id not in seen_before
                finding.look(is_first, at(seen, held), f"event {seen.attributes.id} was sent again")
                seen_before.add(seen.attributes.id)
    return finding


def marks(evidence: Evidence) -> Finding:
    """4: the record at the marked place is the marked event."""
    finding = Finding(4)
    for held in evidence.services.values():
        places = {(seen.record.partition, seen.record.offset): seen for seen in held.log}
        for row in held.journal:
            if row.mark is None or evidence.is_later(evidence.topic(held.name), *row.mark):
                continue
            seen = places.get(row.mark)
            found = seen.attributes.id if seen is not None and seen.attributes is not None else None
            partition, offset = row.mark
            place = Place(held.name, row.customer_id, row.version, evidence.topic(held.name), partition, offset)
            finding.look(found == row.event_id, place, f"is marked here, where {found or 'nothing of ours'} stands")
    return finding


def partitions(evidence: Evidence) -> Finding:
    """5: key, subject and partition of our own topics say the same."""
    finding = Finding(5)
    for seen in _all(evidence):
        if seen.attributes is not None:
            place = at(seen)
            finding.look(seen.account == seen.attributes.subject, place, f"its subject is {seen.attributes.subject}")
            due = partition_of(seen.account)
            finding.look(seen.record.partition == due, place, f"its account belongs to partition {due}")
    return finding


def schemas(evidence: Evidence) -> Finding:
    """6: every record fits the version it was written in and reads as the newest, where its type travels."""
    finding = Finding(6)
    for seen in _all(evidence):
        place = at(seen)
        finding.look(seen.event is not None, place, seen.fault or "can't be read")
        if seen.attributes is None or seen.event is None:
            continue
        topic = evidence.namespace + TOPIC_OF[seen.attributes.type]
        finding.look(seen.record.topic == topic, place, f"{seen.attributes.type} does not travel here")
        written = decode_attributes(seen.value or b"", ())
        headers = dict(seen.record.headers)
        finding.look(headers.get("type", b"").decode() == written.type, place, "its header names another type")
        misfit = _misfit(written, seen.attributes.type)
        finding.look(not misfit, place, misfit)
        same = seen.event.customer_id == seen.attributes.subject
        finding.look(same, place, f"its data names the account {seen.event.customer_id}")
    return finding


def causation(evidence: Evidence) -> Finding:
    """7: a cause that is a neighbour's event is there, with its version; no event causes itself, however far back."""
    finding = Finding(7)
    events = {seen.attributes.id: seen for seen in _all(evidence) if seen.attributes is not None}
    ends: dict[str, bool] = {}
    for seen in _all(evidence):
        if seen.attributes is None:
            continue
        cause = events.get(seen.attributes.causationid or "")
        version = seen.attributes.causesequence
        if version is not None:
            is_there = cause is not None and cause.version == int(version) and cause.account == seen.account
            what = f"its cause {seen.attributes.causationid}, version {version}, is nowhere"
            finding.look(is_there, at(seen), what)
        finding.look(_ends(seen.attributes.id, events, ends), at(seen), "its causes go round in a circle")
    return finding


def at(seen: Seen, held: Held | None = None) -> Place:
    """Say where a record stands."""
    record = seen.record
    service = held.name if held is not None else record.topic.rpartition(".events")[0].rpartition(".")[2] or None
    return Place(service, seen.account, seen.version or None, record.topic, record.partition, record.offset)


def _all(evidence: Evidence) -> Iterator[Seen]:
    for held in evidence.services.values():
        yield from held.log
    yield from evidence.handovers


def _misfit(written: Attributes, newest: str) -> str:
    """Say in what a record's data is not of the version it was written in; the newest was read as such before."""
    unknown = json.loads(bytes(written.data)).keys() - TYPES[written.type].model_fields.keys()
    if unknown:
        return f"has fields that {written.type} does not know: {', '.join(sorted(unknown))}"
    if written.type != newest:
        try:
            decode_event(written)
        except Unreadable as error:
            return str(error)
    return ""


def _ends(event_id: str, events: dict[str, Seen], known: dict[str, bool]) -> bool:
    path: list[str] = []
    current: str | None = event_id
    while current in events and current not in known:
        if current in path:
            known.update(dict.fromkeys(path, False))
            return False
        path.append(current)
        attributes = events[current].attributes
        after = attributes.causationid if attributes is not None else None
        if after == current and attributes is not None and attributes.sequence in (None, "0"):
            break  # a hand-over is its own beginning
        current = after
    ending = known.get(current or "", True)
    known.update(dict.fromkeys(path, ending))
    return ending
