"""Which storefront is told of an event, and how is it posted? As its CloudEvent, signed as Standard Webhooks are."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
from standardwebhooks import Webhook as Signer

from runtime.clock import SystemClock
from runtime.delivery import GONE, Delivered, Due, Failed, NotForIt, NotKnownYet, Telling
from runtime.edge import Edge
from runtime.webhook_settings import EVERY_STOREFRONT, Webhook
from schemas.envelope import CONTENT_TYPE
from services.notifications.domain.rows import OrderNote
from services.notifications.projections.order_notes import ORDER_NOTES

SECONDS = 15.0
"""So long an endpoint may take to answer."""
MOST_SECONDS_ALONE = 3600.0
"""For longer than this no endpoint is left alone, whatever its Retry-After says."""
UNKNOWN_SECONDS = 60.0
"""An order that nobody knows after so long is nobody's: the event is its customer's."""


class _Data(msgspec.Struct):
    storefront: str | None = None


class _Event(msgspec.Struct):
    data: _Data


_storefront = msgspec.json.Decoder(_Event)


class PrivateAddress(Exception):
    """The endpoint's name leads to an address that is not on the internet."""


class Poster:
    """Tell endpoints of events, over connections that are kept."""

    def __init__(self, edge: Edge, webhooks: Sequence[Webhook], *, outside_only: bool) -> None:
        self._edge = edge
        self._webhooks = {webhook.name: webhook for webhook in webhooks}
        self._outside_only = outside_only
        self._client = httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def tell(self, due: Due) -> Telling:
        """Tell one endpoint of one event, if it is of its storefront."""
        webhook = self._webhooks[due.endpoint]
        if webhook.storefront != EVERY_STOREFRONT:
            whose = await self._storefronts_of(due)
            if whose is None:
                return NotKnownYet()
            if webhook.storefront not in whose:
                return NotForIt()
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(webhook, due)
        except PrivateAddress:
            return Failed("PRIVATE_ADDRESS", everywhere=True)
        except (httpx.HTTPError, OSError, ValueError) as error:  # a time-out is an OSError
            return Failed(type(error).__name__, everywhere=True)

    async def _storefronts_of(self, due: Due) -> set[str] | None:
        """Say whose an event is: its order's storefront's; without an order, those at which its customer ordered."""
        said = _storefront.decode(due.value).data.storefront
        if said is not None:
            return {said}
        if due.order_id is not None:
            note: OrderNote | None = await self._edge.row(ORDER_NOTES, (due.customer_id, due.order_id))
            if note is not None and note.storefront is not None:
                return {note.storefront}
            if due.seconds < UNKNOWN_SECONDS:
                return None
        notes: list[OrderNote] = await self._edge.rows(ORDER_NOTES, {"customer_id": due.customer_id})
        return {note.storefront for note in notes if note.storefront is not None}

    async def _post(self, webhook: Webhook, due: Due) -> Telling:
        headers = {"content-type": CONTENT_TYPE, **signed(webhook, str(due.event_id), due.value)}
        url, extensions = webhook.url, dict[str, str]()
        if self._outside_only:
            url, host, extensions = await _outside(webhook.url)
            headers["host"] = host
        request = self._client.build_request("POST", url, content=due.value, headers=headers, extensions=extensions)
        answer = await self._client.send(request, stream=True)
        await answer.aclose()  # what it says beside its status is nobody's concern
        return _judged(answer)


def signed(webhook: Webhook, event_id: str, body: bytes, at: datetime | None = None) -> dict[str, str]:
    """Sign a body by each of the endpoint's secrets: the id is the event's, the instant that of the sending.

    The instant is the machine's own, whatever clock the services are given: so the receiver judges it.
    """
    now = at or SystemClock().now()
    secrets = [secret for secret in (webhook.secret, webhook.previous_secret) if secret is not None]
    text = body.decode()
    signatures = [Signer(secret.get_secret_value()).sign(event_id, now, text) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _judged(answer: httpx.Response) -> Telling:
    status = answer.status_code
    if answer.is_success:
        return Delivered()
    if status == httpx.codes.GONE:
        return Failed(GONE)
    is_away = status >= 500 or status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.REQUEST_TIMEOUT}
    return Failed(f"HTTP_{status}", everywhere=is_away, seconds=_seconds(answer) if is_away else 0.0)


def _seconds(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), MOST_SECONDS_ALONE) if text.isascii() and text.isdigit() else 0.0


async def _outside(url: str) -> tuple[str, str, dict[str, str]]:
    """Resolve the endpoint's name once, and go where it was judged: its address, the name for the server, for TLS.

    Raises PrivateAddress when any of its addresses is not on the internet.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(is_on_the_internet(address) for address in addresses):
        raise PrivateAddress
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    there = urlunsplit((parts.scheme, f"{address}:{port}", parts.path, parts.query, ""))
    return there, parts.netloc, {"sni_hostname": host}


def is_on_the_internet(address: str) -> bool:
    """Tell whether an address is nobody's own: neither private nor loopback, link-local, multicast or reserved."""
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or is_on_the_internet(str(mapped)))
