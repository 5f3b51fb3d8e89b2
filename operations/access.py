"""Who may do what with which topic? One principal for each service, from what it declares; a storefront, an analyst.

Only its service writes a topic; passwords on their way, and what stands in the clear, are read by who must alone.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from operations import surroundings
from operations.answer import answer, fail
from operations.options import Endpoints, Json
from runtime.kafka.access import Kind, Operation, Right, grant, granted
from runtime.kafka.brokers import Brokers
from schemas.topics import CREDENTIALS_HANDOVER, STOREFRONT_INTAKE, STOREFRONT_REJECTIONS

_HARMLESS = {Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS}

Yes = Annotated[bool, typer.Option("--yes", help="Grant what is missing.")]
Storefronts = Annotated[
    list[str],
    typer.Option("--storefront", help="A principal that writes orders and payments, and reads what was refused."),
]
Analysts = Annotated[list[str], typer.Option("--analyst", help="A principal that reads the services' events.")]


def command(
    yes: Yes = False,
    storefront: Storefronts = ["storefront"],  # noqa: B006 - typer reads it once
    analyst: Analysts = ["analytics"],  # noqa: B006
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Compare who may do what at the brokers with what each needs; `--yes` grants what is missing, takes nothing.

    Exit codes: 0 each may do what it needs and no more, 1 a right is missing or too many, or Kafka is away, 2 wrong
    usage.
    """
    missing, surplus = asyncio.run(_ask(endpoints, storefront, analyst, yes=yes))
    found = {"granted": yes, "missing": list(map(str, missing)), "surplus": list(map(str, surplus))}
    lines = [f"{'granted' if yes else 'missing'}: {right}" for right in missing]
    lines += [f"too many: {right}" for right in surplus]
    answer(found, lines or ["each may do what it needs and no more"], as_json=as_json)
    fail(when=bool(surplus or (missing and not yes)))


async def _ask(
    endpoints: Path | None, storefronts: list[str], analysts: list[str], *, yes: bool
) -> tuple[list[Right], list[Right]]:
    where = surroundings.find(endpoints)
    async with surroundings.kafka(where.brokers):
        rights = set(needed(where.namespace, storefronts, analysts))
        missing, surplus = await compare(where.brokers, where.namespace, rights)
        if yes:
            await grant(where.brokers, missing)
        return missing, surplus


async def compare(brokers: Brokers, namespace: str, rights: set[Right]) -> tuple[list[Right], list[Right]]:
    """Return which of the wanted rights are missing, and which there are too many. Raises AccessUnknown."""
    there = await granted(brokers)
    return sorted(rights - there), sorted(too_many(there, rights, namespace))


def needed(namespace: str, storefronts: list[str], analysts: list[str]) -> Iterator[Right]:
    """Say what each principal must be allowed to do: a service what it declares."""
    services = [surroundings.declaration(name) for name in surroundings.SERVICES]
    for service in services:
        name, read, written = service.name, {*service.topics, service.topic}, set(service.written)
        # It compares the settings of each at its start, and reads its own too: a lost database shows there.
        yield from _on_topics(name, namespace, read | written, Operation.DESCRIBE_CONFIGS)
        yield from _on_topics(name, namespace, read, Operation.READ)
        yield from _on_topics(name, namespace, written, Operation.WRITE)
        yield Right(name, Kind.GROUP, f"{namespace}coterm-{name}", Operation.READ)
    for name in storefronts:
        yield from _on_topics(name, namespace, {STOREFRONT_INTAKE}, Operation.WRITE)
        yield from _on_topics(name, namespace, {STOREFRONT_REJECTIONS}, Operation.READ)
    for name in analysts:
        yield from _on_topics(name, namespace, {service.topic for service in services}, Operation.READ)


def _on_topics(principal: str, namespace: str, topics: set[str], operation: Operation) -> Iterator[Right]:
    yield from (Right(principal, Kind.TOPIC, namespace + topic, operation) for topic in topics)


def too_many(there: set[Right], rights: set[Right], namespace: str) -> Iterator[Right]:
    """Find the rights by which somebody could act in another's place, or read what stands in the clear or is secret."""
    ours = {right.name for right in rights}
    guarded = {namespace + STOREFRONT_INTAKE, namespace + CREDENTIALS_HANDOVER}
    for right in there - rights:
        reads_events = right.kind is Kind.TOPIC and right.operation is Operation.READ
        if right.operation not in _HARMLESS and any(map(right.covers, guarded if reads_events else ours)):
            yield right
