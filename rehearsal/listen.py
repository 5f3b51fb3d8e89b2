"""What happens, as it happens? Public events live, one on a line, for who writes a storefront."""

import asyncio
import json
import signal
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import httpx
import typer
from standardwebhooks import Webhook

from operations import surroundings
from operations.answer import say
from operations.history.as_of import instant_of
from operations.options import Endpoints, Json
from operations.surroundings import Misused
from rehearsal.play.broker import Following, Record
from runtime.clock import SystemClock
from runtime.webhook_settings import is_secret
from schemas.envelope import CONTENT_TYPE
from schemas.topics import ANALYSED, REJECTIONS, STOREFRONT_REJECTIONS, TYPES

TOPICS = (*ANALYSED, STOREFRONT_REJECTIONS)
SECRET = "whsec_" + "Y290ZXJtIGxpc3RlbiBmb3J3YXJkcyB0aGlzIQ=="
"""What --forward signs with, where no secret is given: known to everybody, for a program under development."""

Storefront = Annotated[str | None, typer.Option(help="Of this storefront's orders and customers alone.")]
Types = Annotated[list[str], typer.Option("--type", help="Of this type alone: OrderPlaced, or orders.OrderPlaced.v1.")]
Customer = Annotated[str | None, typer.Option(help="Of this customer alone.")]
Since = Annotated[str | None, typer.Option(help="From this instant on (RFC 3339), not from now.")]
Forward = Annotated[str | None, typer.Option(metavar="URL", help="POST each there, signed as a webhook.")]
Secret = Annotated[str, typer.Option(help="What --forward signs with.")]


@dataclass
class Wanted:
    """Which events are shown."""

    storefront: str | None = None
    types: frozenset[str] = frozenset()
    customer: str | None = None
    _orders: dict[str, str] = field(default_factory=dict)
    _customers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def takes(self, record: Record) -> bool:
        """Tell whether a record is shown; whose an order is, is learned from the events that name it."""
        event, model = record.envelope, TYPES.get(record.type)
        if not event or (record.type not in REJECTIONS and (model is None or model.VISIBILITY != "public")):
            return False
        is_theirs = self.storefront is None or self.storefront in self._storefronts_of(event)
        is_named = not self.types or bool({record.type, record.name} & self.types)
        return is_theirs and is_named and self.customer in (None, event.get("subject"))

    def _storefronts_of(self, event: dict[str, Any]) -> set[str]:
        subject, order_id, named = event.get("subject", ""), event.get("correlationid"), event["data"].get("storefront")
        if named is None:
            return {self._orders[order_id]} if order_id in self._orders else self._customers[subject]
        self._customers[subject].add(named)
        if order_id is not None:
            self._orders[order_id] = named
        return {named}


def command(
    storefront: Storefront = None,
    types: Types = [],  # noqa: B006 - typer reads it once
    customer: Customer = None,
    since: Since = None,
    forward: Forward = None,
    secret: Secret = SECRET,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Show public events as they happen, and what intake refuses; Ctrl-C ends it.

    `--storefront` goes by what is seen since the beginning: `--since` lets it begin before the order.
    Exit codes: 0 ended, 1 Kafka is away, 2 wrong usage.
    """
    if not is_secret(secret):
        raise Misused("--secret must be whsec_ and base64 of at least 24 bytes")
    where = surroundings.find(endpoints)
    wanted = Wanted(storefront, frozenset(types), customer)
    asyncio.run(_listen(where, wanted, instant_of(since) if since else None, forward, secret, as_json=as_json))


async def _listen(
    where: surroundings.Surroundings,
    wanted: Wanted,
    since: datetime | None,
    forward: str | None,
    secret: str,
    *,
    as_json: bool,
) -> None:
    stop, queue = asyncio.Event(), asyncio.Queue[Record]()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    async with AsyncExitStack() as cleanup:
        await cleanup.enter_async_context(surroundings.kafka(where.brokers))
        client = await cleanup.enter_async_context(httpx.AsyncClient(timeout=15.0, trust_env=False))
        log = Following(where.brokers, TOPICS, queue.put_nowait, where.namespace, since)
        await cleanup.enter_async_context(log)
        ending = asyncio.create_task(stop.wait())
        while not stop.is_set():
            coming = asyncio.create_task(queue.get())
            await asyncio.wait([coming, ending], timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            log.check()
            if not coming.done():
                coming.cancel()
            elif wanted.takes(coming.result()):
                record = coming.result()
                answer = await _forwarded(client, forward, secret, record) if forward else ""
                say(json.dumps(record.envelope) if as_json else line(record) + answer)


def line(record: Record) -> str:
    """Write an event on one line of at most 80 columns: when, what, whose, of which order."""
    event = record.envelope
    time = str(event.get("time", ""))[11:19]
    name = f"{record.type.split('.')[0]}.{record.name}"
    subject = event["data"].get("code", "") if record.type in REJECTIONS else event.get("subject", "")
    return f"{time} {_cut(name, 31)} {_cut(subject, 19)} {_cut(event.get('correlationid') or '', 19)}".rstrip()


def _cut(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) <= width else f"{text[: width - 1]}…"


async def _forwarded(client: httpx.AsyncClient, url: str, secret: str, record: Record) -> str:
    now, name = SystemClock().now(), str(record.envelope["id"])
    signature = Webhook(secret).sign(name, now, record.value.decode())
    headers = {
        "content-type": CONTENT_TYPE,
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    try:
        return f"\n         -> {(await client.post(url, content=record.value, headers=headers)).status_code}"
    except httpx.HTTPError as error:
        return f"\n         -> {type(error).__name__}"
