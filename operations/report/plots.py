"""How is an answer drawn? As SVG that stands in the page itself and takes the page's colours, light or dark."""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from operations.report.query import Result

INK, FAINT = "#f0f001", "#f0f002"
SERIES = ("#f0f011", "#f0f012", "#f0f013", "#f0f014")
_VARIABLES = {INK: "var(--ink)", FAINT: "var(--rule)", **{colour: f"var(--s{n})" for n, colour in enumerate(SERIES, 1)}}
"""Colours that nobody chose, each standing for one that the page chooses."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "coterm",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": FAINT,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
_WIDTH = 7.0
_MOST_BARS = 40
_EUROS = FuncFormatter(lambda cents, _: f"{cents / 100:,.0f} €")


def plot(result: Result) -> str | None:
    """Draw an answer; None where there is nothing to draw."""
    draw = _DRAWN.get(result.query.name)
    if draw is None or not result.rows:
        return None
    with mpl.rc_context(_STYLE):
        return _svg(draw(result))


def _orders_per_day(result: Result) -> Figure:
    step, named = _steps(result.column("day"))
    figure = _figure(3.6)
    axes = figure.subplots(2, 1, sharex=True)
    for ax, column, title in ((axes[0], "orders", "orders placed"), (axes[1], "revenue_net_cents", "revenue, net")):
        stacks: dict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
        for day, channel, amount in zip(*map(result.column, ("day", "channel", column)), strict=True):
            stacks[channel][step(day)] += amount
        steps = _without_gaps([step(day) for day in result.column("day")], step)
        _stacked(ax, [named(at) for at in steps], {name: [stack[at] for at in steps] for name, stack in stacks.items()})
        ax.set_title(title)
    axes[0].yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes[1].yaxis.set_major_formatter(_EUROS)
    _legend(axes[0])
    return figure


def _extension_kept(result: Result) -> Figure:
    kept, offered = result.column("kept"), result.column("offered")
    refused = [every - some for every, some in zip(offered, kept, strict=True)]
    return _lying(result.column("channel"), {"kept the extension": kept, "refused it": refused}, total="all")


def _conversion(result: Result) -> Figure:
    paid = result.column("paid")
    rest = {"lost": result.column("lost"), "waiting": result.column("waiting")}
    return _lying(result.column("purchase_case"), {"paid": paid, **rest}, total="all")


def _payment_to_activation(result: Result) -> Figure:
    figure = _figure(0.9 + 0.45 * len(result.rows))
    ax = figure.subplots()
    labels = _words(result.column("purchase_case"))
    for colour, column, name in zip(SERIES, ("median_ms", "p90_ms", "p99_ms"), ("median", "p90", "p99"), strict=False):
        ax.plot(result.column(column), labels, "o", color=colour, markersize=8, label=name)
    ax.hlines(labels, result.column("median_ms"), result.column("p99_ms"), color=FAINT, linewidth=2, zorder=0)
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    ax.margins(y=0.3)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:,.0f} ms"))
    ax.grid(axis="x")
    _legend(ax)
    return figure


def _monthly(part: str, count: str) -> Callable[[Result], Figure]:
    """Draw a column by month, stacked by what another one names."""

    def drawn(result: Result) -> Figure:
        stacks: dict[str, Counter[date]] = defaultdict(Counter)
        for month, name, amount in zip(*map(result.column, ("month", part, count)), strict=True):
            stacks[name][month] += amount
        return _months(result, stacks, in_euros=count.endswith("_cents"))

    return drawn


def _renewal_rate(result: Result) -> Figure:
    stacks: dict[str, Counter[date]] = {name: Counter() for name in ("renewed", "lapsed", "open")}
    for name, stack in stacks.items():
        for month, services in zip(result.column("month"), result.column(name), strict=True):
            stack[month] += services
    return _months(result, stacks)


def _credit_owed(result: Result) -> Figure:
    owed = dict(zip(result.column("month"), result.column("owed_cents"), strict=True))
    return _months(result, {"owed": Counter(owed)}, in_euros=True)


def _months(result: Result, stacks: Mapping[str, Counter[date]], *, in_euros: bool = False) -> Figure:
    figure = _figure(2.6)
    ax = figure.subplots()
    months = _without_gaps(result.column("month"), lambda day: day.replace(day=1))
    heights = {name: [stack[month] for month in months] for name, stack in stacks.items()}
    _stacked(ax, [f"{month:%b %Y}" for month in months], heights)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if in_euros:
        ax.yaxis.set_major_formatter(_EUROS)
    _legend(ax)
    return figure


def _refusals(result: Result) -> Figure:
    return _lying(result.column("reason"), {"orders": result.column("orders")})


def _mails(result: Result) -> Figure:
    parts = {name.replace("_", " "): result.column(name) for name in ("sent", "failed", "in_doubt")}
    return _lying(result.column("template"), {name: counts for name, counts in parts.items() if any(counts)})


_DRAWN: Mapping[str, Callable[[Result], Figure]] = {
    "orders_per_day": _orders_per_day,
    "extension_kept": _extension_kept,
    "conversion": _conversion,
    "payment_to_activation": _payment_to_activation,
    "expiries_ahead": _monthly("product", "services"),
    "renewal_rate": _renewal_rate,
    "churn": _monthly("product", "ended"),
    "active_base": _monthly("product", "services"),
    "mrr": _monthly("product", "mrr_net_cents"),
    "credit_owed": _credit_owed,
    "refunds": _monthly("reason", "due_cents"),
    "refusals": _refusals,
    "mails": _mails,
}


def _figure(height: float) -> Figure:
    figure = Figure(figsize=(_WIDTH, height))
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    return figure


def _stacked(ax: Axes, labels: Sequence[str], stacks: Mapping[str, Sequence[int]]) -> None:
    below = [0] * len(labels)
    for colour, (name, heights) in zip(cycle(SERIES), sorted(stacks.items()), strict=False):
        ax.bar(range(len(labels)), heights, bottom=below, color=colour, width=0.7, label=_word(name))
        below = [low + high for low, high in zip(below, heights, strict=True)]
    every = max(1, -(-len(labels) // 8))
    ax.set_xticks(range(0, len(labels), every), labels[::every])
    ax.grid(axis="y")


def _lying(labels: Sequence[str], parts: Mapping[str, Sequence[int]], total: str | None = None) -> Figure:
    """Draw lying bars, one per label; the line that adds the others up is left out."""
    kept = [number for number, label in enumerate(labels) if label != total]
    labels, parts = [labels[n] for n in kept], {name: [lengths[n] for n in kept] for name, lengths in parts.items()}
    figure = _figure(0.7 + 0.32 * len(labels))
    ax = figure.subplots()
    left = [0] * len(labels)
    for colour, (name, lengths) in zip(SERIES, parts.items(), strict=False):
        bars = ax.barh(_words(labels), lengths, left=left, color=colour, height=0.62, label=name)
        ax.bar_label(bars, [str(length) if length else "" for length in lengths], label_type="center", color=INK)
        left = [before + length for before, length in zip(left, lengths, strict=True)]
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    ax.grid(axis="x")
    if len(parts) > 1:
        _legend(ax)
    return figure


def _legend(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, handlelength=0.8, borderaxespad=0.2)


def _steps(days: Sequence[date]) -> tuple[Callable[[date], date], Callable[[date], str]]:
    """Choose days, weeks or months, so that the bars stay wide enough to see."""
    span = (max(days) - min(days)).days
    if span <= _MOST_BARS:
        return (lambda day: day), lambda day: f"{day.day} {day:%b}"
    if span <= 7 * _MOST_BARS:
        return (lambda day: day - timedelta(day.weekday())), lambda day: f"{day.day} {day:%b}"
    return (lambda day: day.replace(day=1)), lambda day: f"{day:%b %Y}"


def _without_gaps(steps: Sequence[date], step: Callable[[date], date]) -> list[date]:
    """Give every step from the first to the last, also those on which nothing happened."""
    every: list[date] = []
    day, last = min(steps), max(steps)
    while day <= last:
        if step(day) not in every[-1:]:
            every.append(step(day))
        day += timedelta(1)
    return every


def _words(names: Iterable[str]) -> list[str]:
    return [_word(name) for name in names]


def _word(name: str) -> str:
    return name.replace("_", " ").lower() if name.isupper() else name


def _svg(figure: Figure) -> str:
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"^.*?(?=<svg )", "", written.getvalue(), flags=re.DOTALL)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg
