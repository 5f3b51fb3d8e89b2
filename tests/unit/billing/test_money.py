"""Do exact fractions become cents as an invoice wants? R4, R5."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.money import half_up, vat_cents, with_vat


class TestRounding:
    @pytest.mark.parametrize(
        ("exact", "cents"),
        [
            (Fraction(1125, 2), 563),
            (Fraction(1127, 2), 564),
            (Fraction(-1125, 2), -563),
            (Fraction(5624, 10), 562),
            (Fraction(16290, 10), 1629),
            (Fraction(0), 0),
            (Fraction(1, 2), 1),
            (Fraction(49999, 100000), 0),
        ],
    )
    def test_half_a_cent_goes_up(self, exact: Fraction, cents: int) -> None:
        assert half_up(exact) == cents

    def test_pythons_own_rounding_would_be_another(self) -> None:
        assert round(Fraction(1125, 2)) == 562

    @given(st.decimals(-(10**9), 10**9, places=4))
    def test_it_is_decimals_half_up(self, exact: Decimal) -> None:
        assert half_up(Fraction(exact)) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    @given(st.fractions(0, 10**9), st.fractions(0, 10**9))
    def test_more_is_never_rounded_to_less(self, one: Fraction, other: Fraction) -> None:
        less, more = sorted((one, other))
        assert half_up(less) <= half_up(more)
        assert abs(half_up(less) - less) <= Fraction(1, 2)


class TestVat:
    @pytest.mark.parametrize(
        ("net", "vat"),
        [
            (3629, 798),
            (3500, 770),
            (4992, 1098),
            (2000, 440),
            (4016, 884),
            (5417, 1192),
            (2563, 564),
            (2621, 577),
            (5000, 1100),
            (3000, 660),
            (0, 0),
            (25, 6),
            (75, 17),
            (2, 0),
            (3, 1),
        ],
    )
    def test_it_is_22_percent_of_the_net_total_once(self, net: int, vat: int) -> None:
        assert vat_cents(net, 22) == vat
        assert with_vat(net, 22) == net + vat

    @given(st.integers(0, 10**11), st.integers(0, 100))
    def test_it_is_decimals_half_up(self, net: int, percent: int) -> None:
        exact = Decimal(net * percent) / 100
        assert vat_cents(net, percent) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
