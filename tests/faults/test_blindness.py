"""Would anybody notice? With a safeguard switched off, a redelivered record must make the checker find a violation."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from operations.reading import Survey
from operations.verify import log_and_journal
from operations.verify.evidence import Committed, Evidence, Held, read
from operations.verify.findings import Finding
from runtime.commit.batch import Locked
from runtime.commit.memory import MemoryStore, MemoryTransaction
from runtime.commit.page import Expected, Position
from runtime.kafka.log import LogRecord
from tests.integration.pages import BILLING, PARTITION, InMemory, placed, put


class _WithoutInbox(MemoryTransaction):
    async def lock_accounts(self, customers: Sequence[str]) -> dict[str, Locked]:
        accounts = await super().lock_accounts(customers)
        return {customer: Locked(account.version, account.state) for customer, account in accounts.items()}


class _ForgetfulStore(MemoryStore):
    """A store whose inbox remembers nothing."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryTransaction]:
        async with super().transaction() as tx:
            yield _WithoutInbox(tx._contents)


class TestWhenARecordIsDeliveredTwice:
    async def test_with_every_safeguard_it_happens_once(self) -> None:
        finding = await _delivered_twice(MemoryStore())
        assert finding.checked > 1
        assert finding.violations == []

    async def test_without_the_inbox_the_checker_finds_one_id_with_other_bytes(self) -> None:
        finding = await _delivered_twice(_ForgetfulStore())
        assert {violation.place.account for violation in finding.violations} == {"c-1"}


class TestWhenAPositionIsNotCompared:
    async def test_a_zombie_applies_again_what_it_had_and_only_the_inbox_stands_in_the_way(self) -> None:
        held = InMemory(_ForgetfulStore())
        await held.start(0)
        zombie: Expected = {PARTITION: Position(0)}
        await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1)])
        lost = await put(held, zombie, [placed(0, "c-1", 1)])
        assert [result.lost for result in lost] == [True]
        assert _checked(held).violations == []

        held.store.contents.positions[PARTITION] = Position(0)  # as if nobody had compared
        await put(held, zombie, [placed(0, "c-1", 1)])
        assert {violation.place.account for violation in _checked(held).violations} == {"c-1"}


async def _delivered_twice(store: MemoryStore) -> Finding:
    held = InMemory(store)
    await held.start(0)
    expected: Expected = {PARTITION: Position(0)}
    await put(held, expected, [placed(0, "c-1", 1)])
    await put(held, expected, [placed(1, "c-1", 1)])
    return _checked(held)


def _checked(held: InMemory) -> Finding:
    journal = [
        Committed(
            row.recorded.customer_id, row.recorded.version, str(row.recorded.event_id), row.type, row.bucket,
            row.recorded.value, row.last_of_input, str(row.cause.id), None, None,
        )
        for row in held.store.contents.journal
    ]  # fmt: skip
    records = [
        LogRecord("billing.events", row.bucket, offset, row.customer_id.encode(), row.value, ())
        for offset, row in enumerate(journal[:1])
    ]
    kept = Held(BILLING, [read(record) for record in records], journal, {}, {}, {}, {}, [], [], [])
    nothing = Survey({}, {}, {})
    return log_and_journal.same_id_same_bytes(Evidence(nothing, {}, {"billing": kept}, [], [], None))
