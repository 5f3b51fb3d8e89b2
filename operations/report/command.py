"""What does `coterm report` take, and how does it end?"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from operations.answer import answer
from operations.export.command import EXPORT, require
from operations.report.page import heading, is_number, shown
from operations.surroundings import Misused, OperationFailed
from runtime.clock import SystemClock
from schemas.terms import business_date

if TYPE_CHECKING:
    from operations.report.query import Result

PAGE = Path(".run/report.html")


def command(
    export: Annotated[Path, typer.Option("--from", help="The folder of the export.", metavar="FOLDER")] = EXPORT,
    out: Annotated[Path, typer.Option("--out", help="Where the page is written.", metavar="FILE")] = PAGE,
    name: Annotated[str | None, typer.Option("--query", help="Answer this one query here; write no page.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The day that expiries lie ahead of; today if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the answers as JSON; write no page.")] = False,
) -> None:
    """Write a page about the business from an export: questions, their queries, answers and pictures.

    Exit codes: 0 done, 1 there is no export or it can't be read, 2 wrong usage.
    """
    require("duckdb", "pyarrow", *(() if name or as_json else ("matplotlib",)))
    from operations.report.query import ask, opened, queries, query  # noqa: PLC0415 - asked for only where needed

    now = SystemClock().now()
    asked = (query(name),) if name else queries()
    with opened(export, _day(as_of) if as_of else business_date(now)) as database:
        results = [ask(database, question) for question in asked]
    if name or as_json:
        found = {result.query.name: _plain(result) for result in results}
        answer(found, _lines(results[0]), as_json=as_json, drawn=lambda console: _draw(results[0], console))
    else:
        from operations.export.folder import read_manifest  # noqa: PLC0415
        from operations.report.page import page  # noqa: PLC0415

        _write(out, page(read_manifest(export), export, results, now))
        typer.echo(f"wrote {out}")


def _plain(result: "Result") -> list[dict[str, Any]]:
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


class _Written(NamedTuple):
    names: list[str]
    rows: list[list[str]]
    numeric: list[bool]


def _written(result: "Result") -> _Written:
    numeric = [any(is_number(value) for value in result.column(name)) for name in result.columns]
    rows = [[shown(*cell) for cell in zip(result.columns, row, strict=True)] for row in result.rows]
    return _Written([heading(name) for name in result.columns], rows, numeric)


def _draw(result: "Result", console: Console) -> None:
    names, rows, numeric = _written(result)
    table = Table(title=result.query.title, title_justify="left", title_style="bold", header_style="dim")
    for title, right in zip(names, numeric, strict=True):
        table.add_column(title, justify="right" if right else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _lines(result: "Result") -> list[str]:
    """Write a table as plain lines, its columns aligned."""
    names, rows, numeric = _written(result)
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in (names, *rows)
    ]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.writing")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise OperationFailed(f"{path} can't be written: {error.strerror}") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misused(f"--as-of takes a date, not {text!r}") from None
