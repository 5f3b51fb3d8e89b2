"""How is an operator's decision carried out? Rehearsed by its service unless --yes is said, the events shown."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from operations.answer import NOTHING_CHANGED, answer, in_words
from operations.asking import ask
from operations.sealed import printable
from operations.surroundings import Surroundings
from runtime.privacy.showing import shown

Why = Annotated[str, typer.Option(help="The reason; it stands in the log for ever, so nothing personal.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; else it is rehearsed in a transaction that is rolled back.")]

KNOWN_BEFORE = "it was done before: nothing more happens"
UNSAID = frozenset({"customer_id"})
"""What every event says, and the first line too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A call of a service's operator interface, and in words whom and what it is about and what it does."""

    service: str
    path: str
    customer_id: str
    what: str
    """The subject of the sentence: "order o-1"."""
    would: str
    """What a rehearsal says of it: "would be closed"."""
    done: str
    """What is said once it was done: "is closed"."""
    body: Mapping[str, Any] | None = None
    method: str = "POST"


def carry_out(where: Surroundings, decision: Decision, *, yes: bool, as_json: bool) -> None:
    """Do what was decided, or rehearse it, and show the events. Raises Answered when the service refuses."""
    params = {} if yes else {"dry_run": "true"}
    result = ask(where, decision.service, decision.method, decision.path, body=decision.body, params=params)
    result = asyncio.run(shown(result, decision.customer_id))
    answer({"done": yes, **result}, _lines(decision, result, yes=yes), as_json=as_json)


def _lines(decision: Decision, result: dict[str, Any], *, yes: bool) -> Iterator[str]:
    events = result.get("events")
    if events == []:
        yield f"{decision.what} of {decision.customer_id}: {KNOWN_BEFORE}"
        return
    yield f"{decision.what} of {decision.customer_id} {decision.done if yes else decision.would}"
    for event in events or ():
        yield f"  {event['type']}  version {event['version']}"
        for name, value in event["data"].items():
            if name not in UNSAID and value not in (None, [], {}):
                yield f"    {name}: {printable(in_words(value))}"
    if not yes:
        yield NOTHING_CHANGED
