"""Is what was found of shares of the accounts put together rightly, and told with where to go on?"""

from operations.reading import Bounds, Share
from operations.verify.findings import Finding, Place, Violation, in_order, keep_what_persists
from operations.verify.report import in_lines, plain
from operations.verify.secrets import hidden
from schemas.topics import PARTITIONS


def _finding(number: int, *accounts: str, checked: int = 10, version: int | None = None) -> Finding:
    finding = Finding(number, checked)
    for account in accounts:
        finding.look(False, Place("billing", account, version, table="accounts"), "is broken")
    return finding


class TestWhenThingsMovedWhileTheyWereLookedAt:
    def test_what_a_later_look_does_not_find_was_on_its_way(self) -> None:
        first = [_finding(10, "c-1", "c-2"), _finding(9, "c-3")]
        keep_what_persists(first, [_finding(10, "c-2"), _finding(9)])
        assert in_order(first).accounts(10) == {"c-2"}
        assert in_order(first).broken() == [10]

    def test_an_account_that_moved_on_is_still_the_broken_one(self) -> None:
        first = [_finding(10, "c-1", version=4)]
        keep_what_persists(first, [_finding(10, "c-1", version=6)])
        assert in_order(first).broken() == [10]

    def test_another_invariant_of_the_same_account_confirms_nothing(self) -> None:
        first = [_finding(10, "c-1")]
        keep_what_persists(first, [_finding(9, "c-1")])
        assert in_order(first).holds


class TestWhenSharesArePutTogether:
    def test_facts_violations_and_money_add_up(self) -> None:
        one, other = _finding(18, "c-1"), _finding(18, "c-2")
        one.cents.update(received=3, held=1)
        other.cents.update(received=4)
        report = in_order([other, _finding(1), one], seconds=2.0)
        assert [finding.number for finding in report.findings] == [1, 18]
        assert report.accounts(18) == {"c-1", "c-2"}
        assert report.of(18).cents == {"received": 7, "held": 1}
        assert (report.facts, report.rate) == (32, 16.0)

    def test_json_tells_facts_seconds_and_rate(self) -> None:
        found = plain(in_order([_finding(1)], seconds=2.0))
        assert (found["facts"], found["seconds"], found["facts_per_second"]) == (10, 2.0, 5)

    def test_what_is_broken_is_told_with_its_place_and_the_command_that_goes_on(self) -> None:
        text = in_lines(in_order([_finding(10, "c-1")]))
        assert "10: billing · accounts · c-1: is broken" in text
        assert "10: go on with `coterm rebuild billing`" in text


class TestWhenADifferenceShowsASecret:
    def test_it_is_covered_and_the_rest_stays_readable(self) -> None:
        place = Place("orders", "c-1", table="orders")
        shown = hidden(Violation(place, 'storefront: "pec.it" → "anna@bianchi.example"'), ["anna@bianchi.example"])
        assert shown == Violation(place, 'storefront: "pec.it" → "•••"')


class TestWhenTheLogIsDividedIntoShares:
    def _bounds(self, size: int) -> Bounds:
        places = [(topic, number) for topic in ("a", "b") for number in range(PARTITIONS)]
        return Bounds(dict.fromkeys(places, 5), dict.fromkeys(places, 5 + size))

    def test_a_small_log_is_one_share(self) -> None:
        assert list(self._bounds(10).shares(most=1000)) == [tuple(range(PARTITIONS))]
        assert list(self._bounds(0).shares()) == [tuple(range(PARTITIONS))]

    def test_a_large_one_is_cut_between_partitions_and_none_is_left_out(self) -> None:
        shares = list(self._bounds(10).shares(most=50))
        assert shares[0] == (0, 1)
        assert [number for share in shares for number in share] == list(range(PARTITIONS))

    def test_a_partition_that_is_too_large_stands_alone(self) -> None:
        assert list(self._bounds(10).shares(most=1)) == [(number,) for number in range(PARTITIONS)]

    def test_the_accounts_of_one_that_is_too_large_are_judged_in_parts(self) -> None:
        shares = list(self._bounds(10).accounts(most=8))
        assert shares[:3] == [Share(frozenset({0}), part, 3) for part in range(3)]
        assert len(shares) == 3 * PARTITIONS
        assert not any(share.is_all for share in shares)

    def test_each_account_falls_to_exactly_one_part(self) -> None:
        shares = list(self._bounds(10).accounts(most=8))
        keys = [None, *(f"c-{number}".encode() for number in range(100))]
        assert [sum(share.holds(key) for share in shares) for key in keys] == [1] * len(keys)

    def test_a_small_log_is_not_cut(self) -> None:
        assert list(self._bounds(10).accounts(most=1000)) == [Share()]
        assert Share().is_all
