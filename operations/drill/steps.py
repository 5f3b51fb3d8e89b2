"""How does a drill go? Look, destroy, find, recover, start, look again: each step timed, both looks compared."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from operations.drill.stack_control import StackControl
from operations.drill.stopwatch import Stopwatch
from operations.drill.system_state import Compared, SystemState, compare, system_state_of
from operations.rebuild.starting import refuse_while_rebuilt
from operations.surroundings import SERVICES, OperationFailed, Surroundings, refuse_another
from operations.verify.checking import examine
from operations.verify.findings import Report
from operations.verify.gathering import drain
from runtime.errors import CotermError
from runtime.kafka.log import KAFKA_ERRORS
from runtime.postgres.store import DATABASE_ERRORS
from schemas.topics import EVENTS

PATIENCE = 60.0
"""Seconds to wait until nothing moves."""

_BROKEN: tuple[type[BaseException], ...] = (CotermError, *DATABASE_ERRORS, *KAFKA_ERRORS)
"""How a drill may break off."""


@dataclass(slots=True)
class Drill:
    """What a drill found."""

    name: str
    about: str
    watch: Stopwatch
    compared: list[Compared] = field(default_factory=list)
    money: list[str] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    to_start: list[str] = field(default_factory=list)
    """What the operator has to start, where the drill can't."""

    @property
    def wrong(self) -> list[str]:
        """Name everything that is not as it was."""
        found = [each for compared in self.compared for each in compared.wrong]
        found += [f"invariant {number} is broken: `coterm verify` says where" for number in self.broken]
        return found

    def plain(self) -> dict[str, Any]:
        """Write it as plain values."""
        return {
            "drill": self.name,
            "about": self.about,
            "holds": not self.wrong,
            "lost_for_seconds": round(self.watch.lost_for, 3),
            "steps": [
                {"what": step.what, "seconds": round(step.seconds, 3), "result": step.result}
                for step in self.watch.steps
            ],
            "same": self.compared[-1].things if self.compared else {},
            "new": self.compared[-1].new if self.compared else {},
            "doubts": sum(compared.doubts for compared in self.compared[:1]),
            "money": self.money,
            "wrong": self.wrong,
            "to_start": self.to_start,
        }

    def lines(self) -> list[str]:
        """Say what came of it, for a person."""
        lines = [f"  {each}" for each in self.wrong[:20]]
        if len(self.wrong) > 20:
            lines.append(f"  and {len(self.wrong) - 20} more")
        if self.to_start:
            lines.append(f"start {', '.join(self.to_start)}, wait until all is applied, then: coterm verify")
            return lines
        if len(set(self.money)) == 1:
            lines.append(f"money before and after: {self.money[0].removeprefix('in total ')}")
        else:
            lines += [
                f"money {when}: {note.removeprefix('in total ')}"
                for when, note in zip(("before", "after"), self.money, strict=False)
            ]
        state = "NOT everything is as it was" if self.wrong else "everything is as it was"
        lines.append(f"{state}; {self.about} was lost for {self.watch.lost_for:.1f} s")
        return lines


@contextmanager
def saying_how_to_go_on(how: str) -> Iterator[None]:
    """Say how to go on, should a drill break off once something is stopped or lost. Raises OperationFailed."""
    try:
        yield
    except asyncio.CancelledError:
        raise OperationFailed(f"the drill was interrupted; go on by hand: {how}") from None
    except _BROKEN as error:
        why = str(error) or type(error).__name__
        raise OperationFailed(f"the drill broke off ({why}); go on by hand: {how}") from error


async def before(where: Surroundings, drill: Drill, control: StackControl, stopped: Sequence[str]) -> SystemState:
    """Wait, check, stop and look. Raises OperationFailed when what is there does not hold already."""
    if control.can_start:
        await _refuse_at_a_wrong_time(where, stopped[0])
        with drill.watch.step("waited until nothing moved") as step:
            step.result = await drain(where, PATIENCE) or "all is published and applied"
        with drill.watch.step("checked the invariants before") as step:
            report = await examine(where, 0.0)
            if not report.holds:
                broken = ", ".join(map(str, report.broken()))
                raise OperationFailed(f"a drill begins on what holds; broken are {broken}: see `coterm verify`")
            step.result = _checked(report)
            drill.money.append(report.of(18).note)
    is_ours = (
        saying_how_to_go_on(f"nothing is lost yet, start {', '.join(stopped)}") if control.can_start else nullcontext()
    )
    with is_ours:
        with drill.watch.step(f"{control.has} {', '.join(stopped)}"):
            await control.stop(stopped)
        if not control.can_start:
            await _refuse_at_a_wrong_time(where, stopped[0])
        with drill.watch.step("looked at everything before") as step:
            state = await system_state_of(where, topics=tuple(EVENTS), services=_seen(where, stopped))
            step.result = _sizes(state)
        return state


async def after(
    where: Surroundings, drill: Drill, control: StackControl, stopped: Sequence[str], first: SystemState
) -> None:
    """Start, wait, look, compare and check."""
    if not control.can_start:
        drill.to_start = list(stopped)
        return
    with drill.watch.step(f"started {', '.join(stopped)}"):
        await control.start(stopped)
    with drill.watch.step("waited until every input was met again") as step:
        step.result = await drain(where, PATIENCE) or "nothing moves"
    drill.watch.back()
    with drill.watch.step("compared with before") as step:
        compared = compare(first, await system_state_of(where, topics=tuple(EVENTS), services=_seen(where, stopped)))
        drill.compared.append(compared)
        step.result = summary(compared)
    with drill.watch.step("checked the invariants after") as step:
        report = await examine(where, PATIENCE)
        drill.broken = report.broken()
        step.result = _checked(report)
        drill.money.append(report.of(18).note)


async def _refuse_at_a_wrong_time(where: Surroundings, loser: str) -> None:
    await refuse_another(where, loser)
    await refuse_while_rebuilt(where, loser)


def summary(compared: Compared) -> str:
    """Say what two states have in common, and what they have not."""
    same = f"{sum(compared.things.values()):,} things the same"
    doubts = f", {compared.doubts} mails now in doubt" if compared.doubts else ""
    new = "".join(f", {count} new in {name}" for name, count in compared.new.items())
    wrong = f", {len(compared.wrong)} NOT" if compared.wrong else ""
    return same + wrong + doubts + new


def _seen(where: Surroundings, stopped: Sequence[str]) -> Sequence[str]:
    # With one database named by the environment, no other can be looked into.
    return stopped[:1] if where.owner_dsn else SERVICES


def _sizes(state: SystemState) -> str:
    events = sum(len(part) for name, part in state.parts.items() if name.endswith(" journal"))
    accounts = len({key for name, part in state.parts.items() if name.endswith(" accounts") for key in part})
    things = sum(map(len, state.parts.values()))
    return f"{events:,} events of {accounts:,} accounts, {len(state.parts['mailbox']):,} mails; {things:,} things"


def _checked(report: Report) -> str:
    broken = report.broken()
    return f"{report.facts:,} facts, " + (f"BROKEN: {', '.join(map(str, broken))}" if broken else "all as they must be")
