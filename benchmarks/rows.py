"""Which goals are there? What is compared with what, and which ratio holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.stages.committing import committing
from benchmarks.stages.exporting import exporting
from benchmarks.stages.feeding import CPU_EACH, feeding
from benchmarks.stages.rebuilding import rebuilding
from benchmarks.stages.selling import selling
from benchmarks.stages.stage import Stage
from benchmarks.stages.starting import starting
from benchmarks.stages.taking_orders import taking_orders
from benchmarks.takes import CPU, MEMORY, P50, P99, RATE, TIME, Row

STAGES: Mapping[str, tuple[Stage, float]] = {
    "selling": (selling, 3.5),
    "taking orders": (taking_orders, 1.5),
    "committing": (committing, 1.5),
    "rebuilding": (rebuilding, 5.5),
    "exporting": (exporting, 0.7),
    "feeding": (feeding, 0.7),
    "starting": (starting, 2.0),
}
"""Each with its share of the time."""


_REBUILDING = (
    Row("G1", "rebuild ÷ raw getmany, the wide topic", "rebuild wide", "getmany wide", at_least=1.0),
    Row("G1", "rebuild ÷ raw getmany, the small topic", "rebuild small", "getmany small", at_least=0.6),
    Row("G2", "rebuild by one ÷ read and decode, short lives", "rebuild by one wide", "decode wide", at_least=0.5),
    Row("G2", "rebuild by one ÷ read and decode, 10 × history", "rebuild by one long", "decode long", at_least=0.75),
    Row("G3", "rebuild by one ÷ naive Faust agent", "rebuild by one wide", "faust few", at_least=250),
    Row("G3", "rebuild by two ÷ naive Faust agent", "rebuild wide", "faust few", at_least=400),
    Row("G3", "rebuild by two ÷ FastStream in batches", "rebuild wide", "faststream few"),
    Row("G4", "rebuild ÷ pyeventsourcing's runner", "rebuild wide", "eventsourcing runner few", at_least=100),
    Row("G4", "rebuild ÷ pyeventsourcing's bare iteration", "rebuild wide", "eventsourcing iteration few", at_least=6),
    Row("G5", "rebuild by two ÷ by one", "rebuild wide", "rebuild by one wide"),
    Row("G10", "time an event at 10 × history", "rebuild long", "rebuild small", TIME, at_most=1.0),
    Row("G10", "time an event at 10 × accounts", "rebuild wide", "rebuild small", TIME, at_most=1.05),
    Row("G11", "rebuild's memory at 10 × history", "rebuild long", "rebuild small", MEMORY, at_most=1.05),
    Row("G11", "rebuild's memory, MiB", "rebuild long", None, MEMORY, at_most=128),
)  # fmt: skip
_COMMITTING = (
    Row("G6", "batches of 500 ÷ a transaction an event", "page of 500", "one by one", at_least=40, within=(P99, 25)),
    Row("G6", "batches of 32 ÷ a transaction an event", "page of 32", "one by one", at_least=20, within=(P99, 10)),
    Row("G4", "batches of 500 ÷ pyeventsourcing's runner", "page of 500", "eventsourcing runner few", at_least=40),
    Row("G7", "commands on one connection ÷ bare commits on one", "page of 500", "bare commits", at_least=8),
    Row("G7", "commands on one connection ÷ bare commits on 32", "page of 500", "bare commits on 32", at_least=3),
    Row("G10", "live batch at 10 × rows", "page on many rows", "page on few rows", at_least=0.8),
    Row("G13", "relay ÷ bare idempotent produce", "relay", "bare produce"),
    Row("deadlines", "deadlines fired a second after an outage", "deadlines", None, RATE),
)  # fmt: skip
_TAKING_ORDERS = (
    Row("G8", "durable intake ÷ FastAPI without a database", "orders", "fastapi bare", at_least=0.7),
    Row("G8", "durable intake ÷ FastAPI, one transaction a request", "orders", "fastapi", at_least=4),
    Row("G8", "one after another, p50 ÷ its bare hops", "orders in turn", "hops in turn", P50, at_most=1.5),
)  # fmt: skip
_SELLING = (
    Row("G9", "paid to active at 30 % load, p50 ÷ bare hops", "sold at 30 %", "hops", P50, at_most=1.25),
    Row("G9", "paid to active at 30 % load, p99 ÷ bare hops", "sold at 30 %", "hops", P99, at_most=2),
    Row("G9", "paid to active at 70 % load, p99 ÷ bare hops", "sold at 70 %", "hops", P99, at_most=4),
    Row("G12", "swap holds writers, p99 ms", "swaps", None, P99),
    Row("G14", "CPU ms an order, saturated", "sold", None, CPU, at_most=35),
    Row("G14", "CPU ms an order at 4 orders/s", "sold at 4/s", None, CPU, at_most=90),
    Row("G14", "orders/s", "sold", None, RATE, at_least=55),
)  # fmt: skip
_STARTING = (
    Row("G15", "first `make demo`, s", "first demo", None, "s", at_most=60),
    Row("G15", "second `make demo`, s", "second demo", None, "s", at_most=30),
)  # fmt: skip
_FEEDING = (
    Row("feeder", "Faust's feeder ÷ a bare aiokafka one, records/s", "faust fast", "aiokafka fast"),
    Row("feeder", "the same, CPU µs a record", "faust fast", "aiokafka fast", CPU_EACH),
    Row("feeder", "the same, from sending to the queue, p50", "faust slow", "aiokafka slow", P50),
    Row("feeder", "the same, p99", "faust slow", "aiokafka slow", P99),
)  # fmt: skip
_EXPORTING = (
    Row("export", "export ÷ raw getmany of the four topics", "export", "getmany"),
)  # fmt: skip
ROWS: tuple[Row, ...] = tuple(
    sorted(
        (
            replace(row, stage=stage)
            for stage, rows in (
                ("selling", _SELLING),
                ("taking orders", _TAKING_ORDERS),
                ("committing", _COMMITTING),
                ("rebuilding", _REBUILDING),
                ("exporting", _EXPORTING),
                ("feeding", _FEEDING),
                ("starting", _STARTING),
            )
            for row in rows
        ),
        key=lambda row: (row.name[0] != "G", int(row.name[1:]) if row.name[0] == "G" else 0),
    )
)
"""In the order of the goals."""
UNMEASURED: Sequence[tuple[str, str, str]] = (
    ("G6", "the same through Faust", "no row for it yet"),
    ("G15", "`make test`", "it takes longer than all of this"),
)
"""What the goals name and no row measures: goal, what, why."""
