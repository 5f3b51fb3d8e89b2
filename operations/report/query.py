"""Which questions are asked of an export? Each a .sql file here: its title, what it says, and the query."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from operations.export.folder import MANIFEST, VIEWS
from operations.surroundings import Misused, OperationFailed

ORDER = (
    "orders_per_day",
    "extension_kept",
    "conversion",
    "payment_to_activation",
    "expiries_ahead",
    "renewal_rate",
    "churn",
    "active_base",
    "mrr",
    "credit_owed",
    "refunds",
    "refusals",
    "mails",
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question with a name."""

    name: str
    title: str
    about: str
    sql: str


@dataclass(frozen=True, slots=True)
class Result:
    """What an export answers."""

    query: Query
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def column(self, name: str) -> list[Any]:
        """Return one column's values."""
        at = list(self.columns).index(name)
        return [row[at] for row in self.rows]


def queries() -> tuple[Query, ...]:
    """Return every query, in the order of the report."""
    return tuple(query(name) for name in ORDER)


def query(name: str) -> Query:
    """Return one query. Raises Misused for a name that is none."""
    if name not in ORDER:
        raise Misused(f"no query is named {name}; known: {', '.join(ORDER)}")
    text = (files("operations.report") / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    lines = text.splitlines()
    comment = [line[3:] for line in lines[: next(n for n, line in enumerate(lines) if not line.startswith("-- "))]]
    return Query(name, comment[0], " ".join(comment[1:]), text.rstrip())


@contextmanager
def opened(export: Path, as_of: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an export to be asked, on some day. Raises OperationFailed when it is none, or a query fails."""
    if not (export / MANIFEST).exists():
        raise OperationFailed(f"{export} is no export: {MANIFEST} is missing; run `coterm export` first")
    try:
        with duckdb.connect() as asked:
            asked.execute("SET file_search_path = ?", [str(export.absolute())])
            asked.execute("SET TimeZone = 'Europe/Rome'")
            asked.execute(f"SET VARIABLE as_of = DATE '{as_of:%Y-%m-%d}'")
            asked.execute((export / VIEWS).read_text(encoding="utf-8"))
            yield asked
    except (duckdb.Error, OSError) as error:
        raise OperationFailed(f"{export} can't be read: {str(error).splitlines()[0]}") from error


def ask(asked: duckdb.DuckDBPyConnection, question: Query) -> Result:
    """Ask one question."""
    found = asked.execute(question.sql)
    return Result(question, [column[0] for column in found.description or ()], found.fetchall())
