"""Does a catalogue say what there is without contradicting itself, and which version is in force?"""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runtime.errors import SettingsRefused
from runtime.settings import load
from schemas.catalogue import SHIPPED, Catalogue, catalogue_on, catalogue_version, versions_stand_in

FIRST: dict[str, Any] = json.loads((SHIPPED / "2026-01.json").read_text())

Change = Callable[[dict[str, Any]], None]


def changed(change: Change) -> dict[str, Any]:
    """Return the first version with its products changed."""
    catalogue: dict[str, Any] = json.loads(json.dumps(FIRST))
    change(catalogue["products"])
    return catalogue


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    versions_stand_in(SHIPPED)


def write(folder: Path, version: str, effective_from: str) -> None:
    (folder / f"{version}.json").write_text(json.dumps({**FIRST, "version": version, "effective_from": effective_from}))


class TestWhatItSells:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda products: products["DOCUMENTS"].pop("requires"), "an add-on requires a base"),
            (lambda products: products["E_INVOICING"].update(requires="DOCUMENTS"), "a base requires nothing"),
            (lambda products: products["E_INVOICING"].update(free_with="DOCUMENTS"), "only an add-on is free"),
            (lambda products: products["DOCUMENTS"].update(requires="ARCHIVE"), "no base of this catalogue"),
            (lambda products: products["DOCUMENTS"].update(family="OTHER"), "the family of its base"),
            (lambda products: products["DOCUMENTS"]["names"].pop("en"), "a name in each language"),
            (lambda products: products.update({"lower": products["E_INVOICING"]}), "pattern"),
            (lambda products: products["DOCUMENTS"].update(colour="red"), "Extra inputs"),
        ],
    )
    def test_fits_together(self, change: Change, sentence: str) -> None:
        with pytest.raises(ValidationError, match=sentence):
            Catalogue.model_validate(changed(change))

    def test_has_bases_by_their_family(self) -> None:
        catalogue = Catalogue.model_validate(FIRST)
        assert catalogue.bases("E_INVOICING") == ("E_INVOICING", "E_INVOICING_RECEIVE_ONLY")
        assert catalogue.bases("CERTIFIED_MAIL") == ()


class TestTheVersionInForce:
    def test_is_the_newest_that_has_begun_and_before_all_the_first(self, folder: Path) -> None:
        write(folder, "first", "2026-01-01")
        write(folder, "second", "2026-06-01")
        versions_stand_in(folder)
        days = (date(2025, 1, 1), date(2026, 5, 31), date(2026, 6, 1))
        assert [catalogue_on(day).version for day in days] == ["first", "first", "second"]

    def test_is_found_by_its_name_for_ever(self, folder: Path) -> None:
        write(folder, "second", "2026-06-01")
        versions_stand_in(folder)
        assert catalogue_version("second").effective_from == date(2026, 6, 1)
        with pytest.raises(KeyError, match="first was never published"):
            catalogue_version("first")

    def test_comes_with_the_package_unless_a_setting_names_a_folder(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert catalogue_on(date(2026, 1, 15)).version == "2026-01"
        write(folder, "ours", "2026-01-01")
        monkeypatch.setenv("COTERM_CATALOGUE_FOLDER", str(folder))
        load()
        assert catalogue_on(date(2026, 1, 15)).version == "ours"

    def test_a_folder_without_a_version_is_refused_at_the_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COTERM_CATALOGUE_FOLDER", str(tmp_path))
        with pytest.raises(SettingsRefused, match="COTERM_CATALOGUE_FOLDER names no folder with a version"):
            load()
