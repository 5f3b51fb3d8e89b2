"""Is a partition that is too long to be judged at once judged as well in parts?"""

from pathlib import Path

import pytest
import pytest_asyncio

from operations.reading import Share, bounds_of
from operations.surroundings import Surroundings, find
from operations.verify import business, log_and_journal, mails, money, positions_and_projections, rebuilding
from operations.verify.evidence import TOPICS, Evidence
from operations.verify.findings import Report, in_order
from operations.verify.gathering import drain, look
from operations.verify.record_files import RecordFiles, read_by_many
from rehearsal.play.carts import E_INVOICING
from rehearsal.play.stage import Stage
from runtime.ids import partition_of
from schemas.topics import PARTITIONS, STOREFRONT_INTAKE
from tests.builders import ORDER_DAY

FAMILIES = (log_and_journal, positions_and_projections, rebuilding, business, money, mails)


@pytest.fixture
def where(running: Path) -> Surroundings:
    return find(running / "endpoints.json")


@pytest_asyncio.fixture(loop_scope="session")
async def newest(stage: Stage, where: Surroundings) -> str:
    """Let an account have a past that ends its partition, and let everything come to rest."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING)
    assert await drain(where, 60) == ""
    return buyer.customer_id


def judged(evidence: Evidence) -> Report:
    return in_order(finding for family in FAMILIES for finding in family.check(evidence))


class TestWhenAPartitionIsJudgedInParts:
    async def test_each_account_is_judged_once_and_everything_holds(self, where: Surroundings, newest: str) -> None:
        numbers = frozenset({partition_of(newest)})
        # Positions are judged with the first part, though the records that they remember last are another's.
        parts = next(count for count in range(2, 99) if not Share(numbers, 0, count).holds(newest.encode()))
        whole = await look(where, Share(numbers), "")
        first, *others = [await look(where, Share(numbers, part, parts), "") for part in range(parts)]

        assert sorted(account for part in (first, *others) for account in part.accounts) == whole.accounts
        found = [judged(each) for each in (whole, first, *others)]
        assert [report.broken() for report in found] == [[]] * len(found)
        assert [report.of(8).checked > 0 for report in found] == [True, True, *(False for _ in others)]


class TestWhenManySharesAreJudged:
    async def test_every_record_is_read_once_and_everything_holds(self, where: Surroundings, newest: str) -> None:
        bounds = await bounds_of(where, TOPICS)
        shares = list(bounds.accounts(most=bounds.size() // 20))
        assert len(shares) > PARTITIONS
        read = 0

        def forward(count: int) -> None:
            nonlocal read
            read += count

        with RecordFiles(shares, read_by_many(shares, bounds, where.namespace + STOREFRONT_INTAKE)) as files:
            await files.fill(where, forward)
            looks = [await look(where, share, "", forward, files) for share in shares]

        # A transaction's markers and what it aborted are offsets too, but nothing to read.
        whole = _places(await look(where, Share(), ""))
        assert len(whole) <= read <= bounds.size()
        assert set().union(*map(_places, looks)) == whole
        assert [report.broken() for report in map(judged, looks)] == [[]] * len(shares)
        assert newest in {account for each in looks for account in each.accounts}


def _places(evidence: Evidence) -> set[tuple[str, int, int]]:
    log = evidence.log.records
    return {(record.topic, record.partition, record.offset) for records in log.values() for record in records}
