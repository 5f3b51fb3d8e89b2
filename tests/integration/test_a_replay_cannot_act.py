"""Could a replay send a mail, charge a customer or write history? It only folds, and its role may do nothing else."""

import asyncpg
import pytest

from runtime.commit.page import Position
from runtime.fold.replay import fold_values
from runtime.postgres.store import PostgresStore
from tests.integration.pages import BILLING, PARTITION, InPostgres, placed, put
from tests.integration.test_commit_page import empty_database

ACTS = {
    "read the journal": "SELECT count(*) FROM runtime.journal",
    "write history": "UPDATE runtime.journal SET published_offset = NULL",
    "ask for a mail": "INSERT INTO runtime.effects (effect_id, kind, customer_id, event_id, payload) "
    "VALUES (gen_random_uuid(), 'email', 'c-1', gen_random_uuid(), '{}')",
    "move a position": "UPDATE runtime.positions SET next_offset = 0",
    "change a live row": "DELETE FROM live.accounts",
}


class TestTheRoleOfARebuild:
    @pytest.mark.parametrize("act", ACTS)
    async def test_it_tries_and_is_refused(self, databases: dict[str, dict[str, str]], act: str) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        rebuilder = await asyncpg.connect(roles["rebuilder"])
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await rebuilder.execute(ACTS[act])
        finally:
            await rebuilder.close()


class TestAFold:
    async def test_it_equals_what_the_page_left_and_changes_nothing(self, databases: dict[str, dict[str, str]]) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        held = InPostgres(roles["app"], PostgresStore(roles["app"], BILLING))
        await held.start(0)
        await put(held, {PARTITION: Position(0)}, [placed(n, f"c-{n % 7}", n // 7 + 1) for n in range(35)])
        before = await held.contents()
        folded = fold_values(BILLING, [value for _, _, _, value in before.journal])
        assert await held.contents() == before
        assert {
            customer: (version, state.decode()) for customer, (version, state) in folded.states.items()
        } == before.states
        assert {table: sorted(map(repr, rows.values())) for table, rows in folded.rows.items() if rows} == before.rows
        assert (folded.compared, folded.mismatches, folded.gaps) == (35, [], [])
        await held.store.close()

    async def test_an_event_that_was_tampered_with_is_named(self, databases: dict[str, dict[str, str]]) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        held = InPostgres(roles["app"], PostgresStore(roles["app"], BILLING))
        await held.start(0)
        await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1), placed(1, "c-2", 1)])
        values = [value for _, _, _, value in (await held.contents()).journal]
        forged = [value.replace(b'"statefp":"1:', b'"statefp":"1:f') if b"c-2" in value else value for value in values]
        (mismatch,) = fold_values(BILLING, forged).mismatches
        assert (mismatch.customer_id, mismatch.version) == ("c-2", 2)
        await held.store.close()
