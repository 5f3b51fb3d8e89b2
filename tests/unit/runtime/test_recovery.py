"""Does a lost database come back from its topic as it was, and does it say so when the topic can't tell?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from runtime.commit.page import Expected, Position
from runtime.ids import command_id, effect_id, event_id
from runtime.kafka.log import LogRecord
from runtime.repair.lost_rows import Cause, Recovered, Trouble, cause_of, recover
from runtime.service import Fate
from runtime.wire.codec import decode_attributes, decode_event, encode_event, encode_state
from runtime.wire.fingerprint import fingerprint_of
from schemas.envelope import Event
from schemas.notifications import EmailFailed, EmailInDoubt, EmailRequested, EmailSent
from schemas.topics import BILLING_EVENTS, NOTIFICATIONS_EVENTS, ORDERS_EVENTS
from services.notifications.declaration import EMAIL
from services.notifications.declaration import declare as notifications
from tests.integration.pages import BILLING, NOW, PARTITION, InMemory, placed, put

MAILS = notifications()
History = tuple[InMemory, list[LogRecord], list[LogRecord]]


@pytest.fixture
async def history() -> History:
    """Be a billing that has priced three orders of two accounts, with the records it read and those it wrote."""
    held = InMemory()
    await held.start(0)
    expected: Expected = {PARTITION: Position(0)}
    read = [placed(0, "c-1", 1), placed(1, "c-2", 1), placed(2, "c-1", 2)]
    await put(held, expected, read)
    written = [
        LogRecord(BILLING_EVENTS, 3, place, row.recorded.customer_id.encode(), row.recorded.value, ())
        for place, row in enumerate(held.store.contents.journal)
    ]
    return held, read, written


def _again(read: Sequence[LogRecord], written: Sequence[LogRecord]) -> Recovered:
    return recover(BILLING, written, dict(cause_of(record, ORDERS_EVENTS) for record in read))


class TestWhenTheTopicIsWhole:
    async def test_states_rows_and_the_inbox_come_back(self, history: History) -> None:
        held, read, written = history
        found, before = _again(read, written), held.store.contents
        assert found.troubles == []
        assert found.states == before.states
        assert {table: rows for table, rows in found.rows.items() if rows} == {
            table: rows for table, rows in before.rows.items() if rows
        }
        assert found.inbox == before.seen == {(ORDERS_EVENTS, "c-1"): 2, (ORDERS_EVENTS, "c-2"): 1}
        assert found.compared == 3

    async def test_each_journal_row_comes_back_with_its_place_and_its_cause(self, history: History) -> None:
        held, read, written = history
        lines = _again(read, written).journal
        assert [
            (line.event_id, line.customer_id, line.version, line.value, line.type, line.bucket) for line in lines
        ] == [
            (
                row.recorded.event_id,
                row.recorded.customer_id,
                row.recorded.version,
                row.recorded.value,
                row.type,
                row.bucket,
            )
            for row in held.store.contents.journal
        ]
        assert [(line.partition, line.offset) for line in lines] == [(3, place) for place in range(len(written))]
        assert [line.last_of_input for line in lines] == [row.last_of_input for row in held.store.contents.journal]
        assert {line.recorded_at for line in lines} == {NOW}
        assert lines[-1].cause == Cause(ORDERS_EVENTS, 2, 3, 2)

    async def test_a_record_that_was_sent_twice_counts_once(self, history: History) -> None:
        _, read, written = history
        twice = [*written, replace(written[0], offset=len(written))]
        found = _again(read, twice)
        assert (found.troubles, found.repeated) == ([], 1)
        assert found.journal[0].offset == 0
        assert found.states == _again(read, written).states


class TestWhenTheTopicCannotTell:
    async def test_a_version_that_is_missing_is_named(self, history: History) -> None:
        _, read, written = history
        (trouble, *_) = _troubles(read, written[1:])
        assert (trouble.customer_id, trouble.what) == ("c-1", "version 1 is missing")

    async def test_an_event_without_a_version_is_named(self, history: History) -> None:
        _, read, written = history
        bare = replace(written[0], value=(written[0].value or b"").replace(b'"sequence":"1",', b""))
        (trouble, *_) = _troubles(read, [bare])
        assert (trouble.offset, "has no version" in trouble.what) == (written[0].offset, True)

    async def test_a_copy_with_other_bytes_is_named(self, history: History) -> None:
        _, read, written = history
        bent = replace(
            written[0], offset=99, value=(written[0].value or b"").replace(b'"sequence":"1"', b'"sequence":"1" ')
        )
        (trouble,) = _troubles(read, [*written, bent])
        assert (trouble.offset, trouble.what) == (99, "has other bytes than its first copy")

    async def test_a_cause_that_no_neighbour_knows_is_named(self, history: History) -> None:
        _, read, written = history
        troubles = _troubles(read[:-1], written)
        assert {trouble.customer_id for trouble in troubles} == {"c-1"}
        assert all("is in no neighbour's topic" in trouble.what for trouble in troubles)

    async def test_an_input_whose_end_is_missing_is_named(self, history: History) -> None:
        _, read, written = history
        (trouble,) = _troubles(read, written[:-1])
        assert trouble.what == "the last event of its input is missing"

    async def test_a_state_that_is_not_the_one_its_event_left_is_named(self, history: History) -> None:
        _, read, written = history
        value = (written[-1].value or b"").replace(b'"statefp":"1:', b'"statefp":"1:0')
        (trouble,) = _troubles(read, [*written[:-1], replace(written[-1], value=value)])
        assert "its fold leaves 1:" in trouble.what

    async def test_what_is_no_event_is_named(self, history: History) -> None:
        _, read, written = history
        (trouble,) = _troubles(read, [*written, replace(written[0], offset=7, value=b"{")])
        assert (trouble.offset, trouble.what.startswith("can't be read")) == (7, True)


class TestWhenActsWereAskedFor:
    def test_one_without_an_outcome_is_in_doubt_never_intended(self) -> None:
        (effect,) = _mails(_example(EmailRequested)).effects.values()
        assert (effect.fate, effect.state) == (None, Fate.IN_DOUBT)
        assert effect.effect_id == effect_id(effect.event_id, EMAIL)
        assert effect.payload == encode_state(_example(EmailRequested).model_dump(mode="json"))

    @pytest.mark.parametrize(
        ("kind", "fate"), [(EmailSent, Fate.SENT), (EmailFailed, Fate.FAILED), (EmailInDoubt, Fate.IN_DOUBT)]
    )
    def test_an_outcome_that_was_told_stands(self, kind: type[Event], fate: Fate) -> None:
        found = _mails(_example(EmailRequested), _example(kind))
        assert [effect.fate for effect in found.effects.values()] == [fate]
        assert found.in_doubt == 0

    def test_a_doubt_that_an_operator_resolved_stays_one_in_the_ledger_for_nobody_saw_it_leave(self) -> None:
        confirmed = _example(EmailSent).model_copy(update={"confirmed_by_operator": True})
        found = _mails(_example(EmailRequested), _example(EmailInDoubt), confirmed)
        assert [effect.fate for effect in found.effects.values()] == [Fate.IN_DOUBT]

    def test_the_outcome_of_another_mail_says_nothing(self) -> None:
        other = _example(EmailSent).model_copy(update={"email_id": str(command_id("test", "another"))})
        assert _mails(_example(EmailRequested), other).in_doubt == 1


def _troubles(read: Sequence[LogRecord], written: Sequence[LogRecord]) -> list[Trouble]:
    return _again(read, written).troubles


def _example(kind: type[Event]) -> Any:
    event = decode_event(decode_attributes(Path(f"schemas/examples/{kind.EVENT_TYPE}.json").read_bytes()))
    return event.model_copy(update={"customer_id": "c-1", "email_id": str(command_id("test", "mail"))})


def _mails(*events: Event) -> Recovered:
    state, records = MAILS.initial(), []
    for version, event in enumerate(events, 1):
        state = MAILS.evolve(state, event)
        cause: UUID = command_id("test", str(version))
        value = encode_event(
            event,
            service="notifications",
            event_id=event_id(cause, "notifications", 0),
            version=version,
            at=datetime(2026, 1, 15, tzinfo=UTC),
            causation=cause,
            correlation=None,
            cause_sequence=None,
            fingerprint=fingerprint_of(MAILS.fold_version, encode_state(state)),
            traceparent=None,
        )
        records.append(LogRecord(NOTIFICATIONS_EVENTS, 3, version, b"c-1", value, ()))
    found = recover(MAILS, records, {})
    assert found.troubles == []
    return found
