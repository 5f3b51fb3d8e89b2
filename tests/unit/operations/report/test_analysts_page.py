"""Does docs/for-analysts.md show the queries as they are, and examples that run?"""

import re
from pathlib import Path

import pytest

from operations.export.tables import TABLES
from operations.report.query import queries
from tests.unit.operations.report.story import export

PAGE = Path("docs/for-analysts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)


class TestThePageForAnalysts:
    def test_shows_every_query_as_it_stands(self) -> None:
        assert [text for kind, text in BLOCKS if kind == "sql"] == [each.sql for each in queries()]
        assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == [each.title for each in queries()]

    def test_has_examples_that_run_on_an_export(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        export(tmp_path / ".run" / "export")
        monkeypatch.chdir(tmp_path)
        examples = [text for kind, text in BLOCKS if kind == "python"]
        assert len(examples) == 2
        for text in examples:
            exec(compile(text, "docs/for-analysts.md", "exec"), {})

    def test_names_every_column_that_each_table_begins_with(self) -> None:
        envelope = TABLES[0].schema.names[:10]
        assert [name for name in envelope if f"`{name}`" not in PAGE] == []
