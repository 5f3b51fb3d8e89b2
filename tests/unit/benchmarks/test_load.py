"""When is a rate borne, and when does memory grow?"""

import pytest

from benchmarks.load import is_bounded, keeps_up, slope_per_hour


class TestARate:
    def test_is_borne_when_the_orders_under_way_stop_growing(self) -> None:
        assert is_bounded([2, 6, 9, 10, 9, 11, 10, 9, 10], rate=4)

    def test_is_not_borne_when_they_grow_for_ever(self) -> None:
        assert not is_bounded([4, 8, 12, 16, 20, 24, 28, 32, 36], rate=4)

    def test_may_bring_what_one_second_brings_more(self) -> None:
        assert is_bounded([4, 4, 4, 4, 4, 4, 8, 8, 8], rate=4)
        assert not is_bounded([4, 4, 4, 4, 4, 4, 9, 9, 9], rate=4)

    def test_is_not_judged_by_too_few_looks(self) -> None:
        assert not is_bounded([1, 1], rate=4)

    def test_mails_keep_up_where_no_more_of_them_wait_than_two_seconds_bring(self) -> None:
        assert keeps_up(40, rate=10)
        assert not keeps_up(41, rate=10)


class TestMemory:
    def test_that_stands_still_has_no_slope(self) -> None:
        assert slope_per_hour([80.0, 99.0, *[100.0] * 8], 60) == pytest.approx(0)

    def test_that_grows_by_a_mebibyte_a_minute_would_grow_by_sixty_in_an_hour(self) -> None:
        grown = [50.0, 60.0, *(100.0 + minute for minute in range(8))]
        assert slope_per_hour(grown, 60) == pytest.approx(60 / 103.5)

    def test_of_too_few_looks_is_not_told(self) -> None:
        assert slope_per_hour([100.0, 200.0], 60) == 0.0
