"""Is every record read, whatever its headers are called, by both of aiokafka's readers?"""

from typing import Any

import pytest
from aiokafka.record import default_records, memory_records
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from runtime.kafka.records import ForgivingRecords, is_text


class _Named(str):
    """A name that is written as given bytes."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"\xffce_\xc3"


READERS = [default_records.DefaultRecordBatch, default_records._DefaultRecordBatchPy]


@pytest.fixture(params=READERS, ids=["in C", "in Python"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_records, "DefaultRecordBatch", request.param)


def batch(*records: list[tuple[str, bytes | None]], base: int = 0, compression: int = 0) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, compression, 0, -1, -1, -1, 100_000)
    for offset, headers in enumerate(records):
        builder.append(offset, 1_000 + offset, b"c-1", f"value {offset}".encode(), headers)
    return base.to_bytes(8, "big") + bytes(builder.build())[8:]


def read(data: bytes) -> list[tuple[int, bytes, list[tuple[str, bytes | None]]]]:
    records, found = ForgivingRecords(data), []
    while records.has_next():
        following = records.next_batch()
        assert following.validate_crc()
        found += [(record.offset, record.value, record.headers) for record in following]
    return found


class TestWhenAHeadersNameIsNoText:
    @pytest.mark.parametrize("compression", [0, 1, 2, 3, 4])
    def test_it_and_all_around_it_are_read_once(self, compression: int) -> None:
        headers: list[list[tuple[str, bytes | None]]] = [
            [("a", b"1")],
            [("type", b"2"), (_Named("x"), None), ("b", b"3")],
            [],
            [(_Named("x"), b"4")],
        ]
        data = batch(*headers, base=70, compression=compression) + batch([("c", None)], base=74)
        strange = b"\xffce_\xc3".decode("utf-8", "surrogateescape")
        assert read(data) == [
            (70, b"value 0", [("a", b"1")]),
            (71, b"value 1", [("type", b"2"), (strange, None), ("b", b"3")]),
            (72, b"value 2", []),
            (73, b"value 3", [(strange, b"4")]),
            (74, b"value 0", [("c", None)]),
        ]
        assert not is_text(strange)

    def test_its_time_is_the_one_that_it_was_given(self) -> None:
        (first, second) = ForgivingRecords(batch([], [(_Named("x"), b"")])).next_batch()
        assert (first.timestamp, second.timestamp) == (1_000, 1_001)


class TestWhenAllNamesAreText:
    def test_they_stay_as_they_are(self) -> None:
        assert read(batch([("é", b"1")], base=5)) == [(5, b"value 0", [("é", b"1")])]
        assert is_text("é")


class TestWhenABatchIsBroken:
    def test_it_is_no_record_of_ours_to_forgive(self) -> None:
        data = bytearray(batch([("a", b"1")]))
        data[61] += 2  # the first record says that it is one byte longer than it is
        with pytest.raises(Exception, match=r"(?i)invalid record|corrupt"):
            list(ForgivingRecords(bytes(data)).next_batch())
