"""Is what a topic lacks appended in its order, and is a topic made anew only when nothing else mends it?"""

from dataclasses import replace

from runtime.ids import command_id
from runtime.repair.lost_topic import Plan, Present, Row, in_order, plan


def _row(number: int, customer: str, version: int, marked: int | None) -> Row:
    event_id = command_id("test", f"{customer} {version}")
    return Row(number, customer, version, event_id, f"{customer}{version}".encode(), marked)


ROWS = [_row(1, "a", 1, 0), _row(2, "b", 1, 1), _row(3, "a", 2, 2), _row(4, "b", 2, 3)]
LOG = [Present(row.event_id, row.digest, row.marked or 0) for row in ROWS]


class TestWhenNothingIsLost:
    def test_nothing_is_to_be_done(self) -> None:
        assert plan(ROWS, LOG) == Plan()

    def test_a_record_that_stands_twice_is_no_reason(self) -> None:
        twice = [*LOG, replace(LOG[1], offset=4)]
        assert plan(ROWS, twice) == Plan()
        marked_at_the_second = [ROWS[0], replace(ROWS[1], marked=4), *ROWS[2:]]
        assert plan(marked_at_the_second, twice) == Plan()

    def test_what_the_relay_has_still_to_send_is_left_to_it(self) -> None:
        assert plan([*ROWS, _row(5, "c", 1, None)], LOG) == Plan()

    def test_what_was_sent_but_never_marked_is_marked(self) -> None:
        sent = _row(5, "c", 1, None)
        found = plan([*ROWS, sent], [*LOG, Present(sent.event_id, sent.digest, 4)])
        assert (found.marks, found.missing, found.anew) == ([(5, 4)], [], "")


class TestWhenTheTopicIsEmpty:
    def test_everything_is_appended_in_the_order_of_the_marks_not_of_the_ids(self) -> None:
        mixed = [replace(ROWS[0], marked=7), replace(ROWS[1], marked=5), replace(ROWS[2], marked=9)]
        found = plan(mixed, [])
        assert [row.id for row in found.missing] == [2, 1, 3]
        assert found.anew == ""


class TestWhenItsEndIsMissing:
    def test_the_end_is_appended(self) -> None:
        found = plan(ROWS, LOG[:2])
        assert [row.id for row in found.missing] == [3, 4]
        assert (found.anew, found.marks) == ("", [])

    def test_a_republication_that_broke_off_goes_on_where_it_was(self) -> None:
        gaps = [replace(row, marked=10 * number) for number, row in enumerate(ROWS, 1)]
        republished = [replace(record, offset=place) for place, record in enumerate(LOG[:3])]
        half_marked = [replace(gaps[0], marked=0), *gaps[1:]]
        found = plan(half_marked, republished)
        assert found.marks == [(2, 1), (3, 2)]
        assert [row.id for row in found.missing] == [4]
        assert [row.id for row in in_order(half_marked)] == [1, 2, 3, 4]


class TestWhenAppendingWouldInvertAnAccount:
    def test_the_topic_is_made_anew(self) -> None:
        assert plan(ROWS, LOG[1:]).anew == "a version 1 is missing, version 2 is there"

    def test_a_hole_between_two_accounts_is_none(self) -> None:
        rows = [*ROWS, _row(5, "c", 1, 4)]
        present = [*LOG[:2], Present(rows[4].event_id, rows[4].digest, 4)]
        assert plan(rows, present).anew == ""

    def test_other_bytes_under_the_same_id_make_it_anew(self) -> None:
        bent = [replace(LOG[0], digest=b"bent"), *LOG[1:]]
        assert plan(ROWS, bent).anew == "a version 1 has other bytes at offset 0"


class TestWhenTheTopicWasLostAndWrittenToAgainUnseen:
    def test_everything_comes_in_the_order_of_the_commits_each_input_whole(self) -> None:
        rows = [
            _row(1, "a", 1, 40),
            replace(_row(2, "a", 2, 0), last_of_input=False),
            _row(3, "b", 1, 1),
            _row(4, "a", 3, 2),
        ]
        present = [Present(row.event_id, row.digest, row.marked or 0) for row in rows[1:]]
        assert plan(rows, present).anew == "a version 1 is missing, version 3 is there"
        assert [row.id for row in in_order(rows)] == [1, 3, 2, 4]


class TestWhenTheJournalIsTheOneThatLost:
    def test_the_records_that_it_does_not_know_are_named(self) -> None:
        assert plan(ROWS[:2], LOG).strangers == LOG[2:]
