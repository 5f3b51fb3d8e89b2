"""Does the record of what was published go together with the models, and with the history?"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from publishing.generate import ROOT, check
from publishing.record import PUBLISHED, SUMS, read_record, release


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("schemas", "docs"):
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "decisions"))
    return tmp_path


class TestTheRecordOfThisRepository:
    def test_goes_together_with_the_models(self, tree: Path) -> None:
        assert list(check(tree)) == []

    def test_knows_every_type_that_has_a_schema(self) -> None:
        assert sorted(read_record(ROOT)) == sorted(path.stem for path in Path("schemas/json").glob("*.json"))

    def test_a_wider_record_makes_the_check_fail(self, tree: Path) -> None:
        path = tree / PUBLISHED / "orders.OrderPlaced.v1.0.json"
        document = json.loads(path.read_text())
        document["shape"]["properties"]["lines"]["items"]["properties"]["colour"] = {"type": "string", "default": "RED"}
        document["since"] = "1.0.0"
        path.write_text(json.dumps(document))
        (first, *_) = check(tree, "1.0.0")
        assert first.startswith("orders.OrderPlaced.v1: since v1.0, `lines[].colour` is gone")
        assert first.endswith(
            "Make the change orders.OrderPlaced.v2, with an upcast (CONTRIBUTING.md, Change an event)."
        )

    def test_a_revision_that_is_not_recorded_makes_the_check_fail(self, tree: Path) -> None:
        (tree / PUBLISHED / "orders.OrderPlaced.v1.0.json").unlink()
        missing = "schemas/published/orders.OrderPlaced.v1.0.json is missing: run `make schemas` and commit it."
        assert missing in list(check(tree, "1.0.0"))

    def test_a_file_of_another_name_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / PUBLISHED).mkdir(parents=True)
        (tmp_path / PUBLISHED / "orders.json").write_text("{}")
        with pytest.raises(ValueError, match="no revision's name"):
            read_record(tmp_path)

    def test_is_of_the_release_to_come(self) -> None:
        newest = max(revision.since for revisions in read_record(ROOT).values() for revision in revisions)
        assert newest <= release(ROOT)


FROZEN = (str(PUBLISHED), "schemas/examples", f":(exclude){SUMS}")
"""The list of sums grows by a line with each example; what it lists is held by `make check`."""


def _git(root: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@t.example")
    done = subprocess.run(["git", *named, *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("no git history here")
    assert done.returncode == 0, done.stderr
    return done.stdout


def edited_since_release(root: Path) -> set[str]:
    """Name what was changed or removed under the frozen folders since release 1.0; before, the language is a draft."""
    released = _git(root, "log", "--reverse", "--format=%H", "-G", '^version = "[1-9]', "--", "pyproject.toml").split()
    if not released:
        return set()
    between = f"{released[0]}..HEAD"
    return set(_git(root, "log", "--format=", "--name-only", "--diff-filter=MDRT", between, "--", *FROZEN).split())


class TestTheFrozenFolders:
    """What is committed under them from release 1.0 on is never changed or removed: the history shows it."""

    def test_hold_what_each_commit_since_the_release_brought(self) -> None:
        assert edited_since_release(ROOT) == set()

    def test_may_change_while_the_language_is_a_draft_and_never_after(self, tmp_path: Path) -> None:
        shape, project = tmp_path / PUBLISHED / "orders.OrderPlaced.v1.0.json", tmp_path / "pyproject.toml"
        shape.parent.mkdir(parents=True)
        _git(tmp_path, "init", "-q")
        for number, version in enumerate(("0.1.0", "0.2.0", "1.0.0", "1.0.1")):
            project.write_text(f'[project]\nversion = "{version}"\n')
            shape.write_text(str(min(number, 2)))
            _git(tmp_path, "add", "-A")
            _git(tmp_path, "commit", "-qm", version)
        assert edited_since_release(tmp_path) == set()
        shape.write_text("edited")
        _git(tmp_path, "commit", "-qam", "an edit")
        assert edited_since_release(tmp_path) == {str(PUBLISHED / shape.name)}
