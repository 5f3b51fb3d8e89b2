"""How is a year shown? A calendar of its months, what the customers and the operator did besides, what holds of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from operations.answer import answer, say
from operations.verify import report as verified
from rehearsal.year.plan import counted
from rehearsal.year.playing import Year
from schemas.money import euros

COLUMNS = ("orders", "activated", "renewed", "notices", "lapsed", "ended", "credit", "refunds", "mails")
_CENTS = {"credit": "credit_cents", "refunds": "refunded_cents"}
_BESIDES = (
    "payments", "charged back", "won back", "suspended", "credits used", "automatic renewals placed",
    "automatic renewals unpaid",
)  # fmt: skip
SHOWN = 20
"""So many lives that went wrong are written out."""


def plain(year: Year, seed: int) -> dict[str, Any]:
    """Write a year as plain values."""
    report = year.report
    total = year.calendar.total()
    return {
        "holds": report is not None and report.holds and not report.undrained and not year.wrong,
        "is_complete": report is not None,
        "seed": seed,
        "customers": len(year.lives),
        "days": year.days,
        "first": year.first.isoformat(),
        "days_played": year.is_on + 1,
        "seconds": round(year.seconds, 1),
        "events": year.calendar.events,
        "mails": total["mails"],
        "planned": counted(year.lives),
        "months": [
            {"month": month, **dict(sorted(counts.items()))}
            for month, counts in year.calendar.by_month(year.first).items()
        ],
        "total": dict(sorted(total.items())),
        "operator": dict(sorted(year.operator.items())),
        "wrong": [{"who": who, "what": what} for who, what in year.wrong],
        "verified": None if report is None else verified.plain(report),
    }


def show(year: Year, outcome: dict[str, Any], *, as_json: bool) -> None:
    """Write it to standard output: a table on a terminal, lines elsewhere, JSON when asked for."""
    answer(
        outcome,
        [*_rows(outcome), *_lines(year, outcome)],
        as_json=as_json,
        drawn=lambda console: _draw(year, outcome, console),
    )


def show_plan(year: Year, seed: int, *, as_json: bool) -> None:
    """Write what would be lived."""
    planned = counted(year.lives)
    lines = [f"{number:>5}  {name}" for name, number in planned.items()]
    lines.append(f"{len(year.lives)} customers over {year.days} days of seed {seed}; nothing was done")
    answer({"seed": seed, "customers": len(year.lives), "days": year.days, "planned": planned}, lines, as_json=as_json)


def _draw(year: Year, outcome: dict[str, Any], console: Console) -> None:
    table = Table("month", *COLUMNS, header_style="dim", box=None, padding=(0, 1, 0, 0), show_footer=True)
    for column in table.columns[1:]:
        column.justify = "right"
    for column, total in zip(table.columns, ("total", *_cells(outcome["total"])), strict=True):
        column.footer = total
    for month in outcome["months"]:
        table.add_row(month["month"], *_cells(month))
    console.print(table)
    for line in _lines(year, outcome):
        say(line)


def _rows(outcome: dict[str, Any]) -> Iterator[str]:
    yield f"{'month':<7}" + "".join(f"{name:>10}" for name in COLUMNS)
    for month in [*outcome["months"], {"month": "total", **outcome["total"]}]:
        yield f"{month['month']:<7}" + "".join(f"{cell:>10}" for cell in _cells(month))


def _cells(counts: Mapping[str, Any]) -> list[str]:
    return [
        (euros(counts[_CENTS[name]]).removesuffix(" €") if counts.get(_CENTS[name]) else "")
        if name in _CENTS
        else (f"{counts[name]:,}" if counts.get(name) else "")
        for name in COLUMNS
    ]


def _lines(year: Year, outcome: dict[str, Any]) -> Iterator[str]:
    total = outcome["total"]
    yield "besides: " + ", ".join(f"{total.get(name, 0)} {name}" for name in _BESIDES)
    if outcome["operator"]:
        yield "the operator: " + ", ".join(f"{name} {number}" for name, number in outcome["operator"].items())
    for each in outcome["wrong"][:SHOWN]:
        yield f"  {each['who']} on {each['what']}"
    if len(outcome["wrong"]) > SHOWN:
        yield f"  and {len(outcome['wrong']) - SHOWN} more"
    if year.report is not None:
        yield from _verified(year)
    yield _end(outcome)


def _verified(year: Year) -> Iterator[str]:
    report = year.report
    if report is None:
        return
    if not report.holds or report.undrained:
        yield verified.in_lines(report)
        return
    looked = [finding for finding in report.findings if finding.checked and not finding.unchecked]
    yield f"{len(looked)} of {len(report.findings)} invariants checked on {report.facts:,} facts: all hold"
    for finding in report.findings:
        if finding not in looked:
            yield f"  {finding.number} not: {finding.unchecked or 'no fact yet'} ({finding.claim})"


def _end(outcome: dict[str, Any]) -> str:
    how = f"{outcome['events']:,} events, {outcome['mails']:,} mails, {outcome['seconds']:.0f} s"
    what = f"{outcome['customers']} customers, seed {outcome['seed']}"
    if not outcome["is_complete"]:
        return f"{what}: ended on day {outcome['days_played']} of {outcome['days']}: {how}; no invariant was checked"
    ended = "everything holds" if outcome["holds"] else "something does not hold"
    return f"{what}, {outcome['days']} days: {how}: {ended}"
