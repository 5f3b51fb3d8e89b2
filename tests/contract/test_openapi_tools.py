"""Do others' tools take our HTTP descriptions? Spectral finds nothing, and a generated client compiles."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.local.layout import ROOT
from tests.npm import installed

HERE = Path(__file__).parent / "openapi"
EXAMPLE = ROOT / "docs" / "examples" / "typescript"
DOCUMENTS = sorted((ROOT / "docs" / "openapi").glob("*.json"))


def _findings(*documents: Path) -> list[tuple[str, str]]:
    """Let Spectral judge documents: from hints on, nothing is let pass."""
    command = (installed(HERE) / "node_modules/.bin/spectral", "lint", "--ruleset", HERE / "spectral.yaml")
    answer = subprocess.run(
        [*command, "--fail-severity", "hint", "--format", "json", "--quiet", *documents],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.strip(), answer.stderr
    found = [(Path(each["source"]).name, each["code"]) for each in json.loads(answer.stdout)]
    assert (answer.returncode == 0) is (found == []), answer.stderr
    return found


@pytest.mark.timeout(300)
class TestSpectral:
    def test_has_nothing_to_say_of_any_document(self) -> None:
        assert len(DOCUMENTS) == 4
        assert _findings(*DOCUMENTS) == []

    def test_would_see_what_is_wrong(self, tmp_path: Path) -> None:
        document: dict[str, Any] = json.loads(DOCUMENTS[0].read_text(encoding="utf-8"))
        document.pop("servers")
        document["tags"].pop()
        (tmp_path / "spoilt.json").write_text(json.dumps(document), encoding="utf-8")
        assert {code for _, code in _findings(tmp_path / "spoilt.json")} == {
            "oas3-api-servers",
            "operation-tag-defined",
        }


@pytest.mark.timeout(300)
class TestAGeneratedClient:
    """It buys in tests/acceptance/test_storefront_examples.py."""

    @pytest.fixture
    def example(self, tmp_path: Path) -> Path:
        """Put the example beside the documents, with what its lock names."""
        folder = tmp_path / "docs" / "examples" / "typescript"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules", "build"))
        shutil.copytree(ROOT / "docs" / "openapi", tmp_path / "docs" / "openapi")
        (folder / "node_modules").symlink_to(installed(EXAMPLE) / "node_modules")
        return folder

    def _build(self, example: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["npm", "run", "build"], cwd=example, capture_output=True, text=True, check=False)

    def test_compiles(self, example: Path) -> None:
        built = self._build(example)
        assert built.returncode == 0, built.stdout
        assert (example / "build" / "order.js").exists()

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [("vat_number:", "vat_numbr:"), ("'SITE',\n  customer", "'SHOP',\n  customer"), ("data.status", "data.state")],
    )
    def test_refuses_what_the_interface_does_not_have(self, example: Path, right: str, wrong: str) -> None:
        program = example / "order.ts"
        text = program.read_text(encoding="utf-8")
        assert right in text
        program.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        built = self._build(example)
        assert built.returncode != 0
        assert "order.ts(" in built.stdout


class TestTheLocks:
    @pytest.mark.parametrize("folder", [HERE, EXAMPLE], ids=lambda folder: folder.name)
    def test_pin_what_is_asked_for_and_name_no_registry(self, folder: Path) -> None:
        locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        for name, version in {**asked["dependencies"], **asked.get("devDependencies", {})}.items():
            assert locked[f"node_modules/{name}"]["version"] == version
        packages = [package for place, package in locked.items() if place]
        assert all(package["integrity"] and "resolved" not in package for package in packages)
