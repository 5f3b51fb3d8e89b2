"""Is a partition that is too long to be judged at once judged as well in parts?"""

from pathlib import Path

import pytest
import pytest_asyncio

from operations.play.carts import E_INVOICING
from operations.play.stage import Stage
from operations.reading import Share
from operations.surroundings import Surroundings, find
from operations.verify import business, log_and_journal, mails, money, positions_and_projections, rebuilding
from operations.verify.evidence import Evidence
from operations.verify.findings import Report, in_order
from operations.verify.gathering import drain, look
from runtime.ids import partition_of
from tests.builders import ORDER_DAY

FAMILIES = (log_and_journal, positions_and_projections, rebuilding, business, money, mails)


@pytest.fixture
def where(running: Path) -> Surroundings:
    return find(running / "endpoints.json")


@pytest_asyncio.fixture(loop_scope="session")
async def number(stage: Stage, where: Surroundings) -> int:
    """Let an account of the partition have a past, and let everything come to rest."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING)
    assert await drain(where, 60) == ""
    return partition_of(buyer.customer_id)


def judged(evidence: Evidence) -> Report:
    return in_order(finding for family in FAMILIES for finding in family.check(evidence))


class TestWhenAPartitionIsJudgedInTwoParts:
    async def test_each_account_is_judged_once_and_everything_holds(self, where: Surroundings, number: int) -> None:
        whole = await look(where, Share(frozenset({number})), "")
        first, second = [await look(where, Share(frozenset({number}), part, 2), "") for part in range(2)]

        assert sorted([*first.accounts, *second.accounts]) == whole.accounts
        assert [judged(each).broken() for each in (whole, first, second)] == [[], [], []]
        assert judged(first).of(8).checked > 0
        assert judged(second).of(8).checked == 0
