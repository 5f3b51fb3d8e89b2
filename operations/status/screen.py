"""How does a status look? A screen on a terminal, plain lines elsewhere, JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from operations.sealed import printable
from operations.status.standing import Notice, Report, Standing, count, duration, notices


def screen(report: Report) -> RenderableType:
    """Draw a report for a terminal."""
    found = notices(report)
    parts: list[RenderableType] = [_headline(report, found), _services(report)]
    if found:
        parts.append(_notices(found))
    return Group(*parts)


def lines(report: Report) -> Iterator[str]:
    """Write a report in plain lines."""
    yield f"coterm at {_instant(report.at)}, Kafka {report.brokers}: {verdict(notices(report))}"
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
    told = {
        "holds": not any(notice.is_broken for notice in found),
        "at": report.at,
        "brokers": report.brokers,
        "kafka_away": report.kafka_away,
        "services": services,
        "notices": [asdict(notice) for notice in found],
    }
    return json.dumps(told, default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value))


def verdict(found: list[Notice]) -> str:
    """Say in a word how everything is."""
    broken = sum(notice.is_broken for notice in found)
    if broken:
        return f"{count(broken, 'thing')} broken"
    return f"all runs, {count(len(found), 'thing')} for an operator to decide" if found else "all is well"


def _headline(report: Report, found: list[Notice]) -> Text:
    broken = any(notice.is_broken for notice in found)
    colour = "bold red" if broken else "yellow" if found else "bold green"
    told = Text.assemble(("coterm  ", "bold"), (_instant(report.at), "dim"), "   ")
    return told + Text(verdict(found), style=colour) + Text(f"   Kafka {report.brokers}\n", style="dim")


def _services(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("service", "events", "last", "applied", "behind", "relay", "tables", "proof"):
        table.add_column(name, justify="right" if name == "events" else "left", no_wrap=name != "proof")
    for standing in report.services:
        is_well = standing.process == "ready" and standing.away is None
        mark = Text("● ", style="green" if is_well else "red") + Text(standing.service, style="bold")
        if standing.away is not None:
            table.add_row(mark, *["–"] * 7)
            continue
        late = standing.behind > 0
        table.add_row(
            mark,
            f"{standing.events:,}",
            _ago(report, standing.last_event_at),
            _applied(standing) or "–",
            Text(_behind(standing, report), style="yellow" if late else "green"),
            Text(_relay(standing, report), style="yellow" if standing.unpublished else "green"),
            _tables(standing, report),
            _proof(standing),
        )
    return table


def _notices(found: list[Notice]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for notice in found:
        sign = Text("✗ broken", style="bold red") if notice.is_broken else Text("○ waits", style="yellow")
        table.add_row(sign, notice.service, Text(printable(notice.what)), Text(notice.look, style="cyan"))
    return table


def _cells(standing: Standing, report: Report) -> Iterator[str]:
    yield standing.process
    if standing.away is None:
        yield f"{count(standing.events, 'event')}"
        yield f"applied {_applied(standing)}" if standing.lags is not None else ""
        yield f"{_behind(standing, report)} behind"
        yield _relay(standing, report)
        yield _tables(standing, report)
        yield _proof(standing)


def _applied(standing: Standing) -> str:
    if standing.lags is None:
        return ""
    return f"{sum(lag.applied for lag in standing.lags):,} of {sum(lag.end for lag in standing.lags):,}"


def _behind(standing: Standing, report: Report) -> str:
    if standing.lags is None:
        return "unknown"
    if not standing.behind:
        return "0 records"
    oldest = standing.oldest_at
    since = f", {duration(report.real_at - oldest)}" if oldest else ""
    return f"{count(standing.behind, 'record')}{since}"


def _relay(standing: Standing, report: Report) -> str:
    if not standing.unpublished:
        return "all sent"
    oldest = standing.oldest_unpublished_at
    since = f", {duration(report.at - oldest)}" if oldest else ""
    return f"{standing.unpublished:,} unsent{since}"


def _tables(standing: Standing, report: Report) -> str:
    schema = str(standing.generation.get("schema_name", "none")).removeprefix("generation_").lstrip("0")
    rebuild = standing.rebuild
    if rebuild is None:
        return f"generation {schema}, never rebuilt"
    when = rebuild["finished_at"] or rebuild["started_at"]
    how = rebuild["outcome"] or rebuild["stage"]
    return f"generation {schema}, rebuild {how} {duration(report.real_at - when)} ago"


def _proof(standing: Standing) -> str:
    if standing.scrubbed is None:
        return ""
    accounts, differing = standing.scrubbed["accounts"], standing.scrubbed["differing"]
    return f"{count(accounts, 'account')} scrubbed, {differing} differ"


def _ago(report: Report, when: datetime | None) -> str:
    return "never" if when is None else f"{duration(report.at - when)} ago"


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")
