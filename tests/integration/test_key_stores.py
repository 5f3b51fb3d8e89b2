"""Do the two stores of keys keep the same promises?"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from runtime.errors import KeyErased, Unreadable
from runtime.postgres.keys import PostgresKeys
from runtime.postgres.migrate import migrate
from runtime.privacy.keyring import CustomerKeyring, KeyStore, MemoryKeys

MASTER = b"m" * 32
PLAIN = {"name": "Rossi Srl"}


@pytest.fixture
async def postgres_keys(databases: dict[str, dict[str, str]]) -> AsyncIterator[PostgresKeys]:
    await migrate(databases["keyring"]["owner"], "keyring")
    owner = await asyncpg.connect(databases["keyring"]["owner"])
    await owner.execute("TRUNCATE customer_keys")
    await owner.close()
    keys = await PostgresKeys.connect(databases["keyring"]["app"], MASTER)
    yield keys
    await keys.close()


@pytest.fixture(params=["memory", "postgres"])
def keys(request: pytest.FixtureRequest) -> KeyStore:
    store: KeyStore = MemoryKeys() if request.param == "memory" else request.getfixturevalue("postgres_keys")
    return store


class TestWhenCustomersNeedKeys:
    async def test_each_gets_its_own_and_keeps_it(self, keys: KeyStore) -> None:
        first = await keys.ensure(["c-1", "c-2"])
        second = await keys.ensure(["c-2", "c-1", "c-3"])
        assert first["c-1"].secret != first["c-2"].secret
        assert {name: second[name] for name in first} == first
        assert await keys.find(["c-1", "c-3", "c-9"]) == {"c-1": first["c-1"], "c-3": second["c-3"]}

    async def test_many_who_ask_at_once_get_the_same(self, keys: KeyStore) -> None:
        answers = await asyncio.gather(*(keys.ensure(["c-1", "c-2"]) for _ in range(8)))
        assert all(answer == answers[0] for answer in answers)

    async def test_nobody_needs_nothing(self, keys: KeyStore) -> None:
        assert await keys.ensure([]) == {}
        assert await keys.find([]) == {}


class TestWhenAKeyIsErased:
    async def test_it_is_gone(self, keys: KeyStore) -> None:
        made = await keys.ensure(["c-1"])
        assert await keys.erase("c-1") == made["c-1"].key_id
        assert await keys.find(["c-1"]) == {}

    async def test_erasing_again_names_the_same_and_a_stranger_has_none(self, keys: KeyStore) -> None:
        key = (await keys.ensure(["c-1"]))["c-1"].key_id
        assert [await keys.name("c-1"), await keys.name("c-9")] == [key, None]
        assert [await keys.erase("c-1"), await keys.erase("c-1"), await keys.erase("c-9")] == [key, key, None]
        assert await keys.name("c-1") == key

    async def test_who_comes_back_gets_another(self, keys: KeyStore) -> None:
        before = await keys.ensure(["c-1"])
        await keys.erase("c-1")
        after = await keys.ensure(["c-1"])
        assert after["c-1"].key_id != before["c-1"].key_id
        assert await keys.erase("c-1") == after["c-1"].key_id

    async def test_what_it_sealed_stays_shut(self, keys: KeyStore) -> None:
        keyring = CustomerKeyring(keys, b"l" * 32)
        sealed = await keyring.seal("c-1", "command", PLAIN)
        assert await keyring.open("c-1", sealed) == PLAIN
        await keyring.erase("c-1")
        with pytest.raises(KeyErased):
            await keyring.open("c-1", sealed)


class TestWhenTheKeysAreInPostgres:
    async def test_no_key_stands_there_in_the_clear_and_an_erased_one_not_at_all(
        self, postgres_keys: PostgresKeys, databases: dict[str, dict[str, str]]
    ) -> None:
        made = await postgres_keys.ensure(["c-1", "c-2"])
        await postgres_keys.erase("c-2")
        reader = await asyncpg.connect(databases["keyring"]["app"])
        rows = {row["customer_id"]: row for row in await reader.fetch("SELECT * FROM customer_keys")}
        await reader.close()
        assert made["c-1"].secret not in rows["c-1"]["wrapped"]
        assert rows["c-2"]["wrapped"] is None
        assert rows["c-2"]["erased_at"] is not None

    async def test_another_master_key_opens_none(
        self, postgres_keys: PostgresKeys, databases: dict[str, dict[str, str]]
    ) -> None:
        await postgres_keys.ensure(["c-1"])
        stranger = await PostgresKeys.connect(databases["keyring"]["app"], b"n" * 32)
        with pytest.raises(Unreadable):
            await stranger.find(["c-1"])
        await stranger.close()

    async def test_a_second_process_finds_what_the_first_made(
        self, postgres_keys: PostgresKeys, databases: dict[str, dict[str, str]]
    ) -> None:
        made = await postgres_keys.ensure(["c-1"])
        second = await PostgresKeys.connect(databases["keyring"]["app"], MASTER)
        assert await second.ensure(["c-1"]) == made
        await second.close()
