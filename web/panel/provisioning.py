"""How does the panel speak to provisioning? By the published interface of the panel, in the customer's name."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from web.kit.application import Away

DEVICE_COOKIE = "__Secure-coterm-device"
_SECONDS = 5.0


class NotSignedIn(Exception):
    """The session is over, or never was."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """Provisioning said no; `code` says why, the rest is the problem's document."""

    status: int
    code: str
    document: dict[str, Any] = field(default_factory=dict)


class Provisioning:
    """Provisioning's panel interface."""

    def __init__(self, client: httpx.AsyncClient, address: str) -> None:
        self._client = client
        self._address = address.rstrip("/")

    async def sign_in(
        self, username: str, password: str, source: str, device: str | None
    ) -> tuple[dict[str, Any], str | None]:
        """Open a session; return the answer, and the device's cookie. Raises Refused."""
        answer = await self._asked(
            "POST",
            "sign-in",
            {"username": username, "password": password},
            {"X-Forwarded-For": source, **({"Cookie": f"{DEVICE_COOKIE}={device}"} if device else {})},
        )
        return _body(answer), answer.cookies.get(DEVICE_COOKIE)

    async def does(self, token: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Do something with a session. Raises NotSignedIn, or Refused with provisioning's reason."""
        return _body(await self._asked(method, path, body, {"Authorization": f"Bearer {token}"}))

    async def _asked(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        try:
            return await self._client.request(
                method, f"{self._address}/v1/panel/{path}", json=body, headers=headers, timeout=_SECONDS
            )
        except httpx.TransportError as silence:
            raise Away("provisioning") from silence


def _body(answer: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = answer.json() if answer.content and "json" in answer.headers["content-type"] else {}
    if answer.status_code < 400:
        return document
    code = str(document.get("code", ""))
    if answer.status_code in (502, 503, 504) and code != "SIGN_IN_BUSY":
        raise Away("provisioning")
    if code == "UNAUTHORIZED":
        raise NotSignedIn
    raise Refused(answer.status_code, code, document)
