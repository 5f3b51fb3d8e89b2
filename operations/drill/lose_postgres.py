"""Would a service survive the loss of its database? It is dropped, filled from Kafka, and compared."""

from operations.drill.hands import Hands
from operations.drill.picture import Picture, compare, picture_of
from operations.drill.rehearsal import Drill, after, before, gone_on_by_hand, told
from operations.drill.stopwatch import Stopwatch
from operations.recover.database import refill_database
from operations.surroundings import Surroundings, declaration

REFILLED = ("journal", "accounts", "effects")
"""What stands again before the service has run; inbox, parked and quarantine also hold what it meets again."""


async def lose_postgres(where: Surroundings, service: str, hands: Hands, *, silent: bool = False) -> Drill:
    """Drop a service's database and bring it back. Raises OperationFailed when a step can't be done."""
    drill = Drill("lose-postgres", service, Stopwatch(silent))
    first = await before(where, drill, hands, [service])
    with gone_on_by_hand(
        f"{hands.makes_empty}`coterm recover database {service} --yes`, start {service}, `coterm verify`"
    ):
        await _lose_and_refill(where, drill, hands, first)
        await after(where, drill, hands, [service], first)
    return drill


async def _lose_and_refill(where: Surroundings, drill: Drill, hands: Hands, first: Picture) -> None:
    service = drill.about
    drill.watch.lost()
    with drill.watch.step(f"dropped the database of {service}; an empty one stands there"):
        await hands.lose_database(service)
    with drill.watch.step(f"filled it from {declaration(service).topic}") as step:
        done = await refill_database(where, service, write=True, silent=True)
        step.said = f"{done.events:,} events, {done.accounts:,} accounts, {done.in_doubt} mails in doubt"
    with drill.watch.step(f"compared what {service} holds, before it runs") as step:
        compared = compare(_of(first, service), await picture_of(where, services=[service]))
        drill.compared.append(compared)
        step.said = told(compared)


def _of(picture: Picture, service: str) -> Picture:
    tables = (*REFILLED, *(projection.table for projection in declaration(service).projections))
    return Picture({f"{service} {table}": picture.parts[f"{service} {table}"] for table in tables})
