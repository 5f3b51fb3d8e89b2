"""Does `coterm as-of` take the moment for what it is, and show nothing personal and nothing that came later?"""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from operations.history.as_of import StateThen, draw, instant_of, lines, mails_left, tree, until
from operations.history.journals import History
from operations.surroundings import Misused
from services.orders.declaration import declare as orders
from tests.unit.operations.test_timeline import NOON, NOTED, PAID, PLACED

NOBODY = StateThen("notifications", None, None, {})


class TestTheInstant:
    def test_with_a_zone_it_is_one_moment(self) -> None:
        assert instant_of("2026-01-15T13:00:00+01:00") == NOON

    def test_without_a_zone_it_is_refused_with_what_to_write(self) -> None:
        with pytest.raises(Misused, match="has no zone: write 2026-01-15T12:00:00Z for UTC"):
            instant_of("2026-01-15T12:00:00")

    @pytest.mark.parametrize("text", ["2026-01-15", "yesterday", "", "12:00"])
    def test_what_is_no_instant_is_refused(self, text: str) -> None:
        with pytest.raises(Misused, match="is no instant"):
            instant_of(text)


class TestWhatWasKnown:
    def test_an_event_of_that_very_moment_belongs_to_it_and_a_later_one_does_not(self) -> None:
        history = History(orders(), [PLACED, NOTED, PAID])
        assert until(history, NOON) == [PLACED]
        assert until(history, NOON + timedelta(seconds=1)) == [PLACED, NOTED]
        assert until(history, NOON - timedelta(microseconds=1)) == []

    def test_where_a_clock_was_set_back_it_is_the_last_time_that_it_read_the_moment(self) -> None:
        again = replace(PAID, at=NOON)
        assert until(History(orders(), [PLACED, NOTED, again]), NOON) == [PLACED, NOTED, again]
        begun_later = [replace(PLACED, at=NOON + timedelta(days=90)), replace(NOTED, at=NOON)]
        assert until(History(orders(), begun_later), NOON) == begun_later

    def test_events_that_are_dated_later_are_told(self) -> None:
        belief = StateThen("orders", NOTED, {}, {}, dated_later=2)
        assert "  its clock was set back since: 2 events up to it are dated later" in lines(
            NOON, "c-1", [belief, NOBODY]
        )
        assert not [line for line in lines(NOON, "c-1", [replace(belief, dated_later=0), NOBODY]) if "set back" in line]

    def test_the_mails_are_told_with_when_they_left(self) -> None:
        mail = {
            "template": "order-received",
            "status": "SENT",
            "message_id": "<m-1@x>",
            "requested_at": "2026-01-15T12",
        }
        asked = {**mail, "status": "REQUESTED", "sent_at": None}
        states = [StateThen("notifications", None, None, {"emails": [{**mail, "sent_at": "2026-01-15T13"}, asked]})]
        assert mails_left(states) == [
            "order-received  SENT  left at 2026-01-15T13  <m-1@x>",
            "order-received  REQUESTED  asked for at 2026-01-15T12  <m-1@x>",
        ]

    def test_the_mails_stand_as_they_were_asked_for_within_one_instant_too(self) -> None:
        mail = {"template": "order-received", "status": "REQUESTED", "sent_at": None}
        asked = ["2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z", "2026-01-15T12:00:00.500Z"]
        rows = [{**mail, "requested_at": at, "message_id": name} for at, name in zip(asked, "bac", strict=True)]
        left = mails_left([StateThen("notifications", None, None, {"emails": rows})])
        assert [line[-1] for line in left] == ["b", "a", "c"]


class TestOn80Columns:
    def test_lines_break_between_words_and_go_on_below(self) -> None:
        console = Console(file=io.StringIO(), width=80)
        state = {"reason": "an operator wrote " + "a long reason " * 8, "id": "x" * 90}
        found = list(lines(NOON, "c-1", [StateThen("orders", PLACED, state, {}), NOBODY]))
        draw(found, console)
        drawn = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        words = [word for line in found for word in line.split()]
        assert [word for line in drawn for word in line.split()] == words
        assert [line for line in drawn if len(line) > 80] == ["    " + "    " + "x" * 90]


class TestTheTree:
    def test_it_leaves_out_what_is_empty_or_says_nothing_to_people(self) -> None:
        value = {"a": 1, "b": None, "c": [], "body_hash": "x", "d": {"e": "f"}, "g": [{"h": 1, "i": 2}]}
        assert list(tree(value, 2)) == ["  a 1", "  d", "    e f", "  g", "    - h 1", "      i 2"]

    def test_what_somebody_else_wrote_can_not_speak_to_the_terminal(self) -> None:
        assert list(tree({"a": "x\x1b[2J\ny"}, 0)) == ["a x\\x1b[2J\\ny"]

    def test_it_shows_nothing_of_python(self) -> None:
        assert list(tree({"a": True, "b": [False]}, 0)) == ["a true", "b", "  - false"]
