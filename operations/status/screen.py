"""How does a status look? A screen on a terminal, plain lines elsewhere, JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from operations.sealed import printable
from operations.status.standing import Notice, Report, Standing, count, duration, instant, notices

_COLUMNS = ("events", "last", "read", "behind", "unsent", "tables", "rebuilt", "scrubbed")
_NUMBERS = frozenset({"events", "read"})
_LONGEST = {"tables": "(fold 3)", "rebuilt": "cancelled"}
"""The longest word of a column, where it is longer than the column's name."""


def screen(report: Report) -> RenderableType:
    """Draw a report for a terminal."""
    found = notices(report)
    parts: list[RenderableType] = [_headline(report, found), _Services(report)]
    if found:
        parts.append(_notices(found))
    return Group(*parts)


def lines(report: Report) -> Iterator[str]:
    """Write a report in plain lines."""
    yield f"coterm at {instant(report.at)}, Kafka {report.brokers}: {verdict(notices(report))}"
    for standing in report.services:
        yield f"{standing.service}: " + ", ".join(filter(None, _cells(standing, report)))
    for notice in notices(report):
        sign = "BROKEN" if notice.is_broken else "waits"
        look = f"  ({notice.look})" if notice.look else ""
        yield f"{sign}  {notice.service}: {printable(notice.what)}{look}"


def as_json(report: Report) -> str:
    """Write a report as one line of JSON."""
    found = notices(report)
    services = [
        {**asdict(standing), "records_behind": standing.behind, "oldest_at": standing.oldest_at}
        for standing in report.services
    ]
    values = {
        "holds": not any(notice.is_broken for notice in found),
        "at": report.at,
        "brokers": report.brokers,
        "kafka_away": report.kafka_away,
        "topics_gone": report.topics_gone,
        "services": services,
        "notices": [asdict(notice) for notice in found],
    }
    return json.dumps(values, default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value))


def verdict(found: list[Notice]) -> str:
    """Say in a word how everything is."""
    broken = sum(notice.is_broken for notice in found)
    if broken:
        return f"{count(broken, 'thing')} broken"
    return f"all runs, {count(len(found), 'thing')} for an operator to decide" if found else "all is well"


def _headline(report: Report, found: list[Notice]) -> Text:
    broken = any(notice.is_broken for notice in found)
    colour = "bold red" if broken else "yellow" if found else "bold green"
    line = Text.assemble(("coterm  ", "bold"), (instant(report.at), "dim"), "   ")
    return line + Text(verdict(found), style=colour) + Text(f"   Kafka {report.brokers}", style="dim")


@dataclass(frozen=True)
class _Services:
    report: Report

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the services, closer together where there is little room, and without what tells least."""
        yield _services(self.report, is_narrow=options.max_width < 100)


def _services(report: Report, *, is_narrow: bool) -> Table:
    shown = [name for name in _COLUMNS if not (is_narrow and name == "read")]
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, padding=(0, 0 if is_narrow else 1, 0, 0))
    table.add_column("service", no_wrap=True, min_width=15)
    for name in shown:
        # On a narrow terminal words go to a second line; a number is never cut.
        is_number = name in _NUMBERS
        table.add_column(
            name,
            justify="right" if is_number else "left",
            no_wrap=is_number,
            min_width=len(_LONGEST.get(name, name)),
        )
    for standing in report.services:
        is_well = standing.process == "ready" and standing.away is None
        mark = Text("● ", style="green" if is_well else "red") + Text(standing.service, style="bold")
        if standing.away is not None:
            table.add_row(mark, *["–"] * len(shown))
            continue
        row = dict(zip(_COLUMNS, _row(standing, report), strict=True))
        table.add_row(mark, *(row[name] for name in shown))
    return table


def _row(standing: Standing, report: Report) -> Iterator[RenderableType]:
    yield f"{standing.events:,}"
    yield _ago(report, standing.last_event_at)
    yield "?" if standing.lags is None else f"{sum(lag.applied for lag in standing.lags):,}"
    yield _coloured(_behind(standing, report), is_well=standing.lags is not None and not standing.behind)
    yield _coloured(_unsent(standing, report), is_well=not standing.unpublished)
    yield _generation(standing)
    yield _rebuilt(standing, report)
    yield _coloured(_scrubbed(standing), is_well=not (standing.scrubbed or {}).get("differing"))


def _coloured(words: str, *, is_well: bool) -> Text:
    return Text(words, style="green" if is_well else "yellow")


def _notices(found: list[Notice]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for is_wrapped in (False, False, True):
        table.add_column(no_wrap=not is_wrapped, overflow="fold")
    for notice in found:
        sign = Text("✗ broken", style="bold red") if notice.is_broken else Text("○ waits", style="yellow")
        table.add_row(sign, notice.service, Text(printable(notice.what)))
        if notice.look:  # on a line of its own, to be copied whole
            table.add_row("", "", Text(notice.look, style="cyan"))
    return table


def _cells(standing: Standing, report: Report) -> Iterator[str]:
    yield standing.process
    if standing.away is None:
        yield count(standing.events, "event")
        if standing.lags is not None:
            applied, end = sum(lag.applied for lag in standing.lags), sum(lag.end for lag in standing.lags)
            yield f"{applied:,} of {end:,} records read"
        yield _behind(standing, report, " behind")
        yield _unsent(standing, report, " unsent")
        yield f"tables {_generation(standing)}"
        yield f"rebuilt {_rebuilt(standing, report)}"
        yield f"scrubbed {_scrubbed(standing)}"


def _behind(standing: Standing, report: Report, word: str = "") -> str:
    if standing.lags is None:
        return f"?{word}"
    waits = [standing.oldest_at, *(lag.held_back_since for lag in standing.lags)]
    oldest = min((since for since in waits if since is not None), default=None)
    return f"{standing.behind:,}{word}" + (f" for {duration(report.real_at - oldest)}" if oldest else "")


def _unsent(standing: Standing, report: Report, word: str = "") -> str:
    oldest = standing.oldest_unpublished_at
    return f"{standing.unpublished:,}{word}" + (f" for {duration(report.at - oldest)}" if oldest else "")


def _generation(standing: Standing) -> str:
    schema, fold = standing.generation.get("schema_name"), standing.generation.get("fold_version")
    return "none" if schema is None else f"{str(schema).removeprefix('generation_').lstrip('0')} (fold {fold})"


def _rebuilt(standing: Standing, report: Report) -> str:
    rebuild = standing.rebuild
    if rebuild is None:
        return "never"
    if rebuild["outcome"] is None:
        return f"now: {rebuild['stage']}"
    ago = f"{duration(report.real_at - (rebuild['finished_at'] or rebuild['started_at']))} ago"
    return ago if rebuild["outcome"] == "swapped" else f"{rebuild['outcome']} {ago}"


def _scrubbed(standing: Standing) -> str:
    if standing.scrubbed is None:
        return "never"
    accounts, differing = standing.scrubbed["accounts"], standing.scrubbed["differing"]
    return f"{differing:,} of {accounts:,} differ" if differing else f"{accounts:,} fine"


def _ago(report: Report, when: datetime | None) -> str:
    return "never" if when is None else f"{duration(report.at - when)} ago"
