"""Which event was it? Where an account's fold is not what its last event says, it is folded again, event by event."""

from collections.abc import Iterable

from operations.rebuild.report import Fault, Report
from operations.surroundings import Surroundings, kafka
from runtime.fold.difference import json_differences
from runtime.fold.replay import fold_values
from runtime.ids import partition_of
from runtime.kafka.bulk import bulk_reader
from runtime.kafka.log import LogRecord, log_reader
from runtime.postgres.rebuild.rebuilds import Rebuilds
from runtime.service import Service
from runtime.wire.codec import decode_attributes

EXPLAINED = 20
"""So many accounts are looked into."""


async def explain(service: Service, where: Surroundings, book: Rebuilds, topic: str, report: Report) -> None:
    """Turn each fault into the first one of its account, and say in what that event differs from what was committed."""
    report.faults = sorted(report.faults, key=lambda fault: fault.customer_id)
    customers = {fault.customer_id for fault in report.faults[:EXPLAINED]}
    records = await _records(where, topic, customers)
    for fault in report.faults[:EXPLAINED]:
        own = records.get(fault.customer_id, [])
        for mismatch in fold_values(service, (record.value for record in own)).mismatches[:1]:
            fault.version, fault.recorded, fault.folded = mismatch.version, mismatch.recorded, mismatch.folded
        committed = {row["version"]: row["value"] for row in await book.journal_of(fault.customer_id)}
        _name_the_event(fault, own, committed)


def _name_the_event(fault: Fault, records: Iterable[LogRecord], committed: dict[int, bytes]) -> None:
    for record in records:
        version = int(decode_attributes(record.value or b"").sequence or 0)
        before = committed.get(version)
        if version <= fault.version and record.value != before:
            fault.differences = json_differences(before, record.value) if before is not None else []
            what = "is not what was committed" if before is not None else "was never committed"
            fault.note = f"version {version} at {record.topic}[{record.partition}]@{record.offset} {what}"
            return
    if fault.recorded is None:
        is_known = fault.version in committed
        fault.note = "the journal has it: the topic was cut short" if is_known else "nor does the journal have it"
    else:
        fault.note = "topic and journal agree: the fold gives another state than when it was committed"


async def _records(where: Surroundings, topic: str, customers: set[str]) -> dict[str, list[LogRecord]]:
    found: dict[str, list[LogRecord]] = {}
    partitions = sorted({partition_of(customer) for customer in customers})
    places = [(topic, number) for number in partitions]
    async with kafka(where.brokers), log_reader(where.brokers) as log:
        starts, ends = await log.starts(places), await log.ends(places)
    async with kafka(where.brokers), bulk_reader(where.brokers) as reader:
        for place in places:
            async for records in reader.records(*place, starts[place], ends[place]):
                for record in records:
                    customer = (record.key or b"").decode("utf-8", "replace")
                    if customer in customers:
                        headers = tuple((name, value or b"") for name, value in record.headers)
                        kept = LogRecord(*place, record.offset, record.key, record.value, headers)
                        found.setdefault(customer, []).append(kept)
    return found
