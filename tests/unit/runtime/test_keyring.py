import asyncio
import base64
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.errors import KeyErased, Unreadable
from runtime.privacy.keyring import CACHE_SECONDS, CustomerKeyring, MemoryKeys
from runtime.privacy.sealing import CustomerKey, lookup_hash, seal, unseal, unwrap, wrap

KEY = CustomerKey("k-1", bytes(range(32)))
PLAIN = {"name": "Rossi Srl", "email": "a@rossi.example"}
LOOKUP = b"l" * 32


class CountingKeys(MemoryKeys):
    """Count the statements; one that is told to fails once."""

    def __init__(self) -> None:
        super().__init__()
        self.ensured: list[list[str]] = []
        self.found: list[list[str]] = []
        self.asked = asyncio.Event()
        self.failure: Exception | None = None

    async def ensure(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        self.ensured.append(list(customers))
        await asyncio.sleep(0)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        return await super().ensure(customers)

    async def find(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        self.found.append(list(customers))
        self.asked.set()
        found = await super().find(customers)
        await asyncio.sleep(0)
        return found


class TestWhenSomethingIsSealed:
    def test_it_opens_to_what_it_was(self) -> None:
        assert unseal(KEY, "c-1", seal(KEY, "c-1", "command", PLAIN)) == PLAIN

    def test_a_retry_seals_to_the_same_bytes_whatever_the_order_of_the_fields(self) -> None:
        turned = dict(reversed(PLAIN.items()))
        assert seal(KEY, "c-1", "command", PLAIN) == seal(KEY, "c-1", "command", turned)

    def test_the_bytes_never_change_from_one_release_to_the_next(self) -> None:
        sealed = seal(KEY, "c-1", "command", PLAIN)
        assert sealed.nonce == "WRurP26EaiyxjuYnwVmbanp7tj5RK34Z"

    def test_nothing_of_it_shows(self) -> None:
        sealed = seal(KEY, "c-1", "command", PLAIN)
        assert b"rossi" not in base64.b64decode(sealed.ciphertext).lower()

    @settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine its texts are made too slowly for it
    @given(
        st.tuples(st.text(), st.dictionaries(st.text(), st.text())),
        st.tuples(st.text(), st.dictionaries(st.text(), st.text())),
    )
    def test_other_content_or_another_command_never_shares_a_nonce(
        self, one: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]]
    ) -> None:
        same = seal(KEY, "c-1", *one).nonce == seal(KEY, "c-1", *other).nonce
        assert same == (one == other)


class TestWhenASealedBlockIsNotWhatItWas:
    def test_another_customer_can_not_open_it(self) -> None:
        with pytest.raises(Unreadable):
            unseal(KEY, "c-2", seal(KEY, "c-1", "command", PLAIN))

    def test_a_changed_byte_is_noticed(self) -> None:
        sealed = seal(KEY, "c-1", "command", PLAIN)
        changed = bytearray(base64.b64decode(sealed.ciphertext))
        changed[0] ^= 1
        with pytest.raises(Unreadable):
            unseal(KEY, "c-1", sealed.model_copy(update={"ciphertext": base64.b64encode(changed).decode()}))

    @pytest.mark.parametrize("nonce", ["", "not base64!", "AAAA"])
    def test_a_nonce_that_is_none_is_noticed(self, nonce: str) -> None:
        sealed = seal(KEY, "c-1", "command", PLAIN)
        with pytest.raises(Unreadable):
            unseal(KEY, "c-1", sealed.model_copy(update={"nonce": nonce}))

    def test_another_key_of_the_customer_means_that_the_first_was_erased(self) -> None:
        with pytest.raises(KeyErased):
            unseal(CustomerKey("k-2", b"x" * 32), "c-1", seal(KEY, "c-1", "command", PLAIN))


class TestWhenAKeyIsWrapped:
    def test_the_master_key_unwraps_it(self) -> None:
        assert unwrap(b"m" * 32, "c-1", "k-1", wrap(b"m" * 32, "c-1", KEY)) == KEY

    @pytest.mark.parametrize(
        ("master", "customer", "key_id"),
        [(b"n" * 32, "c-1", "k-1"), (b"m" * 32, "c-2", "k-1"), (b"m" * 32, "c-1", "k-2")],
    )
    def test_nothing_else_does(self, master: bytes, customer: str, key_id: str) -> None:
        with pytest.raises(Unreadable):
            unwrap(master, customer, key_id, wrap(b"m" * 32, "c-1", KEY))

    def test_its_secret_shows_nowhere(self) -> None:
        assert "secret" not in repr(KEY)


class TestWhenSomethingIsLookedUp:
    def test_kind_value_and_secret_all_count(self) -> None:
        hashes = {
            lookup_hash(LOOKUP, "tax_identifier", "12345670017"),
            lookup_hash(LOOKUP, "username", "12345670017"),
            lookup_hash(LOOKUP, "tax_identifier", "12345670025"),
            lookup_hash(b"m" * 32, "tax_identifier", "12345670017"),
        }
        assert len(hashes) == 4

    def test_the_hash_never_changes(self) -> None:
        expected = "e9bd6e5743628feff3d3feec4a3bc20b"
        assert CustomerKeyring(MemoryKeys(), LOOKUP).lookup("username", "U1")[:32] == expected


class TestWhenACustomerIsErased:
    async def test_what_was_sealed_can_not_be_opened_again(self) -> None:
        keyring = CustomerKeyring(MemoryKeys(), LOOKUP)
        sealed = await keyring.seal("c-1", "command", PLAIN)
        assert await keyring.open("c-1", sealed) == PLAIN
        assert await keyring.erase("c-1")
        with pytest.raises(KeyErased):
            await keyring.open("c-1", sealed)

    async def test_another_process_sees_it_within_seconds(self) -> None:
        now = [100.0]
        keys = MemoryKeys()
        keyring = CustomerKeyring(keys, LOOKUP, lambda: now[0])
        sealed = await keyring.seal("c-1", "command", PLAIN)
        await CustomerKeyring(keys, LOOKUP).erase("c-1")
        now[0] += CACHE_SECONDS + 0.1
        with pytest.raises(KeyErased):
            await keyring.open("c-1", sealed)

    async def test_erasing_twice_names_the_same_key_and_a_stranger_has_none(self) -> None:
        keyring = CustomerKeyring(MemoryKeys(), LOOKUP)
        sealed = await keyring.seal("c-1", "command", PLAIN)
        erased = [await keyring.erase("c-1"), await keyring.erase("c-1"), await keyring.erase("c-9")]
        assert erased == [sealed.key_id, sealed.key_id, None]

    async def test_who_comes_back_gets_another_key_and_the_past_stays_shut(self) -> None:
        keyring = CustomerKeyring(MemoryKeys(), LOOKUP)
        before = await keyring.seal("c-1", "command", PLAIN)
        await keyring.erase("c-1")
        after = await keyring.seal("c-1", "command", PLAIN)
        assert after.key_id != before.key_id
        assert await keyring.open("c-1", after) == PLAIN
        with pytest.raises(KeyErased):
            await keyring.open("c-1", before)


class TestWhenManyNeedAKeyAtOnce:
    async def test_they_share_a_statement(self) -> None:
        keys = CountingKeys()
        keyring = CustomerKeyring(keys, LOOKUP)
        customers = [f"c-{n % 10}" for n in range(40)]
        await asyncio.gather(*(keyring.seal(customer, "command", PLAIN) for customer in customers))
        assert [sorted(batch) for batch in keys.ensured] == [sorted(set(customers))]

    async def test_those_who_open_share_one_too(self) -> None:
        keys = CountingKeys()
        writer = CustomerKeyring(keys, LOOKUP)
        blocks = {customer: await writer.seal(customer, "command", PLAIN) for customer in ("c-1", "c-2", "c-3")}
        reader = CustomerKeyring(keys, LOOKUP)
        await asyncio.gather(*(reader.open(customer, block) for customer, block in blocks.items()))
        assert keys.found == [["c-1", "c-2", "c-3"]]

    async def test_a_key_that_is_erased_while_it_is_read_is_not_remembered(self) -> None:
        keys = CountingKeys()
        sealed = await CustomerKeyring(keys, LOOKUP).seal("c-1", "command", PLAIN)
        keyring = CustomerKeyring(keys, LOOKUP)
        opening = asyncio.create_task(keyring.open("c-1", sealed))
        await keys.asked.wait()
        await keyring.erase("c-1")
        await opening
        with pytest.raises(KeyErased):
            await keyring.open("c-1", sealed)

    async def test_a_remembered_key_needs_none(self) -> None:
        keys = CountingKeys()
        keyring = CustomerKeyring(keys, LOOKUP)
        await keyring.seal("c-1", "command", PLAIN)
        await keyring.seal("c-1", "another", PLAIN)
        assert len(keys.ensured) == 1

    async def test_a_failure_reaches_all_who_wait_and_the_next_try_works(self) -> None:
        keys = CountingKeys()
        keys.failure = ConnectionError("gone")
        keyring = CustomerKeyring(keys, LOOKUP)
        both = (keyring.seal("c-1", "a", PLAIN), keyring.seal("c-2", "a", PLAIN))
        assert all(
            isinstance(result, ConnectionError) for result in await asyncio.gather(*both, return_exceptions=True)
        )
        assert await keyring.open("c-1", await keyring.seal("c-1", "a", PLAIN)) == PLAIN

    async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(self) -> None:
        keyring = CustomerKeyring(CountingKeys(), LOOKUP)
        impatient = asyncio.create_task(keyring.seal("c-1", "a", PLAIN))
        patient = asyncio.create_task(keyring.seal("c-1", "b", PLAIN))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await keyring.open("c-1", await patient) == PLAIN
