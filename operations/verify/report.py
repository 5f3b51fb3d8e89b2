"""How is a report shown? A table on a terminal, plain lines elsewhere, JSON when asked for."""

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from operations.answer import answer, say
from operations.verify.findings import Finding, Report

SHOWN = 20
"""So many violations of one invariant are written out."""

NEXT = {
    2: "coterm recover log {service}.events",
    3: "coterm recover log {service}.events",
    4: "coterm recover log {service}.events",
    8: "coterm positions show {service}",
    9: "coterm positions show {service}",
    10: "coterm rebuild {service}",
    11: "coterm rebuild {service}",
}
"""The command that looks closer, and would mend it."""


def show(report: Report, *, as_json: bool = False) -> None:
    """Write a report to standard output."""
    answer(plain(report), [in_lines(report)], as_json=as_json, drawn=lambda console: _draw(report, console))


def _draw(report: Report, console: Console) -> None:
    console.print(_table(report))
    for line in _details(report):
        say(line)


def in_lines(report: Report) -> str:
    """Write a report in plain lines."""
    return "\n".join([*(_line(finding) for finding in report.findings), *_details(report)])


def plain(report: Report) -> dict[str, object]:
    """Write a report as plain values."""
    findings = [
        {
            "invariant": finding.number,
            "claim": finding.claim,
            "status": _status(finding),
            "checked": finding.checked,
            "note": finding.unchecked or finding.note,
            "violations": [{**asdict(each.place), "what": each.what} for each in finding.violations],
        }
        for finding in report.findings
    ]
    return {
        "holds": report.holds,
        "undrained": report.undrained,
        "facts": report.facts,
        "seconds": round(report.seconds, 3),
        "facts_per_second": round(report.rate),
        "invariants": findings,
    }


def _status(finding: Finding) -> str:
    if not finding.holds:
        return "BROKEN"
    if finding.unchecked:
        return "not checked"
    return "holds" if finding.checked else "no fact yet"


def _line(finding: Finding) -> str:
    note = finding.unchecked or finding.note
    about = f"  ({note})" if note else ""
    return f"{finding.number:>3}  {_status(finding):<11}  {finding.checked:>8}  {finding.claim}{about}"


def _table(report: Report) -> Table:
    table = Table("", "invariant", "facts", "", header_style="dim")
    colours = {"holds": "green", "BROKEN": "bold red", "not checked": "yellow", "no fact yet": "yellow"}
    for finding in report.findings:
        status = _status(finding)
        note = finding.unchecked or finding.note
        claim = f"{finding.claim}\n[dim]{note}[/dim]" if note else finding.claim
        table.add_row(str(finding.number), claim, f"{finding.checked:,}", f"[{colours[status]}]{status}[/]")
    return table


def _details(report: Report) -> Iterator[str]:
    for finding in report.findings:
        for violation in finding.violations[:SHOWN]:
            yield f"  {finding.number}: {violation.place}: {violation.what}"
        if len(finding.violations) > SHOWN:
            yield f"  {finding.number}: and {len(finding.violations) - SHOWN} more"
        if finding.number in NEXT and finding.violations:
            service = finding.violations[0].place.service or "SERVICE"
            yield f"  {finding.number}: go on with `{NEXT[finding.number].format(service=service)}`"
    if report.undrained:
        yield f"something still moved, so that what waits was not judged: {report.undrained}"
    if report.seconds:
        yield f"{report.facts:,} facts in {report.seconds:.1f} s ({report.rate:,.0f}/s)"
    broken = report.broken()
    yield f"broken: {', '.join(map(str, broken))}" if broken else "every invariant that was checked holds"
