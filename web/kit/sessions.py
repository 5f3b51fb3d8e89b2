"""Who is looking, and what were they about to do? A signed cookie; a form says that it is of this session."""

import hmac
import secrets
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from runtime.signing import Signer

SECONDS = 8 * 3600
"""How long a session lasts without being used."""
OWNED_SECONDS = 31 * 24 * 3600
"""How long a browser may look at an order that was placed in it: while it can be paid."""
_FORM = "csrf"
_OWN = "own"


class Forged(Exception):
    """A form did not come from a page of this session."""


class Session:
    """What one browser's visits have in common: small, since it travels with each request."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self._as_read = dict(values)

    @property
    def id(self) -> str:
        """What tells this session from every other."""
        return str(self.values["id"])

    @property
    def is_changed(self) -> bool:
        """Whether the cookie must be written again."""
        return self.values != self._as_read

    def begin_anew(self, **values: Any) -> None:
        """Forget everything, and be another session: what was known of the old one is worth nothing."""
        self.values = {"id": secrets.token_urlsafe(18), **values}


class Sessions:
    """Read and write the cookie of an application, and the token that its forms carry."""

    def __init__(self, name: str, signer: Signer) -> None:
        self._cookie = f"coterm_{name}"
        self._signer = signer

    def read(self, request: Request) -> Session:
        """Return the session of a request; a new one where there is none, or none of ours."""
        found = self._signer.read(self._cookie, request.cookies.get(self._cookie, ""), SECONDS)
        if isinstance(found, dict) and "id" in found:
            return Session(found)
        session = Session({})
        session.begin_anew()
        return session

    def write(self, session: Session, response: Response) -> None:
        """Hand the session to the browser, out of reach of scripts and of other sites' forms."""
        response.set_cookie(
            self._cookie,
            self._signer.sign(self._cookie, session.values),
            SECONDS,
            secure=True,
            httponly=True,
            samesite="lax",
        )

    def own(self, response: Response, name: str) -> None:
        """Let this browser look at something later, by a cookie of its own: answers that cross can't undo it."""
        signed = self._signer.sign(_OWN, name)
        response.set_cookie(_own(name), signed, OWNED_SECONDS, secure=True, httponly=True, samesite="lax")

    def owns(self, request: Request, name: str) -> bool:
        """Tell whether this browser may look at something."""
        return bool(self._signer.read(_OWN, request.cookies.get(_own(name), ""), OWNED_SECONDS) == name)

    def form_token(self, session: Session) -> str:
        """Return what each form of this session carries."""
        return self._signer.sign(_FORM, session.id)

    async def form(self, request: Request) -> dict[str, str]:
        """Read a form that a page of this session sent. Raises Forged."""
        sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        session: Session = request.state.session
        origin = request.headers.get("origin")
        is_own = origin in (None, "null") or origin.partition("://")[2] == request.headers.get("host")
        carried = self._signer.read(_FORM, sent.get("csrf", ""), SECONDS)
        if not is_own or not isinstance(carried, str) or not hmac.compare_digest(carried, session.id):
            raise Forged
        return sent

    async def leave(self, request: Request) -> Response:
        """End the session in this browser, as a form asks, and go back to the start."""
        await self.form(request)
        session: Session = request.state.session
        session.begin_anew(language=session.values.get("language"))
        return RedirectResponse("/", 303)


def _own(name: str) -> str:
    return f"coterm_own_{name}"
