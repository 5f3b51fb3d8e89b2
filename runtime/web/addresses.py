"""From which address does a request come? From the one that a trusted proxy names, else from the connection's."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import Request


def address_of(request: Request) -> str:
    """Return the client's address: where a proxy of ours speaks, the last in X-Forwarded-For that is none of them."""
    peer = request.client.host if request.client else ""
    trusted = request.app.state.edge.settings.trusted_proxies
    named = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    address = peer
    for each in reversed([one.strip() for one in named if one.strip()]):
        if not _is_within(address, trusted):
            break
        address = each
    return address


def _is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)
