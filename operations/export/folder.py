"""How does an export change whole or not at all, whenever the process ends?

New files are staged beside the export and made durable; then the next manifest is written, which is the commit; then
the staged files take their places, each by one rename; then the next manifest becomes the manifest. A process that ends
before the commit leaves nothing but staged files, which are thrown away; one that ends after it left all that is needed
to go on. So whoever reads the folder meanwhile sees whole files only, and no event twice.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from operations.export.manifest import FORMAT, Manifest, StoredFile, decoded, encoded
from operations.export.views import views
from operations.surroundings import OperationFailed
from runtime import failpoints

MANIFEST = "manifest.json"
NEXT = ".next-manifest.json"
STAGED = ".staged"
LOCK = ".lock"
VIEWS = "tables.sql"
_WRITING = ".writing"
_SLASH = "~"
"""Staged files lie in one folder, whose names one fsync makes durable."""
_OURS = {STAGED, LOCK, NEXT + _WRITING}
"""What an export that was killed before its first commit leaves."""


class Folder:
    """One export on disk, held by one process at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = Manifest()

    @contextmanager
    def held(self) -> Iterator["Folder"]:
        """Keep other exports out, finish or undo what a killed one left, and read the manifest.

        Raises OperationFailed when another export is at work here, when the folder holds something else, or when the
        disk refuses.
        """
        with ExitStack() as until_done:
            with on_disk(self.root):
                self._refuse_another_content()
                self.root.mkdir(parents=True, exist_ok=True)
                lock = until_done.enter_context((self.root / LOCK).open("a"))
                self._lock(lock)
                self._recover()
                self.manifest = read_manifest(self.root)
                self._write_views(self.manifest)
            yield self

    def stage(self, path: str, rows: pa.Table) -> StoredFile:
        """Write a file beside the export, durably; it takes its place when its manifest is committed."""
        target = self._staged(path)
        with on_disk(self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, target, compression="zstd")
            _sync(target)
            return StoredFile(path, rows.num_rows, target.stat().st_size, sha256_of(target))

    def read(self, file: StoredFile, schema: pa.Schema, *, staged: bool) -> pa.Table:
        """Read a file back, from among the staged ones or from its place.

        Raises OperationFailed for one in its place that is not what was written there: what it lost would be lost for
        good, under a hash that holds.
        """
        found = self._staged(file.path) if staged else self.root / file.path
        with on_disk(self.root):
            if not staged and (damage := damage_of(self.root, file)):
                raise OperationFailed(
                    f"{found} is not as it was exported ({damage}): put it back, or export anew into another folder"
                )
            return pq.read_table(found, schema=schema, partitioning=None)

    def discard_staged(self) -> None:
        """Throw away what was staged and not committed."""
        shutil.rmtree(self.root / STAGED, ignore_errors=True)

    def commit(self, manifest: Manifest) -> None:
        """Let the staged files and this manifest be the export from now on."""
        failpoints.reached("export.staged")
        with on_disk(self.root):
            if (self.root / STAGED).exists():
                _sync(self.root / STAGED)
            _write(self.root / NEXT, encoded(manifest))
            failpoints.reached("export.prepared")
            self._roll_forward(manifest)
        self.manifest = manifest
        failpoints.reached("export.committed")

    def _lock(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationFailed(f"another export is writing to {self.root}: wait for it, or end it") from None

    def _recover(self) -> None:
        if (self.root / NEXT).exists():
            self._roll_forward(decoded((self.root / NEXT).read_bytes()))
        self.discard_staged()

    def _roll_forward(self, manifest: Manifest) -> None:
        touched = {self.root}
        for found in sorted((self.root / STAGED).glob("*.parquet")):
            target = self.root / found.name.replace(_SLASH, "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            found.replace(target)
            touched |= {target.parent, target.parent.parent, target.parent.parent.parent}
            failpoints.reached("export.placed")
        for path in read_manifest(self.root).stored().keys() - manifest.stored().keys():
            (self.root / path).unlink(missing_ok=True)
        for folder in touched:
            _sync(folder)
        self._write_views(manifest)
        (self.root / NEXT).replace(self.root / MANIFEST)
        _sync(self.root)
        self.discard_staged()

    def _write_views(self, manifest: Manifest) -> None:
        """Write the views where they are not these: files have joined, or an update of coterm knows others."""
        path, text = self.root / VIEWS, views(manifest).encode()
        if manifest.generation and (not path.exists() or path.read_bytes() != text):
            _write(path, text)

    def _staged(self, path: str) -> Path:
        return self.root / STAGED / path.replace("/", _SLASH)

    def _refuse_another_content(self) -> None:
        if not self.root.exists() or (self.root / MANIFEST).exists() or (self.root / NEXT).exists():
            return
        if not self.root.is_dir():
            raise OperationFailed(f"{self.root} is no folder")
        strange = sorted(entry.name for entry in self.root.iterdir() if entry.name not in _OURS)
        if strange:
            raise OperationFailed(f"{self.root} holds something else ({strange[0]}): export into a folder of its own")


@contextmanager
def unwritten(root: Path) -> Iterator[None]:
    """Keep exports out while somebody looks; raise OperationFailed where one is at work, or ended half-way."""
    with ExitStack() as until_done:
        if (root / LOCK).exists():
            try:
                fcntl.flock(until_done.enter_context((root / LOCK).open()), fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OperationFailed(f"an export is writing to {root}: look again when it has ended") from None
        if (root / NEXT).exists():
            raise OperationFailed(f"an export to {root} ended while its files took their places: the next finishes it")
        yield


def read_manifest(root: Path) -> Manifest:
    """Read the manifest of an export; an empty one where none is. Raises OperationFailed for one that can't be read."""
    path = root / MANIFEST
    if not path.exists():
        return Manifest()
    try:
        manifest = decoded(path.read_bytes())
    except msgspec.DecodeError as error:
        raise OperationFailed(f"{path} can't be read: {error}; export anew into another folder") from error
    if manifest.format > FORMAT:
        raise OperationFailed(f"{path} was written by a newer coterm (format {manifest.format}): update this one")
    return manifest


def damage_of(root: Path, file: StoredFile) -> str | None:
    """Say how a file in its place differs from what was written there; None where it does not."""
    path = root / file.path
    if not path.exists():
        return "missing"
    if path.stat().st_size != file.bytes:
        return f"{path.stat().st_size} bytes, not {file.bytes}"
    return None if sha256_of(path) == file.sha256 else "its hash is another"


@contextmanager
def on_disk(root: Path) -> Iterator[None]:
    """Turn a disk that is full, read-only or away into one sentence. Raises OperationFailed."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise OperationFailed(f"{root} can't be used: {why}") from error


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parquet_files(root: Path) -> Iterable[str]:
    """List every Parquet file that stands in its place, by its path in the export."""
    return (path.relative_to(root).as_posix() for path in sorted(root.glob("topic=*/type=*/day=*/*.parquet")))


def _write(path: Path, content: bytes) -> None:
    """Replace a small file whole, durably."""
    beside = path.with_name(path.name + _WRITING)
    beside.write_bytes(content)
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
