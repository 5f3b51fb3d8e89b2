"""Is every service's state the fold of its own topic alone? Compared byte for byte with the live tables."""

from collections.abc import Iterable

import pytest
import pytest_asyncio

from operations.reading import survey
from operations.surroundings import SERVICES, declaration, find
from operations.verify.gathering import drain
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from runtime.fold.replay import fold_values
from runtime.kafka.log import LogRecord
from runtime.postgres.inspection import inspection
from runtime.projection import Key
from runtime.wire.codec import encode_state
from tests.arena import Arena


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sold(arena: Arena) -> None:
    """Let real orders run: a bundle, an extension, a surplus, a cancellation, a renewal of nothing, bad intake."""
    stage = arena.stage
    await stage.at("2026-01-15T09:00:00+00:00")
    await stage.buy(stage.names.buyer(), E_INVOICING, DOCUMENTS, way="structured")
    owner = stage.names.buyer()
    await stage.buy(owner, E_INVOICING)
    await stage.signed_in(owner)
    closed = await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
    await stage.pay(closed, 100)
    await stage.front.cancel(closed["order_id"])
    await stage.publisher.send(b"nobody", b"{no json")
    await stage.at("2026-03-15T09:00:00+00:00")
    order = await stage.add_documents(owner)
    await stage.pay(order, order["total_cents"] + 500)
    await stage.order_is(order["order_id"], "ACTIVATED")


@pytest.mark.usefixtures("sold")
class TestWhenAServiceIsFoldedFromItsOwnTopic:
    @pytest.mark.parametrize("name", SERVICES)
    async def test_it_is_what_the_live_tables_hold(self, arena: Arena, name: str) -> None:
        where = find(arena.layout.endpoints)
        assert await drain(where, 60) == ""
        service = declaration(name)
        log = await survey(where.brokers, [service.topic])
        records = [record for records in log.records.values() for record in records]

        folded = fold_values(service, _values(records))

        assert (folded.mismatches, folded.gaps) == ([], [])
        assert folded.compared >= len(folded.states) > 1
        async with inspection(where.dsn(name)) as live:
            accounts = {row["customer_id"]: row for row in await live.fetch("accounts") if row["version"]}
            kept = {account: (row["version"], row["state"].encode()) for account, row in accounts.items()}
            assert folded.states == kept
            for projection in service.projections:
                rows = await live.rows(projection)
                assert _bytes(folded.rows[projection.table].items()) == _bytes(rows.items()), projection.table

    @pytest.mark.parametrize("name", SERVICES)
    async def test_neither_order_across_accounts_nor_repetition_changes_it(self, arena: Arena, name: str) -> None:
        service = declaration(name)
        log = await survey(find(arena.layout.endpoints).brokers, [service.topic])
        records = [record for records in log.records.values() for record in records]

        assert fold_values(service, _values(_shuffled(records))).states == fold_values(service, _values(records)).states
        assert fold_values(service, _values(records + records)).rows == fold_values(service, _values(records)).rows


@pytest.mark.usefixtures("sold")
class TestWhenAnEventIsMissing:
    async def test_its_account_is_folded_up_to_there_and_the_gap_is_named(self, arena: Arena) -> None:
        service = declaration("orders")
        log = await survey(find(arena.layout.endpoints).brokers, [service.topic])
        records = [record for records in log.records.values() for record in records]
        whole = fold_values(service, _values(records))
        account = next(name for name, (version, _) in whole.states.items() if version > 3)
        second = next(r for r in records if r.key == account.encode() and (b"sequence", b"2") in _headers(r))

        folded = fold_values(service, [record.value for record in records if record.value != second.value])

        assert [(gap.customer_id, gap.version) for gap in folded.gaps] == [(account, 2)]
        assert folded.states[account][0] == 1


def _values(records: Iterable[LogRecord]) -> list[bytes | None]:
    return [record.value for record in records]


def _headers(record: LogRecord) -> set[tuple[bytes, bytes]]:
    return {(name.encode(), value) for name, value in record.headers}


def _shuffled(records: list[LogRecord]) -> list[LogRecord]:
    """Put the last account first, and each account's records backwards."""
    return sorted(records, key=lambda record: (record.key or b"", record.offset), reverse=True)


def _bytes(rows: Iterable[tuple[Key, object]]) -> dict[str, bytes]:
    return {"/".join(map(str, key)): encode_state(row) for key, row in rows}
