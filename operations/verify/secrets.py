"""Does anything secret or personal stand in the clear? Invariant 24: canaries, looked for wherever bytes are kept."""

from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx

from operations.mails.mail import Mail
from operations.reading import bounds_of, records_of
from operations.surroundings import SERVICES, Surroundings, declaration
from operations.verify.evidence import Evidence
from operations.verify.findings import Finding, Place, Violation
from operations.verify.gathering import snapshot
from runtime.kafka.log import log_record
from runtime.wire.reading import read_record
from schemas.storefront import Customer
from schemas.topics import PARTITIONS, STOREFRONT_INTAKE
from services.orders.domain.commands import Submission

SHORTEST = 8
"""A shorter word may stand anywhere by chance."""
MOST = 400
"""So many are looked for, the newest first."""
IN_THE_CLEAR = ("runtime.quarantine",)
"""Quarantine keeps what intake could not read as it came, for 30 days and its own readers."""


async def known(where: Surroundings, arrived: Iterable[Mail], canaries: Collection[str]) -> Sequence[str]:
    """Name the canaries: those given, and the newest that mails and intake know."""
    service, words = declaration("orders"), deque[str](maxlen=MOST)
    async for found in records_of(where, await bounds_of(where, [STOREFRONT_INTAKE]), range(PARTITIONS)):
        data = read_record(service, STOREFRONT_INTAKE, log_record(found)).data
        buyer = data.body.customer if isinstance(data, Submission) else None
        if isinstance(buyer, Customer):
            words.extend([buyer.name, buyer.email, buyer.vat_number or "", buyer.tax_code or ""])
    for mail in arrived:
        username = mail.credentials.get("Username", "")
        words.extend([mail.recipients, *mail.credentials.values(), username[1:]])
    return sorted({word for word in (*canaries, *words) if len(word) >= SHORTEST})


def hidden(violation: Violation, canaries: Sequence[str]) -> Violation:
    """Cover what a report must not repeat: a difference shows the values on both its sides."""
    what = violation.what
    for word in canaries:
        what = what.replace(word, "•••")
    return violation if what == violation.what else replace(violation, what=what)


def records(evidence: Evidence, canaries: Collection[str]) -> Finding:
    """24: look for each canary in a share of the topics."""
    finding = Finding(24)
    for place, text in _records(evidence) if canaries else ():
        _search(finding, place, text, canaries)
    return finding


async def elsewhere(where: Surroundings, canaries: Collection[str]) -> Finding:
    """24: look for each canary in tables, logs and metrics."""
    finding = Finding(24)
    if not canaries:
        finding.unchecked = "no canary is known: name some with --canary"
        return finding
    finding.note = f"{len(canaries)} canaries: passwords, user names and addresses from mails, buyers from intake"
    async for place, text in _tables(where):
        _search(finding, place, text, canaries)
    for place, text in _logs(where):
        _search(finding, place, text, canaries)
    async for place, text in _metrics(where):
        _search(finding, place, text, canaries)
    return finding


def _search(finding: Finding, place: Place, text: str, canaries: Iterable[str]) -> None:
    found = [word for word in canaries if word in text]
    # The datum itself must not reach a report either.
    finding.look(not found, place, f"a canary of {len(found[0]) if found else 0} characters stands here in the clear")


def _records(evidence: Evidence) -> Iterator[tuple[Place, str]]:
    for (topic, partition), records in evidence.log.records.items():
        if topic == evidence.namespace + STOREFRONT_INTAKE:
            continue
        for record in records:
            headers = b" ".join(value for _, value in record.headers)
            text = b" ".join((record.key or b"", record.value or b"", headers)).decode("utf-8", "replace")
            account = (record.key or b"").decode("utf-8", "replace")
            yield Place(None, account, None, topic, partition, record.offset), text


async def _tables(where: Surroundings) -> AsyncIterator[tuple[Place, str]]:
    for database in (*SERVICES, "keyring"):
        async with snapshot(where, database) as found:
            async for table, rows in found.texts(IN_THE_CLEAR):
                yield Place(database, table=table), "\n".join(rows)


def _logs(where: Surroundings) -> Iterator[tuple[Place, str]]:
    folder = where.described.get("logs")
    for path in sorted(Path(folder).glob("*.log")) if folder else ():
        yield Place(path.stem, table=str(path)), path.read_text(errors="replace")


async def _metrics(where: Surroundings) -> AsyncIterator[tuple[Place, str]]:
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        for service in SERVICES:
            url = where.described.get(service)
            if url is None:
                continue
            try:
                answer = await client.get(f"{url}/metrics")
            except httpx.HTTPError:
                continue
            yield Place(service, table="/metrics"), answer.text
