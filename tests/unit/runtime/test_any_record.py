"""Is there a record that intake can't read or refuse? Whatever the bytes, reading raises nothing but what it says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Unreadable
from runtime.kafka.log import LogRecord
from runtime.service import Incoming
from runtime.wire.reading import read_record
from schemas.topics import ORDERS_EVENTS, PROVISIONING_EVENTS, STOREFRONT_INTAKE
from services.billing.declaration import declare as billing
from services.orders.declaration import declare as orders
from tests.fuzzing.damage import DELETED, READING, Damage, as_sent, in_binary, replaced
from tests.fuzzing.drawing import JUNK, LONG, damages, fuzzing
from tests.fuzzing.judge import INTAKE, SCHEMAS, Place, Record, example, places

ORDERS, BILLING = orders(), billing()
NEIGHBOURS = sorted(path.stem for path in (SCHEMAS / "examples").glob("*.json") if "storefront" not in path.stem)
NAMES = st.one_of(
    st.sampled_from(["content-type", "ce_type", "ce_id", "CE_SOURCE"]), st.text(st.characters(exclude_categories=()))
)
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=60)), max_size=8).map(tuple)


def taken(record: Record) -> Incoming:
    return read_record(
        ORDERS, STOREFRONT_INTAKE, LogRecord("storefront.intake", 3, 7, record.key, record.value, record.headers)
    )


def quarantined(record: Record, incoming: Incoming) -> str:
    """Return the reason, seen to be one that can be kept and read."""
    assert incoming.fault is not None
    assert incoming.fault.quarantine
    assert incoming.raw is not None
    assert (incoming.raw.key, incoming.raw.value, incoming.raw.headers) == (record.key, record.value, record.headers)
    assert incoming.fault.detail
    assert "\x00" not in incoming.fault.detail
    incoming.fault.detail.encode()
    return incoming.fault.reason


class TestAMessageThatSomethingIsWrongWith:
    @given(damages())
    @fuzzing(300, times=50)
    @LONG
    def test_is_quarantined_with_its_reason_unless_it_still_fits_its_schema(self, given: Damage) -> None:
        record = given.done_to(example(given.kind))
        incoming = taken(record)
        allowed = given.reasons(record)
        if incoming.fault is not None:
            assert quarantined(record, incoming) in (allowed or READING)
        else:
            assert allowed is None
            assert incoming.customer_id.isascii()
            # It becomes part of the event that follows.
            assert (incoming.traceparent or "").isprintable()

    @pytest.mark.parametrize("kind", INTAKE)
    def test_is_taken_where_nothing_is(self, kind: str) -> None:
        assert taken(as_sent(example(kind))).fault is None
        assert taken(in_binary(example(kind))).fault is None


class TestAnyBytesWithAnyHeaders:
    @given(st.none() | st.binary(max_size=64), st.none() | st.binary(max_size=300), HEADERS)
    @fuzzing(100, times=50)
    @LONG
    def test_are_quarantined(self, key: bytes | None, value: bytes | None, headers: Any) -> None:
        record = Record(key, value, headers)
        assert quarantined(record, taken(record)) in READING


class TestANeighboursTopic:
    @given(st.sampled_from(NEIGHBOURS), st.data())
    @fuzzing(150, times=50)
    @LONG
    def test_is_read_or_said_to_be_unreadable(self, name: str, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(list(places(example(name)))))
        self._read_or_refused(name, place, data.draw(JUNK))

    @pytest.mark.parametrize("name", ["orders.OrderPlaced.v1", "billing.PricingRefused.v1"])
    def test_without_any_one_of_its_parts_too(self, name: str) -> None:
        for place in places(example(name)):
            self._read_or_refused(name, place, DELETED)

    def _read_or_refused(self, name: str, place: Place, junk: Any) -> None:
        value = as_sent(replaced(json.loads(json.dumps(example(name))), place, junk), junk).value
        for topic in (ORDERS_EVENTS, PROVISIONING_EVENTS):
            try:
                read_record(BILLING, topic, LogRecord(topic, 0, 0, b"c-1", value, ()))
            except Unreadable as error:
                str(error).encode()

    @given(st.none() | st.binary(max_size=300), HEADERS)
    @fuzzing(50, times=50)
    @LONG
    def test_with_any_bytes_on_it_is_said_to_be_unreadable(self, value: bytes | None, headers: Any) -> None:
        with pytest.raises(Unreadable):
            read_record(BILLING, ORDERS_EVENTS, LogRecord(ORDERS_EVENTS, 0, 0, b"c-1", value, headers))
