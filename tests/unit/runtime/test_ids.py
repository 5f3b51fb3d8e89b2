from uuid import UUID

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from runtime.ids import command_id, effect_id, event_id, lock_key, partition_of

CAUSE = UUID("00000000-0000-0000-0000-000000000001")


class TestWhenAnIdIsDerived:
    def test_the_same_cause_gives_the_same_id(self) -> None:
        assert command_id("storefront.OrderSubmitted", "o-1") == command_id("storefront.OrderSubmitted", "o-1")
        assert event_id(CAUSE, "orders", 0) == event_id(CAUSE, "orders", 0)

    def test_another_cause_service_or_place_gives_another(self) -> None:
        ids = {
            event_id(CAUSE, "orders", 0),
            event_id(CAUSE, "orders", 1),
            event_id(CAUSE, "billing", 0),
            event_id(command_id("x", "y"), "orders", 0),
            effect_id(CAUSE, "email"),
            command_id("storefront.OrderSubmitted", "o-1"),
            command_id("storefront.PaymentReceived", "o-1"),
        }
        assert len(ids) == 7

    def test_published_ids_never_change(self) -> None:
        assert command_id("storefront.OrderSubmitted", "o-1") == UUID("a0e2cb40-4c74-5eb8-b332-544cb77aadf4")
        assert event_id(CAUSE, "orders", 0) == UUID("9ccab50f-7fd3-5d3e-8eb2-e2276b626e3e")


class TestWhenAPartitionIsChosen:
    @given(st.text())
    def test_it_is_the_one_that_kafkas_own_clients_choose(self, customer: str) -> None:
        key = customer.encode("utf-8", "replace")
        assert partition_of(key.decode()) == (murmur2(key) & 0x7FFFFFFF) % 12

    @pytest.mark.parametrize(("customer", "partition"), [("c-1", 11), ("c-2", 10), ("", 9)])
    def test_it_never_changes(self, customer: str, partition: int) -> None:
        assert partition_of(customer) == partition


class TestWhenAClaimIsLocked:
    @given(st.text(), st.text())
    def test_its_lock_fits_a_bigint(self, kind: str, key: str) -> None:
        kind, key = kind.encode("utf-8", "replace").decode(), key.encode("utf-8", "replace").decode()
        assert -(2**63) <= lock_key(kind, key) < 2**63

    def test_another_kind_or_key_is_another_lock(self) -> None:
        assert len({lock_key("order_id", "1"), lock_key("order_id", "2"), lock_key("payment", "1")}) == 3
