"""Are amounts, dates, terms, names and colours written as their readers expect?"""

from datetime import UTC, date, datetime

import pytest

from schemas.vocabulary import Locale
from services.notifications.adapters.wording import contact_address, day, euro, instant, listed, readable_on, term


class TestAmounts:
    @pytest.mark.parametrize(
        ("cents", "italian", "english"),
        [
            (0, "0,00 €", "€0.00"),
            (5, "0,05 €", "€0.05"),
            (1629, "16,29 €", "€16.29"),
            (123456, "1.234,56 €", "€1,234.56"),
            (-50, "-0,50 €", "-€0.50"),
        ],
    )
    def test_are_written_as_each_language_writes_them(self, cents: int, italian: str, english: str) -> None:
        assert (euro(cents, locale=Locale.IT), euro(cents, locale=Locale.EN)) == (italian, english)

    def test_of_any_size_keep_every_cent(self) -> None:
        assert euro(9007199254740993, locale=Locale.EN) == "€90,071,992,547,409.93"


class TestDates:
    def test_are_words(self) -> None:
        assert day(date(2027, 1, 15), locale=Locale.IT) == "15 gennaio 2027"
        assert day(date(2027, 1, 15), locale=Locale.EN) == "15 January 2027"
        assert day(date(2028, 2, 29), locale=Locale.IT) == "29 febbraio 2028"

    @pytest.mark.parametrize(
        ("on", "after", "written"),
        [
            (date(2026, 1, 15), "dal", "dal 15 gennaio 2026"),
            (date(2026, 1, 8), "dal", "dall'8 gennaio 2026"),
            (date(2026, 1, 11), "scade il", "scade l'11 gennaio 2026"),
            (date(2026, 1, 11), "fino al", "fino all'11 gennaio 2026"),
            (date(2026, 1, 18), "il", "il 18 gennaio 2026"),
            (date(2026, 1, 8), "entro", "entro 8 gennaio 2026"),
        ],
    )
    def test_take_the_article_that_italian_gives_them(self, on: date, after: str, written: str) -> None:
        assert day(on, after, locale=Locale.IT) == written

    def test_of_instants_are_those_of_rome_and_never_later_than_the_truth(self) -> None:
        midnight = datetime(2026, 7, 14, 22, 0, 59, tzinfo=UTC)
        assert instant(midnight, locale=Locale.EN) == "15 July 2026 at 00:00 (Rome time)"
        eighth = datetime(2026, 1, 8, 10, tzinfo=UTC)
        assert instant(eighth, "fino al", locale=Locale.IT) == "fino all'8 gennaio 2026 alle 11:00 (ora di Roma)"


class TestTermsAndLists:
    def test_read_as_a_sentence(self) -> None:
        assert term(6, 16, locale=Locale.EN) == "6 months and 16 days"
        assert term(1, 1, locale=Locale.IT) == "1 mese e 1 giorno"
        assert term(6, 0, locale=Locale.EN) == "6 months"
        assert term(0, 0, locale=Locale.IT) == "0 giorni"
        assert listed(["a", "b", "c"], locale=Locale.IT) == "a, b e c"


class TestTheProvider:
    @pytest.mark.parametrize(
        ("colour", "letters"),
        [("#0b5c7a", "#ffffff"), ("#000000", "#ffffff"), ("#ffd400", "#14171a"), ("#FFFFFF", "#14171a")],
    )
    def test_s_colour_carries_letters_that_can_be_read(self, colour: str, letters: str) -> None:
        assert readable_on(colour) == letters

    @pytest.mark.parametrize(
        ("contact", "leads_to"),
        [
            ("servizio@coterm.example", "mailto:servizio@coterm.example"),
            ("+39 06 123 456", "tel:+3906123456"),
            ("https://www.coterm.example/aiuto", "https://www.coterm.example/aiuto"),
            ("allo sportello", ""),
            ("javascript:alert(1)", ""),
        ],
    )
    def test_is_reached_by_whatever_way_it_names(self, contact: str, leads_to: str) -> None:
        assert contact_address(contact) == leads_to
