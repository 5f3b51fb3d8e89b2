"""What does an export hold? Its manifest says it: the files with their hashes, and where in the log they end.

A position remembers the record before it, as a service's does: another record there means another log.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from runtime.commit.page import Position
from runtime.kafka.log import Partition

FORMAT = 1
"""The layout of folders, files and manifest; another one is exported anew."""


class StoredFile(msgspec.Struct, frozen=True):
    """A file of Parquet, never changed in place: replaced whole, or not at all."""

    path: str
    rows: int
    bytes: int
    sha256: str


class StoredTable(msgspec.Struct, frozen=True):
    """The columns that every file of a table has, and the event type they come from."""

    folder: str
    event_type: str
    columns: dict[str, str]


class Standing(msgspec.Struct, frozen=True):
    """How far a partition is exported, and the record before that place."""

    topic: str
    partition: int
    next_offset: int
    last_offset: int | None = None
    last_record: str | None = None

    @property
    def position(self) -> Position:
        """The same as the services keep it, to be compared with the log."""
        digest = None if self.last_record is None else bytes.fromhex(self.last_record)
        return Position(self.next_offset, self.last_offset, digest)


class Manifest(msgspec.Struct, frozen=True):
    """All that one export holds."""

    format: int = FORMAT
    generation: int = 0
    taken_at: datetime | None = None
    tables: tuple[StoredTable, ...] = ()
    positions: tuple[Standing, ...] = ()
    files: tuple[StoredFile, ...] = ()

    def standings(self) -> dict[Partition, Standing]:
        """Map each partition, by its declared topic, to where it stands."""
        return {(at.topic, at.partition): at for at in self.positions}

    def stored(self) -> dict[str, StoredFile]:
        """Map each file's path to what is known of it."""
        return {file.path: file for file in self.files}


def encoded(manifest: Manifest) -> bytes:
    """Write a manifest for people and programs alike."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decoded(text: bytes) -> Manifest:
    """Read a manifest. Raises msgspec's DecodeError when it is none."""
    return msgspec.json.decode(text, type=Manifest)


def in_order(files: Mapping[str, StoredFile]) -> tuple[StoredFile, ...]:
    """List files by path."""
    return tuple(files[path] for path in sorted(files))
