"""Do the pages' texts, files and signed values hold together?"""

import hashlib
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

import web
from runtime.signing import CUSTOMER_AREA, FROM_PANEL, Signer
from web.kit.languages import flat, spoken, words

WEB = Path(web.__file__).parent
STATIC = WEB / "kit" / "static"


class TestTheTexts:
    @pytest.mark.parametrize("folder", ["kit", "shop", "panel", "desk"])
    def test_both_languages_have_the_same_names_and_the_same_places(self, folder: str) -> None:
        texts = {
            language: flat(tomllib.loads((WEB / folder / "texts" / f"{language}.toml").read_text(encoding="utf-8")))
            for language in ("it", "en")
        }
        assert texts["it"].keys() == texts["en"].keys()
        for name, text in texts["it"].items():
            assert _places(text) == _places(texts["en"][name]), name

    def test_every_violation_has_words(self) -> None:
        from schemas.vocabulary import ViolationCode

        texts = words(WEB / "shop" / "texts", "it")
        assert [code for code in ViolationCode if not texts.has(f"violation.{code}")] == []

    def test_every_mail_every_credit_entry_and_every_payment_has_words(self) -> None:
        from schemas.vocabulary import PaymentStatus
        from services.billing.projections.credit_entries import EntryKind
        from services.notifications.adapters.texts import TEXTS

        said = words(WEB / "shop" / "texts", "it")
        named: list[tuple[str, Iterable[str]]] = [("mail", TEXTS), ("credit", EntryKind), ("payment", PaymentStatus)]
        assert [f"{group}.{name}" for group, names in named for name in names if not said.has(f"{group}.{name}")] == []

    def test_money_days_and_terms_are_written_as_people_read_them(self) -> None:
        italian, english = words(WEB / "shop" / "texts", "it"), words(WEB / "shop" / "texts", "en")
        assert italian.money(1629).replace("\xa0", " ") == "16,29 €"
        assert english.money(1629) == "€16.29"
        assert italian.day(date(2027, 1, 15)) == "15 gennaio 2027"
        assert (italian.term(6, 16), english.term(1, 1)) == ("6 mesi e 16 giorni", "1 month and 1 day")

    @pytest.mark.parametrize(
        ("asked", "accepted", "language"),
        [(None, None, "it"), ("en", "it-IT", "en"), (None, "de-DE,en;q=0.8,it;q=0.5", "en"), ("xx", "fr", "it")],
    )
    def test_the_language_is_the_one_asked_for_else_the_browser_s_else_italian(
        self, asked: str | None, accepted: str | None, language: str
    ) -> None:
        assert spoken(asked, accepted) == language


class TestTheScripts:
    def test_are_the_ones_whose_sums_are_written_down(self) -> None:
        lines = [line.split() for line in (STATIC / "SHA256SUMS").read_text().splitlines()]
        sums = {name: digest for digest, name in lines}
        assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in STATIC.glob("*.js")} == sums


class TestASignedValue:
    def test_is_read_for_its_purpose_alone_by_its_key_alone_and_for_a_while(self) -> None:
        signer = Signer("k" * 32)
        text = signer.sign(CUSTOMER_AREA, "c-1")
        assert signer.read(CUSTOMER_AREA, text, 60) == "c-1"
        assert signer.read(FROM_PANEL, text, 60) is None
        assert Signer("x" * 32).read(CUSTOMER_AREA, text, 60) is None
        assert signer.read(CUSTOMER_AREA, text[:-2] + "xx", 60) is None
        assert signer.read(CUSTOMER_AREA, text, -1) is None


def _places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
