"""What if a header's name is no text? The record is read all the same, so that one like it can be set aside.

Kafka takes any bytes as a header's name, and its clients in Java put signs of replacement where they are no UTF-8. But
aiokafka raises in the middle of a fetch, each time anew: one such record of a storefront's would stop us for ever.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.record.util import decode_varint


def read_any_name() -> None:
    """Let every consumer of this process read such records; a name's bytes that are no UTF-8 become lone surrogates."""
    fetcher.MemoryRecords = ForgivingRecords


def is_text(name: str) -> bool:
    """Tell whether a header's name was UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class ForgivingRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """What a fetch brought of a partition, batch by batch."""

    def next_batch(self, *_: Any) -> Any:
        """Return the next batch, read by aiokafka's own reader for as long as that can read it."""
        raw = self._next_slice
        batch = super().next_batch()
        return None if batch is None else _ForgivingBatch(batch, raw)


class _ForgivingBatch:
    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = -1
        try:
            for record in self._batch:
                read = record.offset
                yield record
        except (UnicodeDecodeError, CorruptRecordException) as error:
            if not isinstance(error, UnicodeDecodeError) and not isinstance(error.__cause__, UnicodeDecodeError):
                raise
        else:
            return
        yield from (record for record in _AnyNames(self._raw) if record.offset > read)


class _AnyNames(_DefaultRecordBatchPy):  # type: ignore[misc]
    """Read a batch as aiokafka does in Python, but for the names of headers."""

    _pos: int

    def _read_msg(self, *_: Any) -> Any:
        length = self._number()
        end = self._pos + length
        self._number()  # attributes: none are defined
        since_first = self._number()
        offset = self.base_offset + self._number()
        key, value = self._bytes(), self._bytes()
        headers = [(self._name(), self._bytes()) for _ in range(self._number())]
        if self._pos != end:
            raise CorruptRecordException(f"a record of {length} bytes ends {self._pos - end} bytes after its end")
        is_appended = self.timestamp_type == self.LOG_APPEND_TIME
        timestamp = self.max_timestamp if is_appended else self.first_timestamp + since_first
        return _DefaultRecordPy(offset, timestamp, self.timestamp_type, key, value, headers)

    def _number(self) -> int:
        number: int
        number, self._pos = decode_varint(self._buffer, self._pos)
        return number

    def _bytes(self) -> bytes | None:
        length = self._number()
        if length < 0:
            return None
        start, self._pos = self._pos, self._pos + length
        return bytes(self._buffer[start : self._pos])

    def _name(self) -> str:
        return (self._bytes() or b"").decode("utf-8", "surrogateescape")
