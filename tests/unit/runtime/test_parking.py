"""What of a storefront's record can be read while it waits, and by whom?"""

from uuid import UUID

import pytest

from runtime.errors import KeyErased
from runtime.privacy.keyring import CustomerKeyring, MemoryKeys
from runtime.privacy.parked_input import opened, sealed
from runtime.service import Incoming, RawRecord

WAITING = Incoming("storefront.OrderSubmitted.v1", UUID(int=7), "c-1", None)


@pytest.fixture
def keyring() -> CustomerKeyring:
    return CustomerKeyring(MemoryKeys(), b"l" * 32)


class TestWhileItWaits:
    @pytest.mark.parametrize("value", [b'{"name": "Rossi Srl"}', b"\x00\xff\xfe", b"", None])
    async def test_it_is_shut_and_opens_as_it_came(self, keyring: CustomerKeyring, value: bytes | None) -> None:
        raw = RawRecord(b"c-1", value, (("ce_type", b"x"), ("name", b"Rossi\xff")), is_clear=True)
        block = await sealed(keyring, WAITING, raw)
        assert "Rossi" not in block.model_dump_json()
        assert await opened(keyring, "c-1", b"c-1", block) == raw
        assert await sealed(keyring, WAITING, raw) == block

    async def test_it_stays_shut_once_its_customer_is_erased(self, keyring: CustomerKeyring) -> None:
        block = await sealed(keyring, WAITING, RawRecord(b"c-1", b"{}", is_clear=True))
        await keyring.erase("c-1")
        with pytest.raises(KeyErased):
            await opened(keyring, "c-1", b"c-1", block)
