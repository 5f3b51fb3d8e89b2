"""What would so many orders a second take? Arithmetic from what was measured: `python -m benchmarks.scaling 10 1000`.

Every input stands in `Measured`, every choice in `Choices`; docs/scaling.md prints what comes out, and a test holds the
page to it.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

DAY = 86_400
LOADS = (10.0, 1_000.0, 100_000.0)
CPU_MS = {
    "orders": 7.7, "billing": 6.5, "provisioning": 7.2, "notifications": 9.0, "PostgreSQL": 16.3, "Kafka": 4.1,
}  # fmt: skip
OWN_EVENTS = {"orders": 7, "billing": 4, "provisioning": 7, "notifications": 11}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one first purchase (a base and an add-on) costs when many come at once.

    CPU of twenty minutes at 36 a second on two cores of x86_64, as `make bench-load` once ran: more than they bear, so
    that two of five mails were still to leave. Bytes of 200.
    """

    cpu_ms: Mapping[str, float] = field(default_factory=lambda: dict(CPU_MS))
    """At four orders a second it is four times as much: every small batch pays for its own wake-up."""
    records: int = 29
    """Records on the four topics."""
    own_events: Mapping[str, int] = field(default_factory=lambda: dict(OWN_EVENTS))
    """Of those, what a rebuild of each service reads."""
    log_bytes: int = 32_300
    """On the brokers' disk, one copy."""
    journal_bytes: int = 63_300
    """The same events as rows, with their indexes, in all four databases."""
    rows_bytes: int = 29_600
    """States, projections, inbox and effects, with what updates leave behind until it is vacuumed."""
    wal_bytes: int = 154_000
    """What the four databases write ahead, full pages after checkpoints included."""
    fold_events: float = 30_000.0
    """Events a second that one process folds, everything included."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What an operator decides."""

    partitions: int = 12
    """Of a topic, for ever: no more instances of a service than this take part."""
    busy: float = 0.6
    """A core is not filled further, so that latency stays."""
    replicas: int = 3
    mean_to_peak: float = 0.3
    """A day's mean beside its busiest minute, for which instances are counted; disks fill by the mean."""
    broker_megabytes: float = 100.0
    """That a broker writes a second, copies included."""
    journal_days: int = 30
    """So long the journal keeps what Kafka holds, once older parts are archived."""


@dataclass(frozen=True, slots=True)
class Size:
    """What carries a load."""

    per_second: float
    cells: int
    """Whole systems, each with its share of the customers; one carries what an instance for each partition carries."""
    instances: Mapping[str, int]
    """Of each service, in a cell."""
    database_cores: int
    """In a cell, of its four databases together."""
    wal_megabytes_a_second: float
    """The same."""
    brokers: int
    log_terabytes_a_year: float
    """Of all cells, every copy counted."""
    journal_terabytes_a_year: float
    """Were all of it kept."""
    journal_terabytes_kept: float
    rows_terabytes_a_year: float
    rebuild_hours: Mapping[str, float]
    """Of a year's history of a cell, with a process for each partition."""


def size(per_second: float, measured: Measured, choices: Choices) -> Size:
    """Return what carries so many orders a second at its busiest minute."""
    cells = max(1, math.ceil(per_second / carried(measured, choices)[1]))
    share = per_second / cells
    a_year = per_second * choices.mean_to_peak * DAY * 365
    written = share * measured.log_bytes * choices.replicas / 1e6
    by_cpu = share * measured.cpu_ms["Kafka"] / 1000 / choices.busy / 4
    return Size(
        per_second,
        cells,
        {name: cores(share, measured.cpu_ms[name], choices) for name in OWN_EVENTS},
        cores(share, measured.cpu_ms["PostgreSQL"], choices),
        share * measured.wal_bytes / 1e6,
        max(choices.replicas, math.ceil(written / choices.broker_megabytes), math.ceil(by_cpu)),
        a_year * measured.log_bytes * choices.replicas / 1e12,
        a_year * measured.journal_bytes / 1e12,
        a_year * measured.journal_bytes / 1e12 * choices.journal_days / 365,
        a_year * measured.rows_bytes / 1e12,
        {name: rebuild_hours(a_year / cells * measured.own_events[name], measured, choices) for name in OWN_EVENTS},
    )


def cores(per_second: float, cpu_ms: float, choices: Choices) -> int:
    """Return how many instances, each of one core, do so much a second without being full."""
    return max(1, math.ceil(per_second * cpu_ms / 1000 / choices.busy))


def rebuild_hours(events: float, measured: Measured, choices: Choices) -> float:
    """Return for how long so many events are folded, with a process for each partition."""
    return events / (measured.fold_events * choices.partitions) / 3600


def carried(measured: Measured, choices: Choices) -> tuple[str, float]:
    """Name the service that is full first when each has as many instances as there are partitions, and at how much."""
    most = {name: choices.partitions * choices.busy * 1000 / measured.cpu_ms[name] for name in OWN_EVENTS}
    return min(most.items(), key=lambda each: each[1])


def lines(loads: Sequence[float], measured: Measured, choices: Choices) -> Iterator[str]:
    """Write the table of docs/scaling.md."""
    found = [size(load, measured, choices) for load in loads]
    yield "| orders/s at the busiest minute | " + " | ".join(f"{load:,.0f}" for load in loads) + " |"
    yield "| --- |" + " ---: |" * len(loads)
    yield _row("cells", [f"{each.cells:,}" for each in found])
    for name in OWN_EVENTS:
        yield _row(f"instances of {name}, a cell", [f"{each.instances[name]:,}" for each in found])
    yield _row("cores for PostgreSQL, a cell", [f"{each.database_cores:,}" for each in found])
    yield _row("WAL, MB a second, a cell", [f"{each.wal_megabytes_a_second:,.1f}" for each in found])
    yield _row("brokers, a cell", [f"{each.brokers:,}" for each in found])
    yield _row("log, TB a year, all copies", [f"{each.log_terabytes_a_year:,.1f}" for each in found])
    yield _row("journal, TB a year, if all is kept", [f"{each.journal_terabytes_a_year:,.1f}" for each in found])
    days = f"journal, TB, if {choices.journal_days} days are kept"
    yield _row(days, [f"{each.journal_terabytes_kept:,.1f}" for each in found])
    yield _row("states and projections, TB a year", [f"{each.rows_terabytes_a_year:,.1f}" for each in found])
    for name in OWN_EVENTS:
        yield _row(f"rebuild of a year of {name}, hours", [f"{each.rebuild_hours[name]:,.1f}" for each in found])


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table for the loads that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("loads", type=float, nargs="*", default=LOADS, help="orders a second")
    parser.add_argument("--partitions", type=int, default=Choices().partitions)
    options = parser.parse_args()
    choices = Choices(partitions=options.partitions)
    print("\n".join(lines(options.loads, Measured(), choices)))
    print("A cell carries {1:,.0f} orders/s: {0} is full first.".format(*carried(Measured(), choices)))


if __name__ == "__main__":
    main()
