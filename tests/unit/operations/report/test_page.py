"""Does the page stand alone, and does it show each question with its query, its answer and its picture?"""

import json
import re
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.cli import app
from operations.export.batch import Batch
from operations.export.folder import Folder, read_manifest
from operations.report.page import heading, highlighted, page, shown
from operations.report.plots import plot
from operations.report.query import ask, opened, queries, query
from schemas.money import euros
from tests.unit.operations.export.folders import NOON
from tests.unit.operations.report.story import export


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def written(story: Path) -> str:
    return _page(story)


def _page(root: Path) -> str:
    with opened(root, date(2026, 1, 15)) as database:
        results = [ask(database, each) for each in queries()]
    return page(read_manifest(root), root, results, datetime(2026, 1, 17, 12, tzinfo=UTC))


class TestThePage:
    def test_asks_the_network_for_nothing(self, written: str) -> None:
        assert (
            re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?!#|["\']?#)[^>\s]+', re.sub(r"xmlns\S+", "", written)) == []
        )
        assert "<script" not in written

    def test_shows_each_query_as_it_stands_beside_its_answer_and_picture(self, written: str) -> None:
        for each in queries():
            part = written.partition(f'<section id="{each.name}">')[2].partition("</section>")[0]
            shown_sql = unescape(
                re.sub(r"<[^>]+>", "", part.partition("<pre")[2].partition(">")[2].partition("</pre>")[0])
            )
            assert each.sql.endswith(shown_sql), each.name
            assert "<svg" in part, each.name
            assert "<table" in part, each.name

    def test_draws_in_the_colours_of_the_page_alone(self, written: str) -> None:
        drawn = "".join(re.findall(r"<svg.*?</svg>", written, re.DOTALL))
        assert "var(--s1)" in drawn
        assert "f0f0" not in drawn
        assert {colour for colour in re.findall(r"(?:fill|stroke): ?([^;\"]+)", drawn) if "var(--" not in colour} == {
            "none"
        }

    def test_shows_euros_and_key_figures(self, written: str) -> None:
        assert "<dt>revenue, net</dt><dd>122.58 €</dd>" in written
        assert "<dt>kept the extension</dt><dd>80 %</dd>" in written
        assert "<dt>payment to activation, median</dt><dd>800 ms</dd>" in written

    def test_is_drawn_the_same_each_time(self, story: Path, written: str) -> None:
        with opened(story, date(2026, 1, 15)) as database:
            assert (plot(ask(database, query("refusals"))) or "nothing") in written

    def test_says_where_nothing_happened_yet(self, tmp_path: Path) -> None:
        with Folder(tmp_path).held() as folder:
            Batch(folder).commit(NOON)
        assert "Nothing yet." in _page(tmp_path)


class TestTheCommand:
    def test_writes_the_page(self, story: Path, tmp_path: Path) -> None:
        out = tmp_path / "new" / "report.html"
        done = CliRunner().invoke(app, ["report", "--from", str(story), "--out", str(out), "--as-of", "2026-01-15"])
        assert done.exit_code == 0, done.output
        assert out.read_text().startswith("<!doctype html>")

    def test_answers_one_question_in_plain_lines(self, story: Path) -> None:
        done = CliRunner().invoke(app, ["report", "--from", str(story), "--query", "extension_kept"])
        cells = re.split(r"\s{2,}", done.output.splitlines()[-1])
        assert cells == ["all", "5", "4", "80 %", "2", "32.58 €", "9.15 €"]

    def test_writes_cents_as_json(self, story: Path) -> None:
        done = CliRunner().invoke(app, ["report", "--from", str(story), "--json"])
        assert json.loads(done.output)["orders_per_day"][-1] == {
            "day": "2026-01-16", "channel": "SITE", "orders": 0, "paid": 1, "revenue_net_cents": 3000,
        }  # fmt: skip


class TestAValue:
    @pytest.mark.parametrize(
        ("column", "value", "written"),
        [
            ("net_cents", 1629, "16.29 €"),
            ("net_cents", -5, "-0.05 €"),
            ("revenue_net_cents", 123_456_700, "1,234,567.00 €"),
            ("kept_share", 0.8, "80 %"),
            ("median_ms", 1200, "1,200 ms"),
            ("month", date(2026, 6, 1), "2026-06"),
            ("day", date(2026, 6, 1), "2026-06-01"),
            ("orders", 1234, "1,234"),
            ("channel", "SITE", "SITE"),
            ("median_ms", None, "–"),
        ],
    )
    def test_is_written_as_its_columns_name_says(self, column: str, value: object, written: str) -> None:
        assert shown(column, value) == written

    def test_has_a_heading_in_words(self) -> None:
        assert [heading(name) for name in ("revenue_net_cents", "p99_ms", "kept_share")] == [
            "revenue net",
            "p99",
            "kept share",
        ]

    def test_of_money_never_meets_a_float(self) -> None:
        assert euros(9_007_199_254_740_993) == "90,071,992,547,409.93 €"


class TestAHighlightedQuery:
    def test_escapes_what_it_shows(self) -> None:
        assert highlighted("SELECT 1 < 2 -- <b>") == (
            '<span class="word">SELECT</span> 1 &lt; 2 <span class="comment">-- &lt;b&gt;</span>'
        )
