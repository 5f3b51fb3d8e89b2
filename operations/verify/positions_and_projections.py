"""Is everything applied, and is what is kept what was said? Invariants 8 to 11."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from operations.verify.evidence import Evidence, Held, Seen, grouped
from operations.verify.findings import Finding, Place
from operations.verify.log_and_journal import at
from runtime.fold.account import Folded
from runtime.fold.difference import json_differences
from runtime.fold.replay import fold_values
from runtime.kafka.log import LogRecord
from runtime.wire.codec import encode_state
from runtime.wire.fingerprint import record_hash
from runtime.wire.reading import read_record
from schemas import payments
from schemas.orders import OrderCancelled, OrderExpired
from schemas.storefront import OrderCancellationRequested, PaymentChargedBack

KEPT = timedelta(days=30)
"""As long as quarantine keeps a record."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Look at positions, inputs and folds."""
    yield positions(evidence)
    yield inputs(evidence)
    yield from folds(evidence)


def positions(evidence: Evidence) -> Finding:
    """8: a position lies within its log, and the record before it is the one that was applied."""
    finding = Finding(8, note="that none ever decreases can't be seen at one moment: the commit page compares and sets")
    for held in evidence.services.values():
        for (topic, number), row in held.positions.items():
            if number not in evidence.share.numbers or evidence.share.part:
                continue
            start, end = evidence.log.starts.get((topic, number), 0), evidence.ends.get((topic, number), 0)
            place = Place(held.name, topic=topic, partition=number, offset=row["next_offset"])
            finding.look(row["next_offset"] <= end, place, f"lies beyond the end {end}")
            finding.look(row["next_offset"] >= start, place, f"lies below the log's start {start}")
            last = row["last_offset"]
            if last is None or last < start or start <= evidence.log.ends.get((topic, number), 0) <= last < end:
                continue
            found = _record(evidence.log.records.get((topic, number), []), row["last_offset"])
            is_same = found is not None and record_hash(found.key, found.value) == row["digest"]
            finding.look(is_same, place, "the record before it is not the one that was applied")
    return finding


def inputs(evidence: Evidence) -> Finding:
    """9: each record below a position is accounted for, exactly once."""
    finding = Finding(9)
    for held in evidence.services.values():
        parked = _places(held.parked)
        quarantined = _places(held.quarantine)
        discarded = {getattr(event, "input_id", None) for event in _discards(held)}
        for record in _below(evidence, held):
            where = (record.topic, record.partition, record.offset)
            if record.topic == evidence.namespace + (held.service.intake or " "):
                _intake(held, record, parked, quarantined, discarded, finding)
                continue
            seen = evidence.places[where]
            identity = seen.attributes.id if seen.attributes is not None else ""
            is_parked = where in parked
            fates = {
                "applied": identity in held.causes and identity not in discarded,
                "parked": is_parked,
                "quarantined": where in quarantined,
                "discarded": identity in discarded,
                # Behind one that is parked, what would be ignored waits with its version.
                "ignored": not is_parked and _is_ignored(held, seen),
            }
            _exactly_one(finding, held, record, fates)
            _applied_version(finding, evidence, held, seen, fates["parked"])
    return finding


def folds(evidence: Evidence) -> Iterator[Finding]:
    """10 and 11: fold each account anew and compare; its fingerprints are compared on the way."""
    same, chain = Finding(10), Finding(11)
    for held in evidence.services.values():
        kept = {projection.table: grouped(held.rows[projection.table]) for projection in held.service.projections}
        for account, events in held.events.items():
            try:
                folded = fold_values(held.service, (seen.value for seen in events))
            except Exception as error:
                same.look(False, Place(held.name, account), f"can't be folded: {type(error).__name__}: {error}")
                continue
            _states(same, held, account, folded)
            for table, rows in kept.items():
                _rows(same, held, (account, table), folded.rows[table], rows.pop(account, {}))
            chain.checked += folded.compared
            for wrong in folded.mismatches:
                place = Place(held.name, account, wrong.version)
                chain.look(False, place, str(wrong))
        for table, rows in kept.items():
            for account, strangers in rows.items():
                _rows(same, held, (account, table), {}, strangers)
        for account, (version, _) in held.accounts.items():
            nobody = version > 0 and account not in held.events
            same.look(not nobody, Place(held.name, account, version), "has a state but no event")
    yield same
    yield chain


def _states(finding: Finding, held: Held, account: str, folded: Folded) -> None:
    for gap in folded.gaps:
        finding.look(False, Place(held.name, account, gap.version), "this version is missing")
    version, state = folded.states[account]
    kept_version, kept = held.accounts.get(account, (0, None))
    place = Place(held.name, account, version, table="accounts")
    finding.look(version == kept_version, place, f"the account stands at version {kept_version}")
    finding.look(
        state == kept, place, "" if state == kept else f"the state is not its fold: {_difference(kept, state)}"
    )


def _rows(finding: Finding, held: Held, where: tuple[str, str], folded: dict[Any, Any], kept: dict[Any, Any]) -> None:
    account, table = where
    place = Place(held.name, account, held.accounts.get(account, (None, None))[0], table=table)
    for key in sorted({*folded, *kept}, key=str):
        now, due = kept.get(key), folded.get(key)
        is_same = now is not None and due is not None and encode_state(now) == encode_state(due)
        finding.look(is_same, place, "" if is_same else f"row {'/'.join(map(str, key))}: {_row(now, due)}")


def _row(now: Any, due: Any) -> str:
    if due is None:
        return "is there but was never said"
    return "is missing" if now is None else f"differs from its fold: {_parted(encode_state(due), encode_state(now))}"


def _difference(kept: bytes | None, folded: bytes) -> str:
    return "there is none" if kept is None else _parted(folded, kept)


def _parted(folded: bytes, kept: bytes) -> str:
    return "; ".join(str(part) for part in json_differences(folded, kept)[:5]) or "only in how it is written"


def _below(evidence: Evidence, held: Held) -> Iterator[LogRecord]:
    for partition, row in held.positions.items():
        for record in evidence.log.records.get(partition, []):
            if record.offset < row["next_offset"] and evidence.is_ours(record):
                yield record


def _exactly_one(finding: Finding, held: Held, record: LogRecord, fates: dict[str, bool]) -> None:
    true = [name for name, is_so in fates.items() if is_so]
    place = Place(held.name, (record.key or b"").decode("utf-8", "replace"), None, *_where(record))
    what = " and ".join(true) if true else "is not applied, though the position is behind it"
    finding.look(len(true) == 1, place, what)


def _applied_version(finding: Finding, evidence: Evidence, held: Held, seen: Seen, is_parked: bool) -> None:
    topic = seen.record.topic.removeprefix(evidence.namespace)
    if topic not in held.service.neighbours or is_parked:
        return
    version = held.inbox.get((topic, seen.account), 0)
    what = f"{held.name} has applied this account up to version {version} only"
    finding.look(version >= seen.version, at(seen), what)


def _is_ignored(held: Held, seen: Seen) -> bool:
    return seen.attributes is not None and seen.attributes.type not in held.service.consumed


def _intake(
    held: Held, record: LogRecord, parked: set[Any], quarantined: set[Any], discarded: set[Any], finding: Finding
) -> None:
    topic = held.service.intake or ""
    incoming = read_record(held.service, topic, record)
    where = _where(record)
    is_quarantined = where in quarantined
    is_parked = where in parked  # what was reported twice may have been applied the first time and wait the second
    fates = {
        "applied": incoming.fault is None and not (is_quarantined or is_parked) and str(incoming.id) in held.causes,
        "parked": is_parked,
        "quarantined": is_quarantined,
    }
    if not any(fates.values()):
        fates["discarded"] = str(incoming.id) in discarded
    if not any(fates.values()):
        fates["quarantined and let go"] = incoming.fault is not None or _may_have_expired(held)
        fates["nothing left to do"] = not fates["quarantined and let go"] and _is_done(held, incoming)
    _exactly_one(finding, held, record, fates)


def _is_done(held: Held, incoming: Any) -> bool:
    """Tell whether what is asked had happened before: by an operator, or under another id."""
    match incoming.type:
        case OrderCancellationRequested.EVENT_TYPE:
            closings = held.facts(incoming.customer_id, OrderCancelled, OrderExpired)
            return any(event.order_id == incoming.data.order_id for event in closings)
        case PaymentChargedBack.EVENT_TYPE:
            chargeback = (incoming.data.payment_source, incoming.data.payment_id, incoming.data.content_hash)
            before = held.facts(incoming.customer_id, payments.PaymentChargedBack)
            return any((each.payment_source, each.payment_id, each.content_hash) == chargeback for each in before)
        case _:
            return False


def _may_have_expired(held: Held) -> bool:
    """Tell whether this service has lived longer than quarantine keeps what was refused."""
    return held.lived >= KEPT


def _discards(held: Held) -> Iterator[Any]:
    for events in held.events.values():
        yield from (seen.event for seen in events if type(seen.event).__name__ == "InputDiscarded")


def _places(rows: Iterable[Any]) -> set[tuple[str, int, int]]:
    return {(row["topic"], row["partition"], row["offset"]) for row in rows}


def _where(record: LogRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _record(records: list[LogRecord], offset: int) -> LogRecord | None:
    return next((record for record in records if record.offset == offset), None)
