"""How is a record read once, however many shares of the accounts look at it? From Kafka into a file for each share.

Intake's partitions say nothing of accounts, and a partition that is too long is judged in parts: without the files,
each share would read all of them again, and a check would cost the product of both.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from operations.progress import Advance
from operations.reading import Bounds, Share, records_of
from operations.surroundings import Surroundings
from runtime.ids import partition_of_key
from runtime.kafka.log import LogRecord, log_record
from schemas.topics import PARTITIONS

_Kept = tuple[str, int, int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


class RecordFiles:
    """Files of records, one for each share, in a folder that ends with it."""

    def __init__(self, shares: Sequence[Share], bounds: Bounds) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="coterm-verify-")
        self._files = {share: Path(self._folder.name) / f"{number}.records" for number, share in enumerate(shares)}
        self.bounds = bounds
        """The places that were read, and up to where."""

    def __enter__(self) -> "RecordFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    async def fill(self, where: Surroundings, advance: Advance) -> None:
        """Read each place once and give every record to the shares that look at it."""
        encode, by_number = msgspec.msgpack.Encoder().encode, _by_number(self._files)
        opened = {share: path.open("ab") for share, path in self._files.items()}
        try:
            async for found in records_of(where, self.bounds, range(PARTITIONS), advance):
                record = log_record(found)
                kept = encode((record.topic, record.partition, record.offset, record.key, record.value, record.headers))
                line = len(kept).to_bytes(4, "big") + kept
                for share in {*by_number[record.partition], *by_number[partition_of_key(record.key)]}:
                    if share.takes(record.key):
                        opened[share].write(line)
        finally:
            for file in opened.values():
                file.close()

    def records(self, share: Share) -> Iterator[LogRecord]:
        """Yield a share's records, each place's in their order."""
        decoder = msgspec.msgpack.Decoder(_Kept)
        with self._files[share].open("rb") as file:
            while size := file.read(4):
                yield LogRecord(*decoder.decode(file.read(int.from_bytes(size, "big"))))


def read_by_many(shares: Sequence[Share], bounds: Bounds, intake: str) -> Bounds:
    """Choose the places that more than one share looks at: intake's, and those of a partition judged in parts."""
    if len(shares) < 2:
        return bounds.only(())
    parted = {number for share in shares if share.parts > 1 for number in share.numbers}
    return bounds.only(place for place in bounds.ends if place[0] == intake or place[1] in parted)


def _by_number(files: Mapping[Share, Path]) -> dict[int, list[Share]]:
    return {number: [share for share in files if number in share.numbers] for number in range(PARTITIONS)}
