"""What does `coterm drill lose-postgres|lose-log` take, and how does it end?"""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer, fail
from operations.confirmation import confirm, interrupted
from operations.drill.lose_log import How, lose_log, writer_of
from operations.drill.lose_postgres import lose_postgres
from operations.drill.stack_control import stack_control_for
from operations.drill.steps import Drill
from operations.options import Endpoints, Json, Yes
from operations.surroundings import Surroundings, declaration, kafka, services_reading

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
    where, topic = surroundings.find(endpoints), declaration(service).topic
    plan = [
        f"stop {service} and look at everything",
        f"drop the database of {service} and put an empty one in its place",
        f"fill it from {topic}, start {service}, compare everything and check every invariant",
    ]
    _go(
        where,
        service,
        plan,
        lambda control: lose_postgres(where, service, control, silent=as_json),
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
    where, writer = surroundings.find(endpoints), writer_of(topic)
    users = ", ".join(dict.fromkeys((writer, *services_reading(topic))))
    plan = [
        f"stop {users} and look at everything",
        f"lose {topic} ({how}) and find what is lost",
        f"publish it again from the journal of {writer}, start {users}, compare everything and check every invariant",
    ]
    _go(
        where,
        topic,
        plan,
        lambda control: lose_log(where, topic, how, control, silent=as_json),
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
    answer(done.plain(), _lines(done), as_json=as_json)
    fail(when=bool(done.wrong))


async def _run(where: Surroundings, drill: Coroutine[Any, Any, Drill]) -> Drill:
    async with kafka(where.brokers):
        return await drill


def _lines(done: Drill) -> list[str]:
    lines = [f"  {each}" for each in done.wrong[:20]]
    if len(done.wrong) > 20:
        lines.append(f"  and {len(done.wrong) - 20} more")
    if done.to_start:
        lines.append(f"start {', '.join(done.to_start)}, wait until all is applied, then: coterm verify")
        return lines
    if len(set(done.money)) == 1:
        lines.append(f"money before and after: {done.money[0].removeprefix('in total ')}")
    else:
        lines += [
            f"money {when}: {note.removeprefix('in total ')}"
            for when, note in zip(("before", "after"), done.money, strict=False)
        ]
    state = "NOT everything is as it was" if done.wrong else "everything is as it was"
    lines.append(f"{state}; {done.about} was lost for {done.watch.lost_for:.1f} s")
    return lines
