"""Can the figures be read by a person, a program and a browser, whatever stands in them?"""

import json
import re
from io import StringIO

from rich.console import Console
from rich.table import Table

from benchmarks.report import Document, cpu_table, dots, html, shown, table
from benchmarks.takes import P99, RATE, Figure, Row, Verdict, not_measured

ROW = Row("G1", "rebuild ÷ <getmany>", "rebuild", "getmany", at_least=0.6)
FIGURE = Figure(
    ROW, Verdict.HOLDS, ours=[60.0, 70.0], yardstick=[100.0, 100.0], ratios=[0.6, 0.7], cpu={"ours: kafka": 1.5},
    fsync_ms=0.3, load=1.0,
)  # fmt: skip
TOLD = Document(
    [FIGURE, not_measured(Row("G9", "paid to active", "sold", "hops", P99, at_most=2), "RuntimeError: a broker")],
    {"cores": 2, "machine": "x86_64", "system": "Linux 6", "python": "3.11.7", "load": 0.5},
    seconds=90.0, repeats=5, left_out=[("G15", "make test", "it takes longer than all of this")],
)  # fmt: skip


class TestTheJson:
    def test_it_has_each_round_and_what_was_not_measured(self) -> None:
        plain = json.loads(TOLD.as_json())
        first, second = plain["rows"]
        assert (first["goal"], first["limit"], first["ratios"], first["verdict"]) == (
            "G1",
            "≥ 0.6",
            [0.6, 0.7],
            "holds",
        )
        assert (second["verdict"], second["why"], second["ratio"]) == ("not measured", "RuntimeError: a broker", None)
        assert plain["not_measured"] == [
            {"goal": "G15", "what": "make test", "why": "it takes longer than all of this"}
        ]  # fmt: skip


class TestTheTables:
    def test_one_has_a_line_a_row_and_one_what_is_not_measured(self) -> None:
        text = _drawn(table(TOLD))
        assert ["G1" in text, "0.60 to 0.70 (2)" in text, "holds" in text] == [True, True, True]
        assert "not measured: it takes longer" in text

    def test_another_has_the_cpu_of_every_process(self) -> None:
        text = _drawn(cpu_table(TOLD))
        assert "kafka" in text
        assert "1.5 / 0.0" in text


def _drawn(drawn: Table) -> str:
    written = StringIO()
    Console(width=200, file=written).print(drawn)
    return written.getvalue()


class TestThePage:
    def test_each_row_is_there_with_its_dots(self) -> None:
        page = html(TOLD)
        assert page.count("<article>") == 3
        assert page.count("<circle") == 2
        assert "rebuild ÷ &lt;getmany&gt;" in page

    def test_it_loads_nothing_from_elsewhere(self) -> None:
        assert re.findall(r"(?:src|href|url)\s*[=(]", html(TOLD)) == []

    def test_it_has_colours_for_the_dark_and_a_width_for_phones(self) -> None:
        page = html(TOLD)
        assert "prefers-color-scheme: dark" in page
        assert "width=device-width" in page


class TestTheDots:
    def test_they_lie_between_nothing_and_a_little_more_than_the_most(self) -> None:
        assert dots(FIGURE) == {"rounds": [77.92, 90.91], "goal": 77.92, "from_goal": True, "most": "0.77"}

    def test_nothing_is_drawn_where_nothing_was_measured(self) -> None:
        assert dots(TOLD.figures[1]) is None

    def test_a_figure_of_nothing_is_drawn_all_the_same(self) -> None:
        nothing = Figure(Row("G12", "held", "swaps", measure=RATE), Verdict.REPORTED, ratios=[0.0])
        assert dots(nothing) == {"rounds": [0.0], "goal": None, "from_goal": False, "most": "1.00"}


class TestAFigure:
    def test_it_has_three_digits_that_count(self) -> None:
        assert [shown(value) for value in (0.4567, 12.34, 157_812.3)] == ["0.46", "12.3", "157,812"]
