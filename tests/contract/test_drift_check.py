"""Is a change of the published language noticed? What the drift check says, and what it never does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publishing.generate import check, write

RELEASED = "1.0.0"
"""From here on what was published is never edited."""
DRAFT = "0.9.0"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    list(write(root, RELEASED))
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
        assert list(check(published, RELEASED)) == []

    def test_writing_again_writes_nothing(self, published: Path) -> None:
        assert list(write(published, RELEASED)) == []


class TestWhenSomethingDiffers:
    def test_a_missing_example_is_named(self, published: Path) -> None:
        (published / "schemas/examples/orders.OrderPlaced.v1.json").unlink()
        assert list(check(published, RELEASED)) == [
            "schemas/examples/orders.OrderPlaced.v1.json is missing: run `make schemas` and commit it."
        ]

    def test_an_edited_schema_is_named(self, published: Path) -> None:
        (published / "schemas/json/orders.OrderPlaced.v1.json").write_text("{}")
        (said,) = check(published, RELEASED)
        assert said.startswith("schemas/json/orders.OrderPlaced.v1.json is not what schemas/*.py says")
        assert said.endswith("run `make schemas` and commit the result.")

    def test_an_example_that_no_longer_fits_asks_for_a_new_version(self, published: Path) -> None:
        _damage(published / "schemas/examples/orders.OrderPlaced.v1.json", lost_field=1)
        said = next(iter(check(published, RELEASED)))
        assert "no longer fits orders.OrderPlaced.v1" in said
        assert "a new version with an upcast" in said

    def test_an_example_of_no_type_is_named(self, published: Path) -> None:
        (published / "schemas/examples/orders.OrderForgotten.v1.json").write_text("{}")
        said = list(check(published, RELEASED))
        assert len(said) == 1
        assert "belongs to no type" in said[0]

    def test_an_edited_example_is_named_though_it_fits(self, published: Path) -> None:
        _damage(published / "schemas/examples/orders.OrderPlaced.v1.json", storefront="elsewhere")
        wanted = (
            "schemas/examples/orders.OrderPlaced.v1.json was edited: an example is never changed, since "
            "such records are in the log; bring it back."
        )
        list(write(published, RELEASED))
        assert list(check(published, RELEASED)) == [wanted]

    def test_an_example_that_nobody_remembers_is_named(self, published: Path) -> None:
        sums = published / "schemas/examples/SHA256SUMS"
        sums.write_text("".join(sums.read_text().splitlines(keepends=True)[1:]))
        assert list(check(published, RELEASED)) == [
            "schemas/examples/SHA256SUMS lacks an example: run `make schemas` and commit it."
        ]


class TestWhileTheLanguageIsADraft:
    """Before release 1.0 nobody outside reads it: shapes change without a new revision, examples are written anew."""

    EXAMPLE = Path("schemas/examples/orders.OrderPlaced.v1.json")
    SHAPE = Path("schemas/published/orders.OrderPlaced.v1.0.json")
    SUMS = Path("schemas/examples/SHA256SUMS")

    def _as_it_was(self, root: Path, since: str) -> None:
        """Leave what an older state of the models would have published."""
        said = json.loads((root / self.SHAPE).read_text())
        said["shape"]["properties"]["colour"] = {"type": "string"}
        (root / self.SHAPE).write_text(json.dumps(said))
        list(write(root, since))

    def test_a_shape_is_written_as_it_is_now_and_a_release_refuses_that(self, published: Path) -> None:
        list(write(published, DRAFT))
        self._as_it_was(published, RELEASED)
        (first, *_) = check(published, RELEASED)
        assert first.startswith("orders.OrderPlaced.v1: since v1.0, `colour` is gone")
        self._as_it_was(published, DRAFT)
        assert list(check(published, DRAFT)) == []
        assert "colour" not in (published / self.SHAPE).read_text()

    def test_an_edited_example_is_written_anew_with_its_sum(self, published: Path) -> None:
        list(write(published, DRAFT))
        before = (published / self.EXAMPLE).read_bytes(), (published / self.SUMS).read_bytes()
        _damage(published / self.EXAMPLE, storefront="elsewhere")
        assert list(check(published, DRAFT)) == [
            f"{self.EXAMPLE} is not what schemas/*.py says: run `make schemas` and commit the result."
        ]
        list(write(published, DRAFT))
        assert ((published / self.EXAMPLE).read_bytes(), (published / self.SUMS).read_bytes()) == before

    def test_a_second_revision_and_a_type_that_is_gone_are_forgotten(self, published: Path) -> None:
        list(write(published, DRAFT))
        for name in ("orders.OrderPlaced.v1.1.json", "orders.OrderForgotten.v1.0.json"):
            shutil.copy(published / self.SHAPE, published / "schemas/published" / name)
        assert len(list(check(published, DRAFT))) == 2
        list(write(published, DRAFT))
        assert list(check(published, DRAFT)) == []

    def test_what_it_leaves_is_what_a_release_begins_with(self, published: Path) -> None:
        list(write(published, DRAFT))
        list(write(published, RELEASED))
        assert list(check(published, RELEASED)) == []


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
        for folder in ("schemas", "publishing"):
            shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        project = Path("pyproject.toml").read_text()
        (tmp_path / "pyproject.toml").write_text(re.sub(r'^version = ".*"', 'version = "1.0.0"', project, flags=re.M))
        orders = tmp_path / "schemas/orders.py"
        orders.write_text(orders.read_text().replace(*change))
        command = [sys.executable, "-m", "publishing.generate", "--check"]
        said = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        *first, last = said.stderr.splitlines()
        assert said.returncode == 1
        assert any(line.startswith(broken) for line in first), said.stderr
        assert last.startswith("publishing/golden/ does not go with schemas/*.py (")


class TestAnExampleThatExists:
    def test_is_never_rewritten(self, published: Path) -> None:
        example = published / "schemas/examples/orders.OrderPlaced.v1.json"
        _damage(example, storefront="elsewhere")
        before = example.read_bytes()
        list(write(published, RELEASED))
        assert example.read_bytes() == before
