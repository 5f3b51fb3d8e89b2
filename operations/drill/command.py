"""What does `coterm drill lose-postgres|lose-log` take, and how does it end?"""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer, fail
from operations.confirmation import confirm, interrupted
from operations.drill import lose_log, lose_postgres
from operations.drill.lose_log import How
from operations.drill.stack_control import stack_control_for
from operations.drill.steps import Drill
from operations.drill.stopwatch import Stopwatch
from operations.options import Endpoints, Json, Yes
from operations.surroundings import Surroundings, kafka

app = typer.Typer(no_args_is_help=True, help="Lose something on purpose, bring it back, and compare, with a stopwatch.")
ServiceName = Annotated[str, typer.Argument(metavar="[SERVICE]", help=", ".join(surroundings.SERVICES))]
TopicName = Annotated[str, typer.Argument(metavar="[TOPIC]", help="orders.events, billing.events, …")]
HowLost = Annotated[
    How, typer.Option(help="The whole topic deleted, or the first or last half of each partition lost.")
]
Stopped = Annotated[bool, typer.Option("--stopped", help="The services that can't be seen from here are stopped.")]


@app.command("lose-postgres")
def postgres(
    service: ServiceName = "billing",
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Drop a service's database, fill it from Kafka, and compare with before; the keyring is not touched.

    On a local stack the drill stops and starts the service itself; elsewhere it says what to stop. In production the
    service's name must be typed. Exit codes: 0 all is as it was, 1 something is not (or refused), 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    _go(
        where,
        service,
        lose_postgres.plan(service),
        lambda control: lose_postgres.lose_postgres(where, service, control, Stopwatch(as_json)),
        yes=yes,
        as_json=as_json,
    )


@app.command("lose-log")
def log(
    topic: TopicName = "billing.events",
    how: HowLost = How.DELETED,
    yes: Yes = False,
    stopped: Stopped = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Delete or cut a topic, publish it again from the journal with the same ids and bytes, and compare with before.

    On a local stack the drill stops and starts the services itself; elsewhere it says what to stop. In production the
    topic's name must be typed. Exit codes: 0 all is as it was, 1 something is not (or refused), 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    _go(
        where,
        topic,
        lose_log.plan(topic, how),
        lambda control: lose_log.lose_log(where, topic, how, control, Stopwatch(as_json)),
        yes=yes,
        as_json=as_json,
        are_stopped=stopped,
    )


def _go(
    where: Surroundings, name: str, plan: list[str], drill: Any, *, yes: bool, as_json: bool, are_stopped: bool = False
) -> None:
    if not yes:
        lines = [*(f"would {step}" for step in plan), "nothing was done: say --yes to do it"]
        answer({"done": False, "would": plan}, lines, as_json=as_json)
        return
    confirm(where, name, f"this drill destroys {name} on purpose")
    control = stack_control_for(where, are_stopped=are_stopped)
    with interrupted("nothing was stopped or lost yet"):
        done = asyncio.run(_run(where, drill(control)))
    answer(done.plain(), done.lines(), as_json=as_json)
    fail(when=bool(done.wrong))


async def _run(where: Surroundings, drill: Coroutine[Any, Any, Drill]) -> Drill:
    async with kafka(where.brokers):
        return await drill
