"""Is docs/for-storefronts.md true? Its code is the files that the tests run, its words are all there are."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from coterm_client import problems
from rehearsal.simulate.command import Ways
from runtime.web.codes import codes as known_codes
from schemas import vocabulary
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "for-storefronts.md").read_text()
EXAMPLES = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "docs" / "examples").rglob("*")
    if path.suffix in {".sh", ".py", ".java", ".mjs", ".ts"} and not {"node_modules", "build"} & set(path.parts)
)


def codes(*places: str, pattern: str) -> set[str]:
    files = [file for place in places for file in sorted((ROOT / place).rglob("*.py"))]
    return {code for file in files for code in re.findall(pattern, file.read_text())}


def table_after(heading: str) -> set[str]:
    """Return the words in capitals that stand in the first two columns of the first table after some words."""
    lines = PAGE.partition(heading)[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append("|".join(line.split("|")[1:3]))
    return {word for row in rows for word in re.findall(r"`([A-Z][A-Z_]{3,})`", row)}


class TestWhatThePageShows:
    @pytest.mark.parametrize("path", EXAMPLES, ids=str)
    def test_is_the_file_that_the_tests_run(self, path: Path) -> None:
        assert f"\n{(ROOT / path).read_text()}```\n" in PAGE
        assert path.name in (ROOT / "tests" / "acceptance" / "test_storefront_examples.py").read_text()

    def test_has_no_link_into_nowhere(self) -> None:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("http")]
        headings = {
            re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in PAGE.splitlines()
            if line.startswith("#")
        }
        assert [link for link in links if link.startswith("#") and link[1:] not in headings] == []
        assert [
            link for link in links if link[0] != "#" and not (ROOT / "docs" / link.partition("#")[0]).exists()
        ] == []


class TestWhichCodesItNames:
    def test_every_violation(self) -> None:
        assert table_after("The violations of a refused order") == {each.value for each in vocabulary.ViolationCode}

    def test_every_exception_of_the_client_is_for_a_code_that_there_is(self) -> None:
        assert {kind.CODE for kind in problems.Problem.__subclasses__()} - known_codes().keys() == set()

    def test_every_reason_of_quarantine(self) -> None:
        listed = table_after("goes to quarantine, where operators see it")
        assert codes("runtime", pattern=r'_Refused\("([A-Z_]+)"') - listed == set()

    @pytest.mark.parametrize(
        "words", [vocabulary.OrderStatus, vocabulary.Channel, vocabulary.PaymentMethod, vocabulary.OrderWarning]
    )
    def test_every_word_that_a_storefront_meets(self, words: type[StrEnum]) -> None:
        assert [each.value for each in words if each.value not in PAGE] == []

    def test_every_way_of_the_simulator(self) -> None:
        assert all(each.value in PAGE for each in Ways)
