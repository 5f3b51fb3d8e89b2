"""What does an operator do about an endpoint that was not told? Look why, and let it be told once more."""

from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer
from operations.asking import ask, segment
from operations.options import Endpoints, Json, Yes

app = typer.Typer(no_args_is_help=True, help="Look at the endpoints that are told of events; tell one once more.")
Endpoint = Annotated[str, typer.Argument(metavar="NAME", help="The endpoint, as COTERM_WEBHOOKS names it.")]

SERVICE = "notifications"


@app.command("list")
def list_(endpoints: Endpoints = None, as_json: Json = False) -> None:
    """List the endpoints, each with what waits for it and what was given up.

    Exit codes: 0 done, 1 notifications is away, 2 wrong usage.
    """
    found = ask(surroundings.find(endpoints), SERVICE, "GET", "/v1/operator/webhooks")["webhooks"]
    lines = [line for each in found for line in _lines(each)]
    answer(found, lines or ["no endpoint is told of events: COTERM_WEBHOOKS names none"], as_json=as_json)


@app.command()
def redeliver(name: Endpoint, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Tell an endpoint once more of everything that was given up, for three days anew; one that was gone too.

    Exit codes: 0 done or would be, 1 there is no such endpoint, or notifications is away, 2 wrong usage.
    """
    path = f"/v1/operator/webhooks/{segment(name)}/redelivery"
    params = {} if yes else {"dry_run": "true"}
    told = ask(surroundings.find(endpoints), SERVICE, "POST", path, params=params)
    words = f"{name} {'is' if yes else 'would be'} told once more of {told['events']} events"
    answer(told, [words] if yes else [words, NOTHING_CHANGED], as_json=as_json)


def _lines(webhook: dict[str, Any]) -> list[str]:
    where = f"{webhook['storefront']}  {webhook['url']}" if webhook["url"] else "set no more"
    gone = "  GONE: it answered 410" if webhook["is_gone"] else ""
    since = f" since {webhook['oldest_at']}" if webhook["oldest_at"] else ""
    first = f"{webhook['name']}  {where}  waiting {webhook['waiting']}, given up {webhook['failed']}{since}{gone}"
    return [first, *(_event(each) for each in webhook["events"])]


def _event(event: dict[str, Any]) -> str:
    return (
        f"  {event['event_id']}  {event['type']}  {event['customer_id']}  {event['attempts']} attempts  "
        f"{event['reason']}  since {event['queued_at']}"
    )
