"""Are Kafka's topics the declared ones? `coterm topics apply|check|access`."""

import asyncio
import json
from pathlib import Path

import typer

from operations import access, surroundings
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
    """Say which topic is missing or differs; change nothing.

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
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for name in found.get("created", ()):
            typer.echo(f"created {name}")
        for difference in found["differences"]:
            typer.echo(difference)
        if not found["differences"]:
            typer.echo("all topics are as declared")
    if found["differences"]:
        raise typer.Exit(1)
