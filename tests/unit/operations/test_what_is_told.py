"""Is what one asks for told plainly: a date too early, a payment in conflict, data to test with?"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stdnum.it import iva

from operations.answer import folded, in_words
from operations.export.command import INSTALL
from operations.history.journals import RecordedEvent
from operations.history.waiting import conflicts
from rehearsal.cli import vat
from tests.architecture.source import ROOT
from tests.coterm import Coterm

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
COTERM = Coterm(Path("no.json"))


def recorded(name: str, payment_id: str) -> RecordedEvent:
    data = {"payment_source": "bank", "payment_id": payment_id}
    return RecordedEvent("orders", 3, "e", f"orders.{name}.v1", AT, "o-1", "c", data)


class TestADateThatNoLogReaches:
    @pytest.mark.parametrize(
        "until", ["1969-12-31T23:59:59Z", "1970-01-01", "0001-01-01", "9999-12-31T23:59:59-05:00", "soon"]
    )
    def test_an_export_refuses_it_in_one_sentence(self, until: str) -> None:
        result = COTERM.say("export", "--until", until)
        assert (result.code, result.sentence.startswith("--until ")) == (2, True)


class TestAPaymentInConflict:
    def test_is_waited_for_until_it_is_resolved(self) -> None:
        found = list(
            conflicts(
                [
                    recorded("PaymentConflicted", "p-1"),
                    recorded("PaymentConflicted", "p-2"),
                    recorded("PaymentResolved", "p-2"),
                ]
            )
        )
        assert [(wait.what, wait.since) for wait in found] == [("an operator: payment bank p-1 is in conflict", AT)]


class TestAValue:
    @pytest.mark.parametrize(
        ("value", "words"),
        [(AT, "2026-01-15T09:00:00Z"), (None, "null"), (True, "true"), ({"a": "è"}, '{"a": "è"}'), ("x", "x")],
    )
    def test_is_no_python(self, value: object, words: str) -> None:
        assert in_words(value) == words


class TestALineOn80Columns:
    def test_is_broken_between_words_and_an_id_stays_whole(self) -> None:
        key = "7d1f6f8a-2f51-5f5a-9f2a-8a3c1c8f9b10"
        line = (
            f"  {key}  c-1795836386697578591  activation-credentials of o-1795836386697578591  <{key}@coterm.example>"
        )
        first, *others = folded(line, 80).split("\n")
        assert first == f"  {key}  c-1795836386697578591"
        assert others == ["      activation-credentials of o-1795836386697578591", f"      <{key}@coterm.example>"]
        assert folded("x" * 90, 80) == "x" * 90


class TestDataToTestWith:
    def test_a_vat_number_is_valid_and_another_each_time(self, capfd: pytest.CaptureFixture[str]) -> None:
        numbers = []
        for _ in range(2):
            vat()
            numbers.append(capfd.readouterr().out.strip())
        assert all(iva.is_valid(number) for number in numbers)
        assert numbers[0] != numbers[1]


class TestWhatAnAnalystInstalls:
    def test_the_extra_is_the_file_that_is_locked(self) -> None:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["dynamic"]
        assert extras["optional-dependencies"]["analysis"]["file"] == ["requirements/analysis.in"]
        assert "-r " not in (ROOT / "requirements" / "analysis.in").read_text()
        assert INSTALL == "pip install '.[analysis]'"
