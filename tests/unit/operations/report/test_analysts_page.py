"""Does docs/for-analysts.md show the queries as they are, examples that run, and answers that are true?"""

import asyncio
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.cli import app
from operations.export.tables import TABLES
from operations.export.views import SUMMARIES
from operations.report.query import opened, queries
from tests.unit.operations.report.story import export
from tests.unit.operations.report.two_years import two_years

PAGE = Path("docs/for-analysts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)
ANSWERED = re.compile(r"\$ (coterm report --query (\w+) --as-of 2027-05-31)(?: \| tail -(\d+))?\n(.*)", re.DOTALL)
"""Of the business that the tests live."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(two_years(tmp_path_factory.mktemp("two-years") / ".run" / "export"))


class TestThePageForAnalysts:
    def test_shows_every_query_as_it_stands(self) -> None:
        assert [text for kind, text in BLOCKS if kind == "sql"] == [each.sql for each in queries()]
        assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == [each.title for each in queries()]

    def test_has_examples_that_run_on_an_export(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        export(tmp_path / ".run" / "export")
        monkeypatch.chdir(tmp_path)
        examples = [text for kind, text in BLOCKS if kind == "python"]
        assert len(examples) == 3
        for text in examples:
            exec(compile(text, "docs/for-analysts.md", "exec"), {})

    def test_shows_what_the_life_cycle_queries_answer(self, lived: Path) -> None:
        found = [shown for _, text in BLOCKS if (shown := ANSWERED.fullmatch(text))]
        assert {shown[2] for shown in found} == {
            "renewal_rate", "churn", "active_base", "mrr", "credit_owed", "refunds",
        }  # fmt: skip
        for shown in found:
            words = shown[1].split()[1:]
            lines = CliRunner().invoke(app, [*words, "--from", str(lived)]).output.splitlines()
            assert lines[-int(shown[3] or 0) :] == shown[4].splitlines(), shown[2]

    def test_shows_what_polars_answers(
        self, lived: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(lived.parents[1])
        number = next(number for number, (_, text) in enumerate(BLOCKS) if "running_terms" in text and "pl()" in text)
        exec(compile(BLOCKS[number][1], "docs/for-analysts.md", "exec"), {})
        assert capsys.readouterr().out.rstrip() == BLOCKS[number + 1][1]

    def test_names_every_column_that_each_table_begins_with(self) -> None:
        envelope = TABLES[0].schema.names[:10]
        assert [name for name in envelope if f"`{name}`" not in PAGE] == []

    @pytest.mark.parametrize("summary", SUMMARIES)
    def test_names_every_column_of_a_summary(self, lived: Path, summary: str) -> None:
        with opened(lived, date(2027, 5, 31)) as database:
            columns = {column[0] for column in database.execute(f"FROM {summary}").description or ()}
        text = PAGE.partition(f"`{summary}`: ")[2].partition("\n\n`")[0]
        assert columns - set(re.findall(r"`(\w+)`", text)) == set()
