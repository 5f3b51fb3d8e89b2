"""Would a service survive the loss of its database? It is dropped, filled from Kafka, and compared."""

from operations.drill.stack_control import StackControl
from operations.drill.steps import Drill, after, before, saying_how_to_go_on, summary
from operations.drill.stopwatch import Stopwatch
from operations.drill.system_state import SystemState, compare, system_state_of
from operations.recover.database import refill_database
from operations.surroundings import Surroundings, declaration

REFILLED = ("journal", "accounts", "effects")
"""What stands again before the service has run; inbox, parked and quarantine also hold what it meets again."""


def plan(service: str) -> list[str]:
    """Say what the drill would do. Raises Misused for what is no service."""
    return [
        f"stop {service} and look at everything",
        f"drop the database of {service} and put an empty one in its place",
        f"fill it from {declaration(service).topic}, start {service}, compare everything and check every invariant",
    ]


async def lose_postgres(where: Surroundings, service: str, control: StackControl, watch: Stopwatch) -> Drill:
    """Drop a service's database and bring it back. Raises OperationFailed when a step can't be done."""
    drill = Drill("lose-postgres", service, watch)
    first = await before(where, drill, control, [service])
    with saying_how_to_go_on(
        f"{control.makes_empty}`coterm recover database {service} --yes`, start {service}, `coterm verify`"
    ):
        await _lose_and_refill(where, drill, control, first)
        await after(where, drill, control, [service], first)
    return drill


async def _lose_and_refill(where: Surroundings, drill: Drill, control: StackControl, first: SystemState) -> None:
    service = drill.about
    drill.watch.lost()
    with drill.watch.step(f"dropped the database of {service}; an empty one stands there"):
        await control.lose_database(service)
    with drill.watch.step(f"filled it from {declaration(service).topic}") as step:
        done = await refill_database(where, service, write=True, silent=True)
        step.result = f"{done.events:,} events, {done.accounts:,} accounts, {done.in_doubt} mails in doubt"
    with drill.watch.step(f"compared what {service} holds, before it runs") as step:
        compared = compare(_of(first, service), await system_state_of(where, services=[service]))
        drill.compared.append(compared)
        step.result = summary(compared)


def _of(state: SystemState, service: str) -> SystemState:
    tables = (*REFILLED, *(projection.table for projection in declaration(service).projections))
    return SystemState({f"{service} {table}": state.parts[f"{service} {table}"] for table in tables})
