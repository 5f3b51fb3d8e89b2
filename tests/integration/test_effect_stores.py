"""Do the two stores of effects keep the same promises?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg
import pytest

from runtime.effect import Effect, EffectStore, Verdict
from runtime.postgres.effects import PostgresEffects
from runtime.postgres.migrate import migrate
from runtime.service import Fate
from tests.unit.runtime.effects_memory import MemoryEffects

NAMES = UUID("33333333-3333-5333-8333-333333333333")
JOURNAL = """
INSERT INTO runtime.journal (customer_id, version, event_id, type, bucket, value, last_of_input, cause_id, recorded_at,
                             published_partition, published_offset)
VALUES ('c-1', $1, $2, 'notifications.EmailRequested.v1', 0, '{}', true, $2, now(), 0, $3)"""
INTEND = """
INSERT INTO runtime.effects (effect_id, kind, customer_id, event_id, payload)
VALUES ($1, 'email', 'c-1', $1, '{"n": 1}')"""


def effect(number: int) -> Effect:
    name = uuid5(NAMES, str(number))
    return Effect(name, "email", "c-1", name, {"n": 1})


@dataclass
class Held:
    """A store under test, a way to intend, and a second instance of it."""

    store: EffectStore
    intend: Callable[[int, bool], Awaitable[None]]
    other: EffectStore


@pytest.fixture
async def postgres(databases: dict[str, dict[str, str]]) -> AsyncIterator[Held]:
    await migrate(databases["notifications"]["owner"], "service")
    owner = await asyncpg.connect(databases["notifications"]["owner"])
    await owner.execute("TRUNCATE runtime.effects, runtime.journal, runtime.secrets_in_hand")

    async def intend(number: int, published: bool) -> None:
        name = effect(number).effect_id
        await owner.execute(JOURNAL, number, name, number if published else None)
        await owner.execute(INTEND, name)

    dsn = databases["notifications"]["owner"]
    first, second = PostgresEffects(dsn, "notifications"), PostgresEffects(dsn, "notifications")
    yield Held(first, intend, second)
    await first.close()
    await second.close()
    await owner.close()


def in_memory() -> Held:
    store = MemoryEffects()

    async def intend(number: int, published: bool) -> None:
        store.intend(effect(number), published=published)

    return Held(store, intend, MemoryEffects(store.rows, leading=False))


@pytest.fixture(params=["memory", "postgres"])
def held(request: pytest.FixtureRequest) -> Held:
    held: Held = in_memory() if request.param == "memory" else request.getfixturevalue("postgres")
    return held


class TestIntents:
    async def test_only_what_kafka_has_is_due_oldest_first(self, held: Held) -> None:
        assert await held.store.lead()
        for number, published in ((1, True), (2, False), (3, True)):
            await held.intend(number, published)
        assert await held.store.due(["email"], [], 10) == [effect(1), effect(3)]
        assert await held.store.due(["email"], [effect(1).effect_id], 10) == [effect(3)]
        assert await held.store.due(["email"], [], 1) == [effect(1)]
        assert await held.store.due(["letter"], [], 10) == []

    async def test_one_begins_once(self, held: Held) -> None:
        assert await held.store.lead()
        await held.intend(1, True)
        name = effect(1).effect_id
        assert [await held.store.begin(name), await held.store.begin(name)] == [True, False]
        assert await held.store.due(["email"], [], 10) == []
        assert await held.store.interrupted([]) == [effect(1)]
        assert await held.store.interrupted([name]) == []

    async def test_one_that_two_ask_for_at_once_is_begun_for_one_of_them(self, held: Held) -> None:
        assert await held.store.lead()
        for number in (1, 2):
            await held.intend(number, True)
        names = [effect(number).effect_id for number in (1, 2, 1)]
        assert await asyncio.gather(*map(held.store.begin, names)) == [True, True, False]

    async def test_who_does_not_lead_begins_nothing(self, held: Held) -> None:
        assert await held.store.lead()
        assert await held.store.lead()
        assert not await held.other.lead()
        await held.intend(1, True)
        assert not await held.other.begin(effect(1).effect_id)

    async def test_what_is_tried_again_is_due_with_its_attempts(self, held: Held) -> None:
        assert await held.store.lead()
        await held.intend(1, True)
        await held.store.begin(effect(1).effect_id)
        await held.store.again(effect(1).effect_id)
        (again,) = await held.store.due(["email"], [], 10)
        assert again.attempts == 1


class TestVerdicts:
    async def test_one_is_kept_until_it_is_recorded(self, held: Held) -> None:
        assert await held.store.lead()
        await held.intend(1, True)
        await held.store.begin(effect(1).effect_id)
        verdict = Verdict(Fate.FAILED, "REFUSED_BY_SERVER", 550)
        await held.store.settle(effect(1).effect_id, verdict)
        assert await held.store.unrecorded(10) == [(effect(1), verdict)]
        await held.store.recorded([effect(1).effect_id])
        assert await held.store.unrecorded(10) == []

    async def test_those_that_end_together_each_keep_their_own(self, held: Held) -> None:
        assert await held.store.lead()
        ends = [Verdict(Fate.SENT), Verdict(Fate.FAILED, "REFUSED_BY_SERVER", 550), Verdict(Fate.IN_DOUBT)]
        verdicts = {effect(number).effect_id: verdict for number, verdict in enumerate(ends, start=1)}
        for number, _ in enumerate(ends, start=1):
            await held.intend(number, True)
        await asyncio.gather(*map(held.store.begin, verdicts))
        await asyncio.gather(*(held.store.settle(name, verdict) for name, verdict in verdicts.items()))
        assert {ended.effect_id: verdict for ended, verdict in await held.store.unrecorded(10)} == verdicts

    async def test_a_late_answer_resolves_a_doubt_and_nothing_else_changes(self, held: Held) -> None:
        assert await held.store.lead()
        await held.intend(1, True)
        name = effect(1).effect_id
        await held.store.begin(name)
        await held.store.settle(name, Verdict(Fate.IN_DOUBT))
        await held.store.settle(name, Verdict(Fate.FAILED, "LATE"))
        assert await held.store.unrecorded(10) == [(effect(1), Verdict(Fate.IN_DOUBT))]
        await held.store.settle(name, Verdict(Fate.SENT))
        await held.store.settle(name, Verdict(Fate.IN_DOUBT))
        assert await held.store.unrecorded(10) == [(effect(1), Verdict(Fate.SENT))]


class TestWhenTheLeaderIsGone:
    async def test_another_leads(self, postgres: Held) -> None:
        assert await postgres.store.lead()
        assert not await postgres.other.lead()
        await postgres.store.close()
        assert await postgres.other.lead()
        await postgres.intend(1, True)
        assert not await postgres.store.begin(effect(1).effect_id)
        assert await postgres.other.begin(effect(1).effect_id)


class TestSecretsInHand:
    async def test_a_box_is_read_until_it_is_forgotten(
        self, databases: dict[str, dict[str, str]], postgres: Held
    ) -> None:
        store = postgres.store
        assert isinstance(store, PostgresEffects)
        owner = await asyncpg.connect(databases["notifications"]["owner"])
        await owner.execute(
            "INSERT INTO runtime.secrets_in_hand (credential_id, customer_id, box, expires_at) "
            "VALUES ('cr-1', 'c-1', 'sealed', '2026-01-18T10:00:00Z')"
        )
        assert await store.secret("cr-1") == b"sealed"
        await owner.execute("DELETE FROM runtime.secrets_in_hand")
        await owner.close()
        assert await store.secret("cr-1") is None
