"""Do the play's buyers have identifiers that hold, each once?"""

from stdnum.it import codicefiscale, iva

from rehearsal.play.buyers import Names


class TestWhenIdentifiersAreGivenOut:
    def test_each_is_valid_and_none_comes_twice(self) -> None:
        names = Names()
        vat_numbers = [names.vat_number() for _ in range(500)]
        tax_codes = [names.tax_code() for _ in range(500)]

        assert all(iva.is_valid(number) for number in vat_numbers)
        assert all(codicefiscale.is_valid(code) for code in tax_codes)
        assert len(set(vat_numbers)) == len(set(tax_codes)) == 500

    def test_two_runs_share_no_id(self) -> None:
        assert Names().order() != Names().order()
