"""What came out of a rebuild, and in what does it differ? Lines for a person, plain values for a program."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from operations.surroundings import OperationFailed
from runtime.fold.difference import Difference
from runtime.postgres.rebuild.comparing import Sample, TableDifference


@dataclass(slots=True)
class Fault:
    """In what an account's events don't agree: a fingerprint (`recorded`, `folded`), or a version that is missing."""

    customer_id: str
    version: int
    recorded: str | None = None
    folded: str | None = None
    differences: list[Difference] = field(default_factory=list)
    """In what the event in the topic differs from the one that was committed."""
    note: str = ""

    @property
    def what(self) -> str:
        """Say it in a few words."""
        if self.recorded is None:
            return "this version is missing in the topic"
        return f"says that it left {self.recorded}, its fold leaves {self.folded}"


@dataclass(slots=True)
class Report:
    """What was rebuilt, compared and swapped."""

    service: str
    schema: str
    replaces: str
    is_same_declaration: bool = True
    events: int = 0
    seconds: float = 0.0
    fingerprints: int = 0
    tables: list[TableDifference] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows_hash: str = ""
    held_ms: float | None = None

    @property
    def is_equal(self) -> bool:
        """Tell whether nothing was found that differs."""
        return not self.faults and not self.samples and all(table.is_equal for table in self.tables)

    @property
    def rate(self) -> float:
        """Return the events folded in a second, everything included."""
        return self.events / self.seconds if self.seconds else 0.0


def in_lines(report: Report) -> str:
    """Write a report in plain lines."""
    return "\n".join(_lines(report))


class Cancelled(OperationFailed):
    """An operator cancelled the rebuild."""


class Different(OperationFailed):
    """What was rebuilt is not what is live; the report says in what."""

    def __init__(self, text: str, report: Report) -> None:
        super().__init__(text)
        self.report = report


def plain(report: Report) -> dict[str, Any]:
    """Write a report as plain values."""
    return {**asdict(report), "equal": report.is_equal, "swapped": report.held_ms is not None, "rate": report.rate}


def _lines(report: Report) -> Iterator[str]:
    for fault in report.faults:
        yield f"  {report.service} · {fault.customer_id} · version {fault.version}: {fault.what}"
        yield from (f"      {part}" for part in fault.differences)
        if fault.note:
            yield f"      {fault.note}"
    for table in report.tables:
        yield from _table(report.service, table)
    yield from (line for sample in report.samples for line in _sample(report.service, sample))
    if report.held_ms is not None:
        rows = sum(table.rows for table in report.tables)
        equal = "equal to what was live" if report.is_equal else "different, as accepted"
        yield (
            f"{report.service}: {report.events:,} events in {report.seconds:.1f} s ({report.rate:,.0f}/s), "
            f"{report.fingerprints:,} fingerprints and {rows:,} rows compared, {equal}"
        )
        yield f"{report.schema} is live now; commits were held for {report.held_ms:.1f} ms"
        yield f"{report.replaces} stays until `coterm rebuild drop-old {report.service}`"


def _table(service: str, table: TableDifference) -> Iterator[str]:
    if table.is_equal:
        return
    parts = [f"{_rows(number)} {what}" for what, number in _counts(table) if number]
    yield f"{service} · {table.table}: {', '.join(parts) or 'no row differs'} (of {table.rows:,})"
    yield from (f"    {column} differs in {_rows(number)}" for column, number in table.columns.items())
    yield from (f"    {what}" for what in table.shape)
    yield from (line for sample in table.samples for line in _sample(service, sample))


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def _counts(table: TableDifference) -> tuple[tuple[str, int], ...]:
    return ("added", table.added), ("removed", table.removed), ("changed", table.changed)


def _sample(service: str, sample: Sample) -> Iterator[str]:
    version = "" if sample.version is None else f" · version {sample.version}"
    yield f"  {service} · {sample.table} {sample.key} · {sample.customer_id}{version}: {sample.kind}"
    yield from (f"      {part}" for part in sample.differences)
