"""Is an old version read as the newest one? Shown on a chain made up for this test."""

import json
from typing import Any

import pytest

from runtime.errors import Unreadable
from runtime.wire.codec import decode_attributes
from schemas.topics import TYPES
from schemas.upcasts import UPCASTS, Data, Upcast, upcast


def _name_the_currency(data: Data) -> Data:
    return {**data, "currency": "EUR"}


def _count_in_cents(data: Data) -> Data:
    return {name: value for name, value in data.items() if name != "euros"} | {"cents": data["euros"] * 100}


CHAIN = (
    Upcast("tolls.TollPaid.v1", "tolls.TollPaid.v2", _name_the_currency),
    Upcast("tolls.TollPaid.v2", "tolls.TollPaid.v3", _count_in_cents),
)


class TestAnOldVersion:
    def test_goes_through_every_step_to_the_newest(self) -> None:
        assert upcast("tolls.TollPaid.v1", {"euros": 3}, CHAIN) == (
            "tolls.TollPaid.v3",
            {"currency": "EUR", "cents": 300},
        )

    def test_starts_where_it_was_written(self) -> None:
        assert upcast("tolls.TollPaid.v2", {"euros": 3, "currency": "EUR"}, CHAIN) == (
            "tolls.TollPaid.v3",
            {"currency": "EUR", "cents": 300},
        )

    def test_is_left_as_it_was(self) -> None:
        written: dict[str, Any] = {"euros": 3}
        upcast("tolls.TollPaid.v1", written, CHAIN)
        assert written == {"euros": 3}


class TestARecordOfAnOldVersion:
    record = (
        b'{"specversion":"1.0","id":"6f1a","source":"/tolls","type":"tolls.TollPaid.v1","subject":"c-1",'
        b'"time":"2026-01-15T09:00:00.000000Z","sequence":"4","data":{"euros":3}}'
    )

    def test_is_read_from_the_log_as_the_newest(self) -> None:
        read = decode_attributes(self.record, CHAIN)
        assert read.type == "tolls.TollPaid.v3"
        assert json.loads(bytes(read.data)) == {"currency": "EUR", "cents": 300}
        assert (read.id, read.sequence) == ("6f1a", "4")

    def test_that_never_fitted_it_can_t_be_read(self) -> None:
        with pytest.raises(Unreadable, match=r"tolls\.TollPaid\.v1 does not fit its schema: KeyError\('euros'\)"):
            decode_attributes(self.record.replace(b"euros", b"lire"), CHAIN)

    def test_of_a_type_without_steps_is_read_as_it_stands(self) -> None:
        read = decode_attributes(self.record, ())
        assert read.type == "tolls.TollPaid.v1"


class TestTheNewestVersion:
    def test_is_read_unchanged(self) -> None:
        data = {"cents": 300, "currency": "EUR"}
        assert upcast("tolls.TollPaid.v3", data, CHAIN) == ("tolls.TollPaid.v3", data)

    def test_of_every_published_type_needs_no_step(self) -> None:
        for event_type in TYPES.keys() - {step.old for step in UPCASTS}:
            assert upcast(event_type, {"customer_id": "c-1"}) == (event_type, {"customer_id": "c-1"})


class TestAStepThatIsNone:
    def test_skipping_a_version_is_refused(self) -> None:
        with pytest.raises(ValueError, match="next version"):
            Upcast("tolls.TollPaid.v1", "tolls.TollPaid.v3", _count_in_cents)

    def test_changing_the_type_is_refused(self) -> None:
        with pytest.raises(ValueError, match="same type"):
            Upcast("tolls.TollPaid.v1", "tolls.TollDue.v2", _count_in_cents)

    def test_a_type_without_version_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no type with a version"):
            Upcast("tolls.TollPaid", "tolls.TollPaid.v2", _count_in_cents)

    def test_two_steps_from_one_version_are_refused(self) -> None:
        with pytest.raises(ValueError, match="two upcasts"):
            upcast("tolls.TollPaid.v1", {"euros": 3}, (*CHAIN, CHAIN[0]))


class TestEveryPublishedStep:
    def test_ends_at_a_type_that_is_published(self) -> None:
        for step in UPCASTS:
            assert step.old in TYPES
            assert step.new in TYPES
