"""What is reported of a run? One table, the same as JSON, and a page that needs no other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from rich.table import Table

from benchmarks.takes import Figure, Verdict


@dataclass(frozen=True, slots=True)
class Document:
    """A run, with the machine that it was made on."""

    figures: Sequence[Figure]
    machine: Mapping[str, Any]
    seconds: float
    repeats: int
    left_out: Sequence[tuple[str, str, str]]
    """What was not measured on purpose: goal, what, why."""

    def as_json(self) -> str:
        """Write it for a program."""
        plain = {
            "machine": self.machine,
            "seconds": round(self.seconds, 1),
            "repeats": self.repeats,
            "rows": [_plain(figure) for figure in self.figures],
            "not_measured": [{"goal": goal, "what": what, "why": why} for goal, what, why in self.left_out],
        }
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def table(document: Document) -> Table:
    """Draw the table."""
    machine = document.machine
    title = (
        f"{machine['cores']} cores, {machine['machine']}, Python {machine['python']}, load {machine['load']} before; "
        f"{document.seconds / 60:.1f} minutes, up to {document.repeats} rounds"
    )
    drawn = Table(*_HEADINGS, title=title, title_justify="left")
    for figure in document.figures:
        drawn.add_row(*_cells(figure))
    for goal, what, why in document.left_out:
        drawn.add_row(goal, what, "", "", "", "", "", "", "", f"{Verdict.NOT_MEASURED}: {why}")
    return drawn


def cpu_table(document: Document) -> Table:
    """Draw the CPU seconds of every process, of all rounds: ours / the yardstick's."""
    names = sorted({name.partition(": ")[2] for figure in document.figures for name in figure.cpu})
    drawn = Table("", "what", *names, title="CPU seconds by process: ours / yardstick", title_justify="left")
    for figure in document.figures:
        if figure.cpu:
            cells = [
                " / ".join(f"{figure.cpu.get(f'{whose}: {name}', 0.0):.1f}" for whose in ("ours", "yardstick"))
                for name in names
            ]
            drawn.add_row(figure.row.name, figure.row.what, *cells)
    return drawn


def html(document: Document) -> str:
    """Write the page: in light or dark as the reader has it, wide or narrow."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("benchmarks") / "page.html.j2").read_text(encoding="utf-8"))
    rows = [
        {"cells": dict(zip(_HEADINGS, _cells(figure), strict=True)), "dots": dots(figure), "verdict": figure.verdict,
         "cpu": shares(figure.cpu)}
        for figure in document.figures
    ]  # fmt: skip
    counted = {verdict: sum(figure.verdict is verdict for figure in document.figures) for verdict in Verdict}
    return template.render(document=document, rows=rows, counted={str(v): n for v, n in counted.items() if n})


def dots(figure: Figure) -> Mapping[str, Any] | None:
    """Place each round's ratio and the goal on a line from nothing to the most; None where nothing was measured."""
    if not figure.ratios:
        return None
    goal = figure.row.at_least if figure.row.at_least is not None else figure.row.at_most
    most = max([*figure.ratios, goal or 0.0]) * 1.1 or 1.0
    return {
        "rounds": [round(100 * ratio / most, 2) for ratio in figure.ratios],
        "goal": None if goal is None else round(100 * goal / most, 2),
        "from_goal": figure.row.at_least is not None,
        "most": shown(most),
    }


def shares(cpu: Mapping[str, float]) -> Sequence[tuple[str, float, float]]:
    """Give each process with its seconds and its share of the most, the most first."""
    most = max(cpu.values(), default=0.0)
    return [(name, used, round(100 * used / most, 1)) for name, used in sorted(cpu.items(), key=lambda each: -each[1])]


def shown(value: float) -> str:
    """Write a figure with three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


_HEADINGS = (
    "", "what", "goal", "this project", "yardstick", "ratio", "least to most", "CPU s", "fsync ms", "verdict"
)  # fmt: skip


def _cells(figure: Figure) -> Sequence[str]:
    row, ratio = figure.row, figure.ratio
    is_figure = row.yardstick is None
    spread = (
        f"{shown(min(figure.ratios))} to {shown(max(figure.ratios))} ({len(figure.ratios)})" if figure.ratios else ""
    )
    used = {
        whose: sum(s for name, s in figure.cpu.items() if name.startswith(whose)) for whose in ("ours", "yardstick")
    }
    cpu = f"{used['ours']:.1f}" if is_figure else f"{used['ours']:.1f} / {used['yardstick']:.1f}"
    return (
        row.name,
        row.what,
        row.goal,
        _middle(figure.ours),
        _middle(figure.yardstick),
        "" if ratio is None or is_figure else shown(ratio),
        spread,
        cpu if figure.cpu else "",
        f"{figure.fsync_ms:.2f}" if figure.ratios else "",
        f"{figure.verdict}{': ' + figure.why if figure.why else ''}",
    )


def _middle(values: Sequence[float]) -> str:
    return shown(sorted(values)[len(values) // 2]) if values else ""


def _plain(figure: Figure) -> dict[str, Any]:
    plain = asdict(figure)
    row = plain.pop("row")
    return {
        "goal": row["name"], "what": row["what"], "limit": figure.row.goal, "ratio": figure.ratio,
        "measure": row["measure"], **plain,
    }  # fmt: skip
