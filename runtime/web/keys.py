"""Who is asking, and may they? API keys as bearer tokens: known here only by their hash, each for one scope."""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime.errors import SettingsRefused
from runtime.web.key_file import Scope, read, version_of
from runtime.web.problems import Problem
from runtime.web.rates import RateLimit

_log = structlog.get_logger()

_A: Mapping[Scope, str] = {"storefront": "a storefront's", "operator": "an operator's"}

ALL = "*"
"""The name of a storefront's key that acts for every storefront: the provider's own channels."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of an API key; a storefront's is named like its storefront, or ALL."""

    name: str
    scope: Scope

    @property
    def only(self) -> str | None:
        """Name the one storefront that this key acts for; None where it acts for all."""
        return self.name if self.scope == "storefront" and self.name != ALL else None

    def must_be(self, storefront: str) -> None:
        """Let only this storefront's key act. Raises Problem 403 STOREFRONT_DIFFERS."""
        if self.only not in (None, storefront):
            raise Problem(403, "STOREFRONT_DIFFERS", f"this API key acts for {self.only} only")

    def must_serve(self, storefronts: Collection[str]) -> None:
        """Let only those act at whose storefronts a customer bought; of a customer of none there is nothing to hide.

        Raises Problem 403 STOREFRONT_DIFFERS.
        """
        if storefronts and self.only not in (None, *storefronts):
            raise Problem(403, "STOREFRONT_DIFFERS", f"this API key acts for {self.only} only")


class ApiKeys:
    """Know every API key by its SHA-256: a key has 256 random bits, so that a slow hash would add nothing.

    Beside the keys of the settings stand those of a file, which is read again whenever it changes; while it can't be
    read, what it said last holds.
    """

    def __init__(
        self, storefronts: Mapping[str, str], operators: Mapping[str, str], rates: RateLimit, file: Path | None = None
    ) -> None:
        self._rates = rates
        self._file = file
        self._seen: object = None
        self._handed_out: list[tuple[bytes, Caller]] = []
        self._set: list[tuple[bytes, Caller]] = [
            *((bytes.fromhex(digest), Caller(name, "storefront")) for name, digest in storefronts.items()),
            *((bytes.fromhex(digest), Caller(name, "operator")) for name, digest in operators.items()),
        ]

    def caller(self, key: str | None, *scopes: Scope) -> Caller:
        """Name who holds a key. Raises Problem: 401 without or unknown, 403 for another scope, 429 too often."""
        found = None
        digest = hashlib.sha256((key or "").encode("utf-8", "surrogateescape")).digest()
        # Every key is compared, whichever matches: the time taken says nothing.
        for known, caller in (*self._set, *self._from_file()):
            if hmac.compare_digest(known, digest):
                found = caller
        if not key or found is None:
            missing = "an API key is needed" if not key else "nobody knows this API key"
            detail = f"{missing}: send {' or '.join(_A[scope] for scope in scopes)} one as a bearer token"
            raise Problem(401, "UNAUTHORIZED", detail, {"WWW-Authenticate": "Bearer"})
        self._rates.check(f"{found.scope}:{found.name}")
        if found.scope not in scopes:
            detail = f"this is {_A[found.scope]} API key; {' or '.join(_A[scope] for scope in scopes)} one is needed"
            raise Problem(403, "FORBIDDEN", detail)
        return found

    def _from_file(self) -> list[tuple[bytes, Caller]]:
        if self._file is None:
            return []
        seen = version_of(self._file)
        if seen != self._seen:
            self._seen = seen
            try:
                found = read(self._file)
            except SettingsRefused as error:
                _log.error("the file of API keys is of no use", action="api_keys_unreadable", error=str(error))
            else:
                self._handed_out = [(bytes.fromhex(each.sha256), Caller(each.holder, each.scope)) for each in found]
        return self._handed_out


_storefront = HTTPBearer(scheme_name="StorefrontKey", description="A storefront's API key.", auto_error=False)
_operator = HTTPBearer(scheme_name="OperatorKey", description="An operator's API key.", auto_error=False)


def _check(request: Request, credentials: HTTPAuthorizationCredentials | None, *scopes: Scope) -> Caller:
    keys: ApiKeys = request.app.state.api_keys
    return keys.caller(credentials.credentials if credentials else None, *scopes)


async def storefront_key(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_storefront)]
) -> Caller:
    """Let storefronts in."""
    return _check(request, credentials, "storefront")


async def operator_key(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_operator)]
) -> Caller:
    """Let operators in."""
    return _check(request, credentials, "operator")


async def refuse_strangers(request: Request) -> None:
    """Tell a stranger 401 or 403 where a body that is no JSON was looked at before its key.

    Raises Problem. Does nothing on a route that takes no API key.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    for needed in route.dependant.dependencies:
        scopes = _SCOPES.get(needed.call)
        if scopes is not None:
            _check(request, await _storefront(request), *scopes)


async def any_key(
    request: Request,
    as_storefront: Annotated[HTTPAuthorizationCredentials | None, Depends(_storefront)],
    as_operator: Annotated[HTTPAuthorizationCredentials | None, Depends(_operator)],
) -> Caller:
    """Let storefronts and operators in."""
    return _check(request, as_storefront or as_operator, "storefront", "operator")


Storefront = Annotated[Caller, Depends(storefront_key)]
Reader = Annotated[Caller, Depends(any_key)]
"""Who may read what a storefront shows its customers: the storefront, and operators."""

_SCOPES: dict[object, tuple[Scope, ...]] = {
    storefront_key: ("storefront",),
    operator_key: ("operator",),
    any_key: ("storefront", "operator"),
}
