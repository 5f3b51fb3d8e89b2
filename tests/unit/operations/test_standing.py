"""Does a status call broken what is broken, and say so the same on a screen, in lines and as JSON?"""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from operations.status.screen import as_json, lines, screen, verdict
from operations.status.standing import Lag, Report, Standing, duration, notices

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def report(**changes: Any) -> Report:
    standing = Standing(
        "billing",
        "ready",
        events=1142,
        last_event_at=NOW - timedelta(minutes=6),
        lags=[Lag("orders.events", 100, 100, 0)],
        generation={"schema_name": "generation_0001", "fold_version": 1, "made_at": NOW},
        scrubbed={"accounts": 40, "differing": 0, "last_at": NOW},
    )
    return Report(NOW, NOW, "127.0.0.1:19092", [replace(standing, **changes)])


BROKEN: dict[str, dict[str, Any]] = {
    "partitions stand still": {"process": "2 partitions stand still, first orders.events[3]: another log"},
    "can't be used": {"away": "the database of billing can't be used: ConnectionRefusedError"},
    "1 record behind for 2 min": {"lags": [Lag("orders.events", 99, 100, 1, NOW - timedelta(minutes=2))]},
    "orders.events ends before what was applied, in 1 partition": {"lags": [Lag("orders.events", 99, 60, 0, beyond=1)]},
    "storefront.intake is held back by an open transaction since 2026-01-15T11:59:54Z, 2 records in and behind it": {
        "lags": [Lag("storefront.intake", 100, 100, 0, held_back=2, held_back_since=NOW - timedelta(seconds=6))]
    },
    "3 events unpublished for 1 h 2 min": {"unpublished": 3, "oldest_unpublished_at": NOW - timedelta(minutes=62)},
    "account c-1 parked, 2 inputs: HANDLER_FAILED": {
        "parked": [{"customer_id": "c-1", "inputs": 2, "reason": "HANDLER_FAILED", "since": NOW, "detail": ""}]
    },
    "the scrubber finds 1 account unlike the events": {"scrubbed": {"accounts": 40, "differing": 1, "last_at": NOW}},
    "1 mail in doubt": {"waits": {"mails_in_doubt": 1}},
}
WAITING: dict[str, dict[str, Any]] = {
    "21 records in quarantine": {"quarantined": 21},
    "4 payments conflicting": {"waits": {"payments_conflicted": 4}},
    "1 order held": {"waits": {"orders_held": 1}},
    "2 refunds due": {"waits": {"refunds_due": 2}},
    "a rebuild is not finished: folding": {
        "rebuild": {"outcome": None, "stage": "folding", "started_at": NOW, "finished_at": None}
    },
}  # fmt: skip


class TestAJudgement:
    def test_a_system_at_rest_is_well(self) -> None:
        assert notices(report()) == []
        assert verdict([]) == "all is well"

    def test_a_topic_that_is_gone_is_broken_and_who_writes_it_again_is_named(self) -> None:
        (notice,) = notices(replace(report(), topics_gone=["orders.events"]))
        facts = (notice.is_broken, notice.service, notice.what, notice.look)
        assert facts == (True, "kafka", "topic orders.events is missing", "coterm recover log orders.events")

    @pytest.mark.parametrize("words", BROKEN)
    def test_what_is_broken_is_called_so(self, words: str) -> None:
        (notice,) = notices(report(**BROKEN[words]))
        assert notice.is_broken
        assert words in notice.what

    @pytest.mark.parametrize("words", WAITING)
    def test_what_waits_for_a_decision_is_not_broken(self, words: str) -> None:
        (notice,) = notices(report(**WAITING[words]))
        assert not notice.is_broken
        assert words in notice.what

    def test_what_is_only_just_late_is_none_of_both(self) -> None:
        lag = Lag("orders.events", 99, 100, 1, NOW - timedelta(seconds=60))
        assert notices(report(lags=[lag], unpublished=1, oldest_unpublished_at=NOW - timedelta(seconds=60))) == []

    def test_of_many_parked_accounts_the_first_are_named(self) -> None:
        waiting = [{"customer_id": f"c-{n}", "inputs": 1, "reason": "QUEUED", "since": NOW} for n in range(40)]
        found = [notice.what for notice in notices(report(parked=waiting))]
        assert (len(found), found[-1]) == (6, "35 more accounts parked")

    def test_a_broker_that_is_away_stands_first(self) -> None:
        away = report(quarantined=1)
        away.kafka_away = "Kafka at 127.0.0.1:19092 can't be used: KafkaConnectionError"
        assert [notice.service for notice in notices(away)] == ["kafka", "billing"]


class TestTheWayItIsShown:
    def test_every_notice_stands_on_the_screen_in_the_lines_and_in_json(self) -> None:
        for changes in (BROKEN | WAITING).values():
            shown = report(**changes)
            (notice,) = notices(shown)
            console = Console(file=io.StringIO(), width=220)
            console.print(screen(shown))
            drawn = console.file.getvalue()  # type: ignore[attr-defined]
            assert notice.what in drawn
            assert any(notice.what in line for line in lines(shown))
            written = json.loads(as_json(shown))
            assert (written["holds"], written["notices"][0]["what"]) == (not notice.is_broken, notice.what)

    def test_on_a_narrow_terminal_nothing_is_cut(self) -> None:
        rebuild = {"outcome": "cancelled", "started_at": NOW, "finished_at": NOW - timedelta(minutes=50)}
        console = Console(file=io.StringIO(), width=80)
        console.print(screen(report(rebuild=rebuild)))
        drawn = console.file.getvalue()  # type: ignore[attr-defined]
        assert "…" not in drawn
        for word in ("1,142", "cancelled", "unsent", "(fold"):
            assert word in drawn

    def test_on_80_columns_large_numbers_and_every_notice_stand_whole(self) -> None:
        rebuild = {"outcome": "cancelled", "started_at": NOW, "finished_at": NOW - timedelta(hours=26)}
        busy = report(
            service="notifications",
            events=1_284_123,
            lags=[Lag("orders.events", 1_284_123, 1_284_126, 3, NOW - timedelta(seconds=3725))],
            generation={"schema_name": "generation_0012", "fold_version": 3, "made_at": NOW},
            rebuild=rebuild,
            scrubbed={"accounts": 120_040, "differing": 0, "last_at": NOW},
            parked=[{"customer_id": "c-1795836386697578591", "inputs": 2, "reason": "HANDLER_FAILED", "since": NOW}],
            waits={"payments_conflicted": 4},
        )
        console = Console(file=io.StringIO(), width=80)
        console.print(screen(busy))
        drawn = console.file.getvalue()  # type: ignore[attr-defined]
        assert "…" not in drawn
        for word in ("1,284,123", "scrubbed", "120,040", *(notice.look for notice in notices(busy))):
            assert word in drawn
        words = " ".join(drawn.split())
        assert all(notice.what in words for notice in notices(busy))

    def test_a_service_in_one_line(self) -> None:
        first, second = lines(report())
        assert first == "coterm at 2026-01-15T12:00:00Z, Kafka 127.0.0.1:19092: all is well"
        assert second.split(", ") == [
            "billing: ready", "1,142 events", "100 of 100 records read", "0 behind", "0 unsent", "tables 1 (fold 1)",
            "rebuilt never", "scrubbed 40 fine",
        ]  # fmt: skip

    def test_what_is_late_says_for_how_long(self) -> None:
        held = Lag("orders.events", 99, 99, 0, held_back=2, held_back_since=NOW - timedelta(seconds=4))
        assert notices(report(lags=[held])) == []
        assert "99 of 99 records read, 2 behind for 4 s" in list(lines(report(lags=[held])))[1]
        late = report(lags=[Lag("orders.events", 97, 100, 3, NOW - timedelta(minutes=2))], unpublished=1)
        _, line, *_ = lines(late)
        assert "97 of 100 records read, 3 behind for 2 min, 1 unsent" in line

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (3_725, "1 h 2 min"),
            (90_000, "1 d 1 h"),
            (-5, "0 s"),
        ],
    )
    def test_a_span_is_written_as_people_say_it(self, seconds: int, words: str) -> None:
        assert duration(timedelta(seconds=seconds)) == words
