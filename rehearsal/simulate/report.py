"""How did it go? Each case with what ended as expected, the figures, and every difference."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from operations.answer import answer, say
from rehearsal.simulate.order_states import quantile
from rehearsal.simulate.plan import Plan
from rehearsal.simulate.playing import Run, Verdict
from rehearsal.simulate.watching import counts

SHOWN = 20
"""So many differences are written out."""


def plain(run: Run, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Write a run's outcome as plain values."""
    wrong = [
        {"case": verdict.scenario.case, "order_id": order_id, "what": what}
        for verdict in verdicts
        for order_id, what in verdict.wrong
    ]
    return {
        "as_expected": not wrong,
        "seed": run.plan.seed,
        "run": run.plan.run,
        "orders": run.plan.orders,
        "seconds": round(run.seconds, 3),
        "orders_per_second": round(run.plan.orders / run.seconds, 1) if run.seconds else None,
        "counts": counts(run),
        "messages": {**dict(run.tally.ways), "asked again": run.tally.retried},
        "milliseconds": {
            "answer over HTTP": _figures(run.tally.answers_ms),
            **{name: _figures(taken) for name, taken in run.states.taken_ms.items()},
        },
        "cases": _cases(verdicts),
        "differences": wrong,
    }


def show(outcome: dict[str, Any], *, as_json: bool = False) -> None:
    """Write an outcome to standard output: a table on a terminal, lines elsewhere, JSON when asked for."""
    cases = [
        f"{'ok   ' if not case['wrong'] else 'WRONG'}  {case['orders']:>5}  {name}"
        for name, case in outcome["cases"].items()
    ]
    answer(outcome, [*cases, *_lines(outcome)], as_json=as_json, drawn=lambda console: _draw(outcome, console))


def show_plan(plan: Plan, *, as_json: bool = False) -> None:
    """Write what would be sent."""
    lines = [f"{orders:>5}  {name}" for name, orders in plan.cases().items()]
    lines.append(f"{plan.orders} orders of seed {plan.seed}; nothing was sent")
    answer({"seed": plan.seed, "run": plan.run, "orders": plan.orders, "cases": plan.cases()}, lines, as_json=as_json)


def _draw(outcome: dict[str, Any], console: Console) -> None:
    console.print(_table(outcome))
    for line in _lines(outcome):
        say(line)


def _cases(verdicts: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    cases: dict[str, dict[str, int]] = {}
    for verdict in verdicts:
        case = cases.setdefault(verdict.scenario.case, {"orders": 0, "wrong": 0})
        case["orders"] += verdict.scenario.orders
        case["wrong"] += len({order_id for order_id, _ in verdict.wrong})
    return dict(sorted(cases.items()))


def _figures(taken: Sequence[float]) -> dict[str, float] | None:
    if not taken:
        return None
    ordered = sorted(taken)
    return {"p50": round(quantile(ordered, 0.5), 1), "p99": round(quantile(ordered, 0.99), 1)}


def _table(outcome: dict[str, Any]) -> Table:
    table = Table("", "case", "orders", "wrong", header_style="dim")
    for column in table.columns[2:]:
        column.justify = "right"
    for name, case in outcome["cases"].items():
        mark = "[red]✗[/]" if case["wrong"] else "[green]✓[/]"
        table.add_row(mark, name, str(case["orders"]), f"[red]{case['wrong']}[/]" if case["wrong"] else "")
    return table


def figures_of(outcome: dict[str, Any]) -> Iterator[str]:
    """Write what was counted and timed, a line each."""
    yield ", ".join(f"{name} {number}" for name, number in outcome["counts"].items())
    yield "messages: " + ", ".join(f"{name} {number}" for name, number in sorted(outcome["messages"].items()))
    for name, figures in outcome["milliseconds"].items():
        if figures:
            yield f"{name}: p50 {figures['p50']:,.0f} ms, p99 {figures['p99']:,.0f} ms"


def _lines(outcome: dict[str, Any]) -> Iterator[str]:
    yield from figures_of(outcome)
    differences = outcome["differences"]
    for each in differences[:SHOWN]:
        yield f"  {each['order_id']} ({each['case']}): {each['what']}"
    if len(differences) > SHOWN:
        yield f"  and {len(differences) - SHOWN} more"
    how = f"{outcome['orders']} orders in {outcome['seconds']:.1f} s, {outcome['orders_per_second']} a second"
    ended = "every order ended as expected" if outcome["as_expected"] else f"{len(differences)} differences"
    yield f"seed {outcome['seed']}, run {outcome['run']}: {how}: {ended}"
