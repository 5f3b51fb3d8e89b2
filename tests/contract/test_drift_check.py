"""Is a change of the published language noticed? What the drift check says, and what it never does."""

import json
import shutil
from pathlib import Path

import pytest

from schemas.generate import check, write


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    list(write(root))
    return root


@pytest.fixture
def published(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _damage(example: Path, **changes: object) -> None:
    record = json.loads(example.read_text(encoding="utf-8"))
    record["data"].update(changes)
    example.write_text(json.dumps(record), encoding="utf-8")


class TestWhenNothingChanged:
    def test_nothing_is_said(self, published: Path) -> None:
        assert list(check(published)) == []

    def test_writing_again_writes_nothing(self, published: Path) -> None:
        assert list(write(published)) == []


class TestWhenSomethingDiffers:
    def test_a_missing_example_is_named(self, published: Path) -> None:
        (published / "schemas/examples/orders.OrderPlaced.v1.json").unlink()
        assert list(check(published)) == [
            "schemas/examples/orders.OrderPlaced.v1.json is missing: run `make schemas` and commit it."
        ]

    def test_an_edited_schema_is_named(self, published: Path) -> None:
        (published / "schemas/json/orders.OrderPlaced.v1.json").write_text("{}")
        (said,) = check(published)
        assert said.startswith("schemas/json/orders.OrderPlaced.v1.json is not what schemas/*.py says")
        assert said.endswith("run `make schemas` and commit the result.")

    def test_an_example_that_no_longer_fits_asks_for_a_new_version(self, published: Path) -> None:
        _damage(published / "schemas/examples/orders.OrderPlaced.v1.json", lost_field=1)
        said = next(iter(check(published)))
        assert "no longer fits orders.OrderPlaced.v1" in said
        assert "a new version with an upcast" in said

    def test_an_example_of_no_type_is_named(self, published: Path) -> None:
        (published / "schemas/examples/orders.OrderForgotten.v1.json").write_text("{}")
        said = list(check(published))
        assert len(said) == 1
        assert "belongs to no type" in said[0]


class TestAnExampleThatExists:
    def test_is_never_rewritten(self, published: Path) -> None:
        example = published / "schemas/examples/orders.OrderPlaced.v1.json"
        _damage(example, storefront="elsewhere")
        before = example.read_bytes()
        list(write(published))
        assert example.read_bytes() == before
