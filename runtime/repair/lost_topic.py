"""What does a topic lack of its service's journal, and can it be appended? Decided from ids and digests, per partition.

The journal's marks say in which order the log held its events. Where an account's later events still stand in the log,
its earlier ones can't be appended behind them: then the whole topic is made anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the journal: which event, and where the log held it; None for one that the relay has still to send."""

    id: int
    customer_id: str
    version: int
    event_id: UUID
    digest: bytes
    marked: int | None
    last_of_input: bool = True


@dataclass(frozen=True, slots=True)
class Present:
    """A record that the log still holds."""

    event_id: UUID
    digest: bytes
    offset: int


@dataclass(slots=True)
class Plan:
    """What has to be done to one partition."""

    missing: list[Row] = field(default_factory=list)
    """To be appended, in this order."""
    marks: list[tuple[int, int]] = field(default_factory=list)
    """Rows that stand elsewhere than their mark says: (row id, offset)."""
    strangers: list[Present] = field(default_factory=list)
    """Records that no row of the journal made: then it is the journal that lost something."""
    anew: str = ""
    """Why appending can't mend it; empty when it can."""


def plan(rows: Iterable[Row], present: Sequence[Present]) -> Plan:
    """Compare one partition's journal rows with what its log still holds.

    Nothing that was done of a plan has to be undone when the rest is not done: marks keep their order at each step.
    """
    ordered = in_order(rows)
    known = {row.event_id: row for row in ordered}
    found = Plan(strangers=[record for record in present if record.event_id not in known])
    first: dict[UUID, int] = {}
    for record in present:
        first.setdefault(record.event_id, record.offset)
        row = known.get(record.event_id)
        if row is not None and row.digest != record.digest:
            found.anew = f"{row.customer_id} version {row.version} has other bytes at offset {record.offset}"
    found.missing = in_order(row for row in ordered if row.marked is not None and row.event_id not in first)
    found.anew = found.anew or _inverted(ordered, found.missing, first)
    standing = {(record.offset, record.event_id) for record in present}
    found.marks = [
        (row.id, first[row.event_id])
        for row in ordered
        if row.event_id in first and (row.marked, row.event_id) not in standing
    ]
    return found


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort rows as the log held them; those it never held come last, as the relay would send them.

    Where a topic was lost and written to again before anybody saw it, marks are of two logs: then the order is that of
    the commits, each input's events together.
    """
    all_rows = list(rows)
    as_marked = sorted(all_rows, key=lambda row: (row.marked is None, row.marked if row.marked is not None else row.id))
    return as_marked if _ascends(as_marked) else _as_committed(all_rows)


def _ascends(rows: Iterable[Row]) -> bool:
    last: dict[str, int] = {}
    for row in rows:
        if row.version <= last.get(row.customer_id, 0):
            return False
        last[row.customer_id] = row.version
    return True


def _as_committed(rows: Iterable[Row]) -> list[Row]:
    begun: dict[str, list[Row]] = {}
    whole: list[Row] = []
    for row in sorted(rows, key=lambda row: row.id):
        begun.setdefault(row.customer_id, []).append(row)
        if row.last_of_input:
            whole += begun.pop(row.customer_id)
    return whole


def _inverted(rows: Sequence[Row], missing: Sequence[Row], first: dict[UUID, int]) -> str:
    newest: dict[str, int] = {}
    for row in rows:
        if row.event_id in first:
            newest[row.customer_id] = max(newest.get(row.customer_id, 0), row.version)
    for row in missing:
        if row.version < newest.get(row.customer_id, 0):
            return f"{row.customer_id} version {row.version} is missing, version {newest[row.customer_id]} is there"
    return ""
