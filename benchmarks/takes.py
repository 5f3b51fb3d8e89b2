"""What was taken in a run, and what does it say of a goal? Rounds of takes, ratios round by round, one verdict."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MEMORY = "memory MiB"
"""The most that one process of ours held."""
RATE = "a second"
CPU = "CPU ms each"
"""Of all processes that were watched, per unit of work."""
P50, P99 = "p50 ms", "p99 ms"
TIME = "ms each"


@dataclass(frozen=True, slots=True)
class Take:
    """One thing done once: what was measured, and how much was done."""

    measured: Mapping[str, float]
    units: int = 0
    wrong: str = ""
    """Why it counts for nothing: the work was not done right."""
    cpu: Mapping[str, float] = field(default_factory=dict)
    """CPU seconds by process."""


@dataclass(frozen=True, slots=True)
class Round:
    """Each thing once, one after the other, on the same data, in the same minute."""

    takes: Mapping[str, Take]
    fsync_ms: float
    load: float


@dataclass(frozen=True, slots=True)
class Row:
    """A goal: what is compared with what, and which ratio would hold."""

    name: str
    what: str
    ours: str
    yardstick: str | None = None
    """What it is divided by; None where the goal is a figure and no ratio."""
    measure: str = RATE
    against: str | None = None
    """The yardstick's measure, where it is another."""
    at_least: float | None = None
    at_most: float | None = None
    """Where neither is said, it is reported, and no goal."""
    within: tuple[str, float] | None = None
    """The ratio counts only while this measure of ours is at most so much."""
    stage: str = ""

    @property
    def goal(self) -> str:
        """Write the goal in a few signs."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    @property
    def things(self) -> tuple[str, ...]:
        """Name what has to be taken for it."""
        return (self.ours,) if self.yardstick is None else (self.ours, self.yardstick)


class Verdict(StrEnum):
    """What a row says in the end."""

    HOLDS = "holds"
    FALLS_SHORT = "falls short"
    REPORTED = "reported"
    VOID = "void"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Figure:
    """A row with what was measured for it."""

    row: Row
    verdict: Verdict
    why: str = ""
    ours: Sequence[float] = ()
    yardstick: Sequence[float] = ()
    ratios: Sequence[float] = ()
    """Of each round; the figures themselves where the row has no yardstick."""
    cpu: Mapping[str, float] = field(default_factory=dict)
    """CPU seconds by process, of all rounds, of ours and of the yardstick."""
    fsync_ms: float = 0.0
    load: float = 0.0

    @property
    def ratio(self) -> float | None:
        """Return the median."""
        return statistics.median(self.ratios) if self.ratios else None


def not_measured(row: Row, why: str) -> Figure:
    """Leave a row out by name."""
    return Figure(row, Verdict.NOT_MEASURED, why)


def figure(row: Row, rounds: Sequence[Round]) -> Figure:
    """Judge a row by the rounds in which all that it needs was taken."""
    whole = [each for each in rounds if all(thing in each.takes for thing in row.things)]
    if not whole:
        return not_measured(row, "no round was finished")
    wrong = [each.takes[thing].wrong for each in whole for thing in row.things if each.takes[thing].wrong]
    ours = [each.takes[row.ours].measured[row.measure] for each in whole if not wrong]
    against = row.against or row.measure
    yardstick = [each.takes[row.yardstick].measured[against] for each in whole if row.yardstick and not wrong]
    ratios = [mine / other for mine, other in zip(ours, yardstick, strict=True)] if row.yardstick else ours
    verdict, why = (Verdict.VOID, wrong[0]) if wrong else _judged(row, ratios, whole)
    return Figure(
        row, verdict, why, ours, yardstick, ratios, _cpu(row, whole),
        statistics.median(each.fsync_ms for each in whole), statistics.median(each.load for each in whole),
    )  # fmt: skip


def _judged(row: Row, ratios: Sequence[float], rounds: Sequence[Round]) -> tuple[Verdict, str]:
    if not row.goal:
        return Verdict.REPORTED, ""
    if row.within is not None:
        name, most = row.within
        took = statistics.median(each.takes[row.ours].measured[name] for each in rounds)
        if took > most:
            return Verdict.FALLS_SHORT, f"{name} is {took:.1f}, more than {most:g}"
    ratio = statistics.median(ratios)
    is_enough = row.at_least is None or ratio >= row.at_least
    is_little = row.at_most is None or ratio <= row.at_most
    return (Verdict.HOLDS if is_enough and is_little else Verdict.FALLS_SHORT), ""


def _cpu(row: Row, rounds: Sequence[Round]) -> Mapping[str, float]:
    """Add up what each process used, named with whose work it was for."""
    used: dict[str, float] = {}
    for each in rounds:
        for whose, thing in zip(("ours", "yardstick"), row.things, strict=False):
            for process, seconds in each.takes[thing].cpu.items():
                name = f"{whose}: {process}"
                used[name] = used.get(name, 0.0) + seconds
    return {name: round(seconds, 2) for name, seconds in used.items() if seconds >= 0.005}


def percentiles(taken_ms: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    ordered = sorted(taken_ms)
    return {P50: ordered[len(ordered) // 2], P99: ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]}
