"""Does the scrubber see every place in which an account is not what its events say, and nothing else?"""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from runtime.commit.page import Expected, Position
from runtime.repair.scrubbing import Account, Deviation, scrub
from tests.integration.pages import BILLING, PARTITION, InMemory, placed, put


@pytest.fixture
async def account() -> Account:
    held = InMemory()
    await held.start(0)
    expected: Expected = {PARTITION: Position(0)}
    await put(held, expected, [placed(0, "c-1", 1), placed(1, "c-1", 2)])
    kept = held.store.contents
    version, state = kept.states["c-1"]
    return Account("c-1", [row.recorded.value for row in kept.journal], version, state, kept.rows)


class TestWhenNothingIsDamaged:
    async def test_nothing_is_told(self, account: Account) -> None:
        assert account.version > 1
        assert any(account.rows.values())
        assert scrub(BILLING, account) == []


class TestWhenSomethingIsDamaged:
    async def test_a_row_is_named_with_its_column_and_both_values(self, account: Account) -> None:
        table, key, row = _first_row(account)
        rows = {**account.rows, table: {**account.rows[table], key: msgspec.structs.replace(row, total_cents=1)}}
        assert scrub(BILLING, replace(account, rows=rows)) == [
            Deviation(table, "/".join(map(str, key)), "total_cents", 1, row.total_cents)
        ]

    async def test_a_row_that_is_missing_is_named(self, account: Account) -> None:
        table, key, _ = _first_row(account)
        rows = {**account.rows, table: {other: row for other, row in account.rows[table].items() if other != key}}
        (found,) = scrub(BILLING, replace(account, rows=rows))
        assert (found.table, found.key, found.live) == (table, "/".join(map(str, key)), None)

    async def test_a_state_is_named_with_the_path_in_it(self, account: Account) -> None:
        state = (account.state or b"").replace(b"{", b'{"stray":1,', 1)
        assert scrub(BILLING, replace(account, state=state)) == [Deviation("accounts", "", "stray", 1, None)]

    async def test_a_state_of_other_bytes_and_the_same_values_is_named(self, account: Account) -> None:
        (found,) = scrub(BILLING, replace(account, state=b" " + (account.state or b"")))
        assert (found.table, found.path) == ("accounts", "bytes")

    async def test_a_version_that_ran_ahead_is_named(self, account: Account) -> None:
        ahead = account.version + 1
        assert scrub(BILLING, replace(account, version=ahead)) == [
            Deviation("accounts", "", "version", ahead, account.version)
        ]

    async def test_an_event_that_says_it_left_another_state_is_named(self, account: Account) -> None:
        bent = account.events[-1].replace(b'"statefp":"1:', b'"statefp":"1:0')
        (found,) = scrub(BILLING, replace(account, events=[*account.events[:-1], bent]))
        assert (found.table, found.key, found.path) == ("journal", str(account.version), "statefp")

    async def test_an_event_that_is_missing_is_named(self, account: Account) -> None:
        found = scrub(BILLING, replace(account, events=account.events[1:]))
        assert found[0] == Deviation("journal", "", "version", None, "version 1 is missing")

    async def test_an_event_that_cannot_be_folded_is_named(self, account: Account) -> None:
        (found,) = scrub(BILLING, replace(account, events=[b"{"]))
        assert (found.path, "no structured CloudEvent" in str(found.folded)) == ("fold", True)


def _first_row(account: Account) -> tuple[str, Any, Any]:
    table = "charges"
    key, row = next(iter(account.rows[table].items()))
    return table, key, row
