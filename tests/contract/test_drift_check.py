"""Is a change of the published language noticed? What the drift check says, and what it never does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publishing.generate import EXAMPLES, ExampleMissing, check, write

RELEASED = "1.0.0"
DRAFT = "0.9.0"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    _lay_examples(root)
    list(write(root, RELEASED))
    return root


@pytest.fixture
def drafted(tmp_path: Path) -> Path:
    _lay_examples(tmp_path)
    list(write(tmp_path, DRAFT))
    return tmp_path


@pytest.fixture
def published(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _lay_examples(root: Path) -> None:
    shutil.copytree(EXAMPLES, root / EXAMPLES, ignore=shutil.ignore_patterns("SHA256SUMS"))


def _damage(example: Path, **changes: object) -> None:
    record = json.loads(example.read_text(encoding="utf-8"))
    record["data"].update(changes)
    example.write_text(json.dumps(record), encoding="utf-8")


class TestWhenNothingChanged:
    def test_nothing_is_said(self, published: Path) -> None:
        assert list(check(published, RELEASED)) == []

    def test_writing_again_writes_nothing(self, published: Path) -> None:
        assert list(write(published, RELEASED)) == []


class TestWhenSomethingDiffers:
    def test_a_missing_example_is_named(self, published: Path) -> None:
        (published / "schemas/examples/orders.OrderPlaced.v1.json").unlink()
        with pytest.raises(ExampleMissing, match=r"^schemas/examples/orders\.OrderPlaced\.v1\.json is missing: bring"):
            list(check(published, RELEASED))

    def test_an_edited_schema_is_named(self, published: Path) -> None:
        (published / "schemas/json/orders.OrderPlaced.v1.json").write_text("{}")
        (sentence,) = check(published, RELEASED)
        assert sentence.startswith("schemas/json/orders.OrderPlaced.v1.json is not what schemas/*.py says")
        assert sentence.endswith("run `make schemas` and commit the result.")

    def test_an_example_that_no_longer_fits_asks_for_a_new_version(self, published: Path) -> None:
        _damage(published / "schemas/examples/orders.OrderPlaced.v1.json", lost_field=1)
        sentence = next(iter(check(published, RELEASED)))
        assert "no longer fits orders.OrderPlaced.v1" in sentence
        assert "a new version with an upcast" in sentence

    def test_an_example_of_no_type_is_named(self, published: Path) -> None:
        stray = published / "schemas/examples/orders.OrderForgotten.v1.json"
        stray.write_text("{}")
        list(write(published, RELEASED))
        (sentence,) = check(published, RELEASED)
        assert "belongs to no type" in sentence
        assert stray.exists()

    def test_an_example_that_is_no_whole_record_is_named_and_not_remembered(self, published: Path) -> None:
        example, sums = (published / EXAMPLES / name for name in ("orders.OrderPlaced.v1.json", "SHA256SUMS"))
        sums.write_text("".join(line for line in sums.read_text().splitlines(True) if example.name not in line))
        example.write_text(json.dumps({"data": json.loads(example.read_text())["data"]}))
        list(write(published, RELEASED))
        (sentence,) = check(published, RELEASED)
        assert sentence.startswith(f"{EXAMPLES / example.name} no longer fits")
        assert example.name not in sums.read_text()

    def test_an_edited_example_is_named_though_it_fits(self, published: Path) -> None:
        _damage(published / "schemas/examples/orders.OrderPlaced.v1.json", storefront="elsewhere")
        sentence = (
            "schemas/examples/orders.OrderPlaced.v1.json was edited: an example is never changed, since "
            "such records are in the log; bring it back."
        )
        list(write(published, RELEASED))
        assert list(check(published, RELEASED)) == [sentence]

    def test_an_example_that_nobody_remembers_is_named(self, published: Path) -> None:
        sums = published / "schemas/examples/SHA256SUMS"
        sums.write_text("".join(sums.read_text().splitlines(keepends=True)[1:]))
        assert list(check(published, RELEASED)) == [
            "schemas/examples/SHA256SUMS lacks an example: run `make schemas` and commit it."
        ]


class TestWhenAModelLeftItsExampleBehind:
    """As a change of hand begins: the model is changed, and nothing else yet."""

    @pytest.mark.parametrize(
        ("change", "broken"),
        [
            (
                ("    settled_on:", "    paid_on:"),
                "orders.OrderSettled.v1: since v1.0, `settled_on` is now called `paid_on`",
            ),
            (("    OrderHeld,\n", ""), "orders.OrderHeld.v1 was published and has no model"),
        ],
        ids=["a field renamed", "a type removed"],
    )
    def test_what_it_breaks_is_said_first(self, tmp_path: Path, change: tuple[str, str], broken: str) -> None:
        for folder in ("schemas", "publishing", "docs"):
            shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        project = Path("pyproject.toml").read_text()
        (tmp_path / "pyproject.toml").write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{RELEASED}"', project))
        list(write(tmp_path, RELEASED))
        orders = tmp_path / "schemas/orders.py"
        orders.write_text(orders.read_text().replace(*change))
        command = [sys.executable, "-m", "publishing.generate", "--check"]
        result = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        breaches, examples, _ = result.stderr.partition("schemas/examples/")
        assert result.returncode == 1
        assert broken in breaches
        assert examples


class TestAnExampleThatExists:
    def test_is_never_rewritten(self, published: Path) -> None:
        example = published / "schemas/examples/orders.OrderPlaced.v1.json"
        _damage(example, storefront="elsewhere")
        before = example.read_bytes()
        list(write(published, RELEASED))
        assert example.read_bytes() == before


class TestADraft:
    """Before release 1.0 nobody relies on the language: what is published is what the models say now."""

    def test_takes_back_what_it_said(self, drafted: Path) -> None:
        shape = drafted / "schemas/published/orders.OrderPlaced.v1.0.json"
        before = shape.read_bytes()
        shape.write_text(shape.read_text().replace('"order_id"', '"number"'))
        (drafted / "schemas/published/orders.OrderPlaced.v1.1.json").write_bytes(before)
        assert len(list(check(drafted, DRAFT))) >= 2
        list(write(drafted, DRAFT))
        assert shape.read_bytes() == before
        assert list(check(drafted, DRAFT)) == []

    def test_lets_its_examples_be_edited(self, drafted: Path) -> None:
        _damage(drafted / "schemas/examples/orders.OrderPlaced.v1.json", storefront="elsewhere")
        list(write(drafted, DRAFT))
        assert list(check(drafted, DRAFT)) == []

    def test_is_published_anew_by_the_release_that_promises_it(self, drafted: Path) -> None:
        shape = drafted / "schemas/published/orders.OrderPlaced.v1.0.json"
        assert json.loads(shape.read_text())["since"] == DRAFT
        list(write(drafted, RELEASED))
        assert json.loads(shape.read_text())["since"] == RELEASED
        assert list(check(drafted, RELEASED)) == []
