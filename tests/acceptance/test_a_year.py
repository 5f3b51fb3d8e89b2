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


TODAY = "2026-11-28T12:00:00+00:00"
WEEKS = ("simulate", "--days", "42", "--customers", "12", "--seed", "13367")


class TestSixWeeksOfFewCustomers:
    async def test_they_hold_every_invariant_are_counted_by_months_and_leave_the_clock_as_it_was(
        self, coterm: Coterm
    ) -> None:
        clock = coterm.endpoints.parent / "clock"
        clock.write_text(TODAY)

        done = await coterm(*WEEKS, "--json")

        assert done.code == 0, done.out + done.err
        assert (done.json["holds"], done.json["wrong"], done.json["days_played"]) == (True, [], 42)
        broken = [each["claim"] for each in done.json["verified"]["invariants"] if each["status"] == "BROKEN"]
        assert (done.json["verified"]["holds"], broken) == (True, [])
        assert [each["month"] for each in done.json["months"]] == ["before", "2026-10", "2026-11"]
        expected = {"orders", "activated", "renewed", "notices", "lapsed", "ended", "credits", "refunds", "mails"}
        assert expected <= done.json["total"].keys()
        assert clock.read_text() == TODAY

        second = await coterm(*WEEKS)
        assert (second.code, second.sentence.startswith("this stack holds other data")) == (1, True)
