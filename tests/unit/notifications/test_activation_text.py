"""Which text tells that a product was activated, and what does the general one say of a product it does not know?"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from publishing.mail_examples import PROVIDER
from schemas.mail import MailFacts
from schemas.vocabulary import Locale
from services.notifications.adapters.letters import Letter, render
from services.notifications.adapters.texts import TEXTS, texts_in
from services.notifications.domain.texts import SERVICE_ACTIVATED, activation_text
from tests.unit.notifications.builders import ARCHIVE, DOCUMENTS, E_INVOICING, NEXT_YEAR

pytestmark = pytest.mark.usefixtures("new_products")

ADDED = MailFacts(
    order_id="o-1",
    product=ARCHIVE,
    activated_on=date(2026, 1, 15),
    expires_on=NEXT_YEAR,
    base=E_INVOICING,
    base_previous_expiry=date(2026, 6, 30),
    base_expires_on=NEXT_YEAR,
)


def letter(locale: Locale, **changes: Any) -> Letter:
    return render(SERVICE_ACTIVATED, locale, PROVIDER, {"name": "", **ADDED.model_dump(), **changes})


class TestTheTextOfAnActivation:
    def test_is_the_product_s_own_where_there_is_one(self) -> None:
        assert activation_text(DOCUMENTS, TEXTS) == "documents-activated"
        assert activation_text("DIGITAL_ARCHIVE", {"digital-archive-activated"}) == "digital-archive-activated"

    def test_is_the_general_one_otherwise(self) -> None:
        assert activation_text(ARCHIVE, TEXTS) == "service-activated"

    def test_counts_as_its_own_only_when_it_is_whole(self, tmp_path: Path) -> None:
        for name in ("archive-activated.it.j2", "words.it.j2", "words.en.j2", "layout.html.j2"):
            (tmp_path / name).touch()
        assert texts_in(tmp_path) == frozenset()
        (tmp_path / "archive-activated.en.j2").touch()
        assert texts_in(tmp_path) == {"archive-activated"}

    @pytest.mark.parametrize(
        ("locale", "says", "moved"), [(Locale.IT, "scade il", "spostata"), (Locale.EN, "expires on", "moved")]
    )
    def test_tells_of_a_base_that_stayed_and_of_none(self, locale: Locale, says: str, moved: str) -> None:
        stayed = letter(locale, base_previous_expiry=None)
        alone = letter(locale, base=None, base_previous_expiry=None, base_expires_on=None)
        for part in (stayed.text, stayed.html):
            assert (part.count(says), part.count(moved)) == (2, 0)
        for part in (alone.text, alone.html):
            assert (part.count(says), part.count(moved)) == (1, 0)

    def test_of_a_product_that_no_catalogue_knows_is_never_guessed(self) -> None:
        with pytest.raises(KeyError):
            letter(Locale.IT, product="SIGNATURE")
