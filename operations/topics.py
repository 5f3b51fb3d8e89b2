"""Are Kafka's topics the declared ones? `coterm topics apply|check|access`."""

import asyncio
from pathlib import Path

import typer

from operations import access, surroundings
from operations.answer import answer, fail
from operations.options import Endpoints, Json
from runtime.kafka.topics import apply_topics, topic_differences

app = typer.Typer(no_args_is_help=True, help="Make the declared topics, or compare them.")
app.command("access")(access.command)


@app.command()
def apply(endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Create the topics that are missing; one that differs is named and left as it is.

    Exit codes: 0 all are as declared, 1 one differs or Kafka is away, 2 wrong usage.
    """
    made, differences = asyncio.run(_apply(endpoints))
    _tell({"created": made, "differences": differences}, as_json)


@app.command()
def check(endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show which topic is missing or differs; change nothing.

    Exit codes: 0 all are as declared, 1 one differs or Kafka is away, 2 wrong usage.
    """
    _tell({"differences": asyncio.run(_check(endpoints))}, as_json)


async def _apply(endpoints: Path | None) -> tuple[list[str], list[str]]:
    where = surroundings.find(endpoints)
    async with surroundings.kafka(where.brokers):
        made = await apply_topics(where.brokers, where.namespace)
        return made, await topic_differences(where.brokers, where.namespace)


async def _check(endpoints: Path | None) -> list[str]:
    where = surroundings.find(endpoints)
    async with surroundings.kafka(where.brokers):
        return await topic_differences(where.brokers, where.namespace)


def _tell(found: dict[str, list[str]], as_json: bool) -> None:
    created = [f"created {name}" for name in found.get("created", ())]
    answer(found, [*created, *(found["differences"] or ["all topics are as declared"])], as_json=as_json)
    fail(when=bool(found["differences"]))
