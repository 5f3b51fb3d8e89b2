"""From which address does a request come? From the one that a trusted proxy names, else from the connection's."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

import structlog
from fastapi import Request
from starlette.datastructures import State

_log = structlog.get_logger()
_MOST_NAMED = 10


class Source(NamedTuple):
    """Where a request comes from."""

    address: str
    is_shared: bool
    """Whether many may stand behind it: a proxy that is not believed, or one that does not say for whom it speaks."""


def source_of(request: Request) -> Source:
    """Return the client's address: where a proxy of ours speaks, the last in X-Forwarded-For that is none of them."""
    peer = request.client.host if request.client else ""
    state = request.app.state
    trusted = state.edge.settings.trusted_proxies
    named = [one for each in request.headers.getlist("x-forwarded-for") for one in each.split(",") if one.strip()]
    address = peer
    for each in reversed(named):
        if not _is_within(address, trusted):
            break
        address = each.strip()
    if _is_within(peer, trusted):
        return Source(address, is_shared=ip_of(address) is None or _is_within(address, trusted))
    if not named and "forwarded" not in request.headers:
        return Source(peer, is_shared=False)
    _warn_of(peer, state)
    return Source(peer, is_shared=True)


def ip_of(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: with a port, in brackets, IPv4 within IPv6; None for what is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        known = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return known.ipv4_mapped or known if isinstance(known, IPv6Address) else known


def _is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    known = ip_of(address)
    return known is not None and any(known in network for network in networks)


def _warn_of(peer: str, state: State) -> None:
    """Say once that somebody speaks for others and is not believed: all of them count as one address."""
    warned: frozenset[str] = getattr(state, "proxies_named", frozenset())
    if peer in warned or len(warned) >= _MOST_NAMED:
        return
    state.proxies_named = warned | {peer}
    _log.warning(
        "a proxy that is not trusted names its clients' addresses: if it is yours, name it in COTERM_TRUSTED_PROXIES",
        action="http.proxy_not_trusted",
        peer=peer,
    )
