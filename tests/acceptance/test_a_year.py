"""Do many days end as they must, with customers who come, renew and leave? `simulate --days`, on a whole stack."""

from collections.abc import Iterator

import pytest

from deploy.local.layout import ROOT, Layout
from tests.coterm import Coterm
from tests.own_stack import START_SECONDS, own_stack

pytestmark = pytest.mark.timeout(START_SECONDS)


@pytest.fixture(scope="module")
def coterm() -> Iterator[Coterm]:
    """Start an empty stack of which nothing else moves the clock."""
    with own_stack(Layout(ROOT / ".run" / "year", port_offset=10000)) as run:
        yield Coterm(run / "endpoints.json")


class TestAMonthOfFewCustomers:
    async def test_is_told_by_its_months_holds_every_invariant_and_leaves_the_clock_as_it_was(
        self, coterm: Coterm
    ) -> None:
        said = await coterm("simulate", "--days", "30", "--customers", "12", "--seed", "5", "--json")

        assert said.code == 0, said.out + said.err
        year = said.json
        assert (year["holds"], year["wrong"], year["days_played"]) == (True, [], 30)
        assert year["months"][0]["month"] == "before"
        assert {"orders", "activated", "renewed", "notices", "lapsed", "mails"} <= year["total"].keys()
        broken = [each["claim"] for each in year["verified"]["invariants"] if each["status"] == "BROKEN"]
        assert (year["verified"]["holds"], broken) == (True, [])
        assert not (coterm.endpoints.parent / "clock").exists()

        again = await coterm("simulate", "--days", "30", "--customers", "12", "--seed", "5")
        assert again.code == 1
        assert again.sentence.startswith("this stack holds other data")
