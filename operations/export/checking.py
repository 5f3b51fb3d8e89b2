"""Is an export what its manifest says? Each file by hash, count and columns; no event twice or beyond the positions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from operations.export.folder import MANIFEST, damage_of, on_disk, parquet_files, read_manifest, unwritten
from operations.export.manifest import Manifest, StoredFile
from operations.progress import ProgressDisplay
from operations.surroundings import OperationFailed

_PLACE = ["kafka_partition", "kafka_offset"]
_ID = "event_id"


@dataclass
class Checked:
    """What was looked at, and what is wrong with it."""

    files: int = 0
    events: int = 0
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)


def check(root: Path, *, silent: bool = False) -> Checked:
    """Hold an export against its manifest. Raises OperationFailed where there is none, or not yet a whole one."""
    with unwritten(root), on_disk(root):
        if not (root / MANIFEST).exists():
            raise OperationFailed(f"{root} is no export: {MANIFEST} is missing; run `coterm export` first")
        return _checked(root, read_manifest(root), silent)


def _checked(root: Path, manifest: Manifest, silent: bool) -> Checked:
    checked, places = Checked(), defaultdict[str, list[pa.Table]](list)
    with ProgressDisplay(silent=silent).working(
        "checking", sum(file.bytes for file in manifest.files), "bytes"
    ) as advance:
        for file in manifest.files:
            complaint = damage_of(root, file)
            if complaint is None:
                found = pq.read_table(root / file.path, partitioning=None)
                complaint = _difference(manifest, file, found)
                places[file.path.partition("/")[0].removeprefix("topic=")].append(found.select([*_PLACE, _ID]))
            if complaint is not None:
                checked.wrong.append(f"{file.path}: {complaint}")
            checked.files += 1
            checked.events += file.rows
            checked.bytes += file.bytes
            advance(file.bytes)
    strays = set(parquet_files(root)) - manifest.stored().keys()
    checked.wrong += [f"{path}: the manifest does not know it" for path in sorted(strays)]
    for topic, tables in sorted(places.items()):
        checked.wrong += _misplaced(manifest, topic, pa.concat_tables(tables))
    return checked


def _difference(manifest: Manifest, file: StoredFile, found: pa.Table) -> str | None:
    if found.num_rows != file.rows:
        return f"{found.num_rows} rows, not {file.rows}"
    columns = {table.folder: table.columns for table in manifest.tables}[file.path.rsplit("/", 2)[0]]
    return None if found.schema.names == list(columns) else "its columns are not those of its table"


def _misplaced(manifest: Manifest, topic: str, places: pa.Table) -> Iterator[str]:
    for twice in _more_than_once(places, _PLACE):
        yield f"{topic}[{twice[_PLACE[0]]}] offset {twice[_PLACE[1]]}: exported {twice['count_all']} times"
    for twice in _more_than_once(places, [_ID]):
        yield f"{topic}: event {twice[_ID]} was exported {twice['count_all']} times"
    ends = {at.partition: at.next_offset for at in manifest.positions if at.topic == topic}
    for last in places.group_by(_PLACE[0]).aggregate([(_PLACE[1], "max")]).to_pylist():
        partition, offset = last[_PLACE[0]], last[f"{_PLACE[1]}_max"]
        if offset >= ends.get(partition, 0):
            yield f"{topic}[{partition}] offset {offset}: beyond the manifest's position {ends.get(partition, 0)}"


def _more_than_once(places: pa.Table, by: list[str]) -> list[dict[str, Any]]:
    """Name the first few that stand there twice."""
    counted = places.group_by(by).aggregate([([], "count_all")])
    found: list[dict[str, Any]] = counted.filter(pc.field("count_all") > 1).slice(0, 3).to_pylist()
    return found
