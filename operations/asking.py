"""How does a command change a running service? It asks the service over HTTP, with the operator's key.

So that whatever an operator does goes through the service's own transaction, with its keys and its locks.
"""

import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from operations.surroundings import Misused, OperationFailed, Surroundings

SECONDS = 300.0
"""A long queue is taken again within one request."""
_A_PAGE = 500


@cache
def trusted() -> ssl.SSLContext:
    """Read the authorities that are trusted, once: that takes longer than a service takes to answer."""
    return httpx.create_ssl_context(trust_env=False)


class Answered(OperationFailed):
    """A service refused, and said why."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


def ask(
    where: Surroundings,
    service: str,
    method: str,
    path: str,
    *,
    body: Any = None,
    params: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send one request to a service's operator interface and return its answer.

    Raises Answered with the service's own sentence when it refuses, OperationFailed when it can't be asked, or when the
    operator does not wait for its answer.
    """
    url, key = _place(where, service)
    headers = {"Authorization": f"Bearer {key}"}
    sent = {"json": body} if body is not None else {}
    try:
        with httpx.Client(timeout=httpx.Timeout(SECONDS, connect=5.0), trust_env=False, verify=trusted()) as client:
            answer = client.request(method, f"{url}{path}", params=params, headers=headers, **sent)
            document: dict[str, Any] = answer.json() if answer.content else {}
    except KeyboardInterrupt:
        raise OperationFailed(
            f"interrupted, and {service} may have done it all the same: look before you say it again"
        ) from None
    except httpx.HTTPError as error:
        raise OperationFailed(f"{service} at {url} does not answer: {type(error).__name__}: {error}") from error
    except ValueError as error:
        raise OperationFailed(f"{service} at {url} answered no JSON: is it coterm that listens there?") from error
    if answer.is_error:
        code = str(document.get("code", answer.status_code))
        raise Answered(answer.status_code, code, f"{service} refused: {_reason(document)} ({code})")
    return document


def segment(customer_id: str) -> str:
    """Write a customer's id as one segment of a path. Raises Misused for what can't be one."""
    if not customer_id or "/" in customer_id or customer_id in {".", ".."}:
        raise Misused(f"{customer_id!r} is no customer's id")
    return quote(customer_id, safe="")


def _reason(document: Mapping[str, Any]) -> str:
    fields = [
        f"{each.get('field')}: {each.get('detail')}" for each in document.get("errors") or () if isinstance(each, dict)
    ]
    return "; ".join([str(document.get("detail", "no reason given")), *fields])


def every_page(where: Surroundings, service: str, path: str) -> Iterator[dict[str, Any]]:
    """Read a list to its end, a page at a time. Raises as `ask` does."""
    address = f"{path}{'&' if '?' in path else '?'}limit={_A_PAGE}"
    place = ""
    while True:
        page = ask(where, service, "GET", f"{address}{place}")
        yield page
        if not page.get("next"):
            return
        place = f"&after={quote(page['next'], safe='')}"


def _place(where: Surroundings, service: str) -> tuple[str, str]:
    url, key = where.described.get(service), where.described.get("keys", {}).get("operator")
    if not url or not key:
        raise OperationFailed(
            f"nothing names the address of {service} or the operator's key: --endpoints must name a file that does"
        )
    return str(url), str(key)
