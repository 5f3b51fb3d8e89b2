"""What does the report's page show? Each question with its query, its answer in figures, and a picture of it.

How a value is shown, its column's name says: cents become euros here, and nowhere before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from operations.export.manifest import Manifest
from operations.report.plots import plot
from operations.report.query import Result
from schemas.money import euros
from schemas.terms import ROME

ROWS_SHOWN = 12
_SUFFIXES = ("_cents", "_ms")
_WORDS = re.compile(
    r"(?P<comment>--[^\n]*)|(?P<text>'[^']*')|\b(?P<word>SELECT|FROM|WHERE|GROUP BY|ORDER BY|LEFT JOIN|JOIN|USING|WITH"
    r"|AS|UNION ALL|FILTER|OVER|PARTITION BY|QUALIFY|ROLLUP|DISTINCT|DESC|AND|OR|NOT|IN|NULL|DATE|AT TIME ZONE)\b"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One question on the page."""

    name: str
    title: str
    about: Markup
    sql: Markup
    headings: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[tuple[str, bool]]]
    more: int
    picture: Markup | None


def page(manifest: Manifest, export: Path, results: Sequence[Result], made_at: datetime) -> str:
    """Write the page: one file that needs no other."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("operations.report") / "page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        export=export.resolve().name,
        made_at=_in_rome(made_at),
        taken_at=_in_rome(manifest.taken_at) if manifest.taken_at else "never",
        events=f"{sum(file.rows for file in manifest.files):,}",
        generation=manifest.generation,
        cards=_cards({result.query.name: result for result in results}),
        sections=[_section(result) for result in results],
    )


def highlighted(sql: str) -> Markup:
    """Mark comments, texts and words of a query."""
    marked, at = Markup(), 0
    for found in _WORDS.finditer(sql):
        kind = found.lastgroup or "word"
        marked += escape(sql[at : found.start()]) + Markup('<span class="{}">{}</span>').format(kind, found[0])
        at = found.end()
    return marked + escape(sql[at:])


def _section(result: Result) -> Section:
    numeric = [any(is_number(value) for value in result.column(name)) for name in result.columns]
    written = [
        [(shown(name, value), right) for name, value, right in zip(result.columns, row, numeric, strict=True)]
        for row in result.rows
    ]
    picture = plot(result)
    body = result.query.sql.split("\n")
    first = next(number for number, line in enumerate(body) if not line.startswith("-- "))
    return Section(
        result.query.name,
        result.query.title,
        _with_code(result.query.about),
        highlighted("\n".join(body[first:])),
        [(heading(name), right) for name, right in zip(result.columns, numeric, strict=True)],
        written[-ROWS_SHOWN:] if result.query.name == "orders_per_day" else written[:ROWS_SHOWN],
        max(0, len(written) - ROWS_SHOWN),
        Markup(picture) if picture else None,  # noqa: S704 - our own drawing; its words are escaped by matplotlib
    )


def _with_code(text: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


def _cards(results: dict[str, Result]) -> list[tuple[str, str]]:
    orders, extension = results["orders_per_day"], results["extension_kept"].rows[-1:]
    conversion, waited = results["conversion"].rows[-1:], results["payment_to_activation"].rows[-1:]
    named = [
        ("orders placed", f"{sum(orders.column('orders')):,}"),
        ("revenue, net", euros(sum(orders.column("revenue_net_cents")))),
    ]
    for title, name, rows, column in (
        ("orders paid", "conversion", conversion, "paid_share"),
        ("kept the extension", "extension_kept", extension, "kept_share"),
        ("payment to activation, median", "payment_to_activation", waited, "median_ms"),
    ):
        value = rows[0][list(results[name].columns).index(column)] if rows else None
        named.append((title, shown(column, value)))
    return named


def _in_rome(instant: datetime) -> str:
    return f"{instant.astimezone(ROME):%Y-%m-%d %H:%M} Rome"


def heading(column: str) -> str:
    """Say a column's name in words."""
    for suffix in _SUFFIXES:
        column = column.removesuffix(suffix)
    return column.replace("_", " ")


def shown(column: str, value: Any) -> str:
    """Write one value."""
    if value is None:
        return "–"
    if column.endswith("_cents"):
        return euros(value)
    if column.endswith("_share"):
        return f"{100 * value:.0f} %"
    if column.endswith("_ms"):
        return f"{value:,} ms"
    if column == "month" and isinstance(value, date):
        return f"{value:%Y-%m}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def is_number(value: Any) -> bool:
    """Tell whether a value is aligned to the right."""
    return isinstance(value, int | float)
