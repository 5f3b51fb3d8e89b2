"""What does every application of screens have? Its headers, its pages in two languages, its failures as pages."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from runtime.signing import Signer
from runtime.web.rates import RateLimit
from web.kit.languages import Language, Words, spoken, words
from web.kit.sessions import Forged, Session, Sessions

_log = structlog.get_logger()
_KIT = Path(__file__).parent
_DAY = 24 * 3600
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Next = Callable[[Request], Awaitable[Response]]


class Away(Exception):
    """A service does not answer; the message names what can't be had, as the texts call it: `away.orders`."""


class Pages:
    """Write an application's pages: its own templates over the kit's, in the reader's language."""

    def __init__(self, folder: Path, sessions: Sessions, more: Mapping[str, Any]) -> None:
        self._texts = folder / "texts"
        self._sessions = sessions
        self._environment = Environment(
            loader=FileSystemLoader([folder / "templates", _KIT / "templates"]),
            autoescape=select_autoescape(default_for_string=True, default=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(more)

    def words(self, request: Request) -> Words:
        """Return the texts in the language of whoever asks."""
        return words(self._texts, language_of(request))

    def write(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """Write a page, or a part of one."""
        return HTMLResponse(self.part(request, template, **values), status)

    def part(self, request: Request, template: str, /, **values: Any) -> str:
        """Write a page, or a part of one, as text."""
        session: Session = request.state.session
        words = self.words(request)
        return self._environment.get_template(template).render(
            t=words,
            language=words.language,
            request=request,
            session=session.values,
            csrf=self._sessions.form_token(session),
            **values,
        )


def sent_event(event: str, part: str) -> str:
    """Write a part of a page as a server-sent event."""
    return f"event: {event}\n" + "".join(f"data: {line}\n" for line in part.splitlines() or [""]) + "\n"


def language_of(request: Request) -> Language:
    """Return the language of whoever asks: chosen by them, else their browser's."""
    session: Session = request.state.session
    return spoken(session.values.get("language"), request.headers.get("accept-language"))


def create(
    name: str, folder: Path, key: str, more: Mapping[str, Any], limit: RateLimit, leads_to: str = ""
) -> tuple[FastAPI, Pages, Sessions]:
    """Make an application; `key` signs its cookies and forms, `more` is what its templates always know.

    One address may ask as often as the `limit` says. Its forms lead to its own pages, and to those of the address that
    it `leads_to`.
    """
    app = FastAPI(title=f"coterm {name}", docs_url=None, redoc_url=None, openapi_url=None)
    sessions = Sessions(name, Signer(key))
    pages = Pages(folder, sessions, more)
    _give_sessions(app, pages, sessions, limit, {**_HEADERS, "Content-Security-Policy": policy(leads_to)})
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.mount("/static", _Files(directory=_KIT / "static"), "static")
    _show_failures(app, pages)

    @app.get("/livez")
    @app.get("/readyz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    return app, pages, sessions


def _give_sessions(
    app: FastAPI, pages: Pages, sessions: Sessions, limit: RateLimit, headers: Mapping[str, str]
) -> None:
    @app.middleware("http")
    async def with_session(request: Request, call_next: Next) -> Response:
        session = request.state.session = sessions.read(request)
        request.state.request_id = secrets.token_hex(8)
        asked = request.query_params.get("language")
        if asked in ("it", "en"):
            session.values["language"] = asked
        try:
            seconds = limit.wait_for(request.client.host if request.client else "")
            response = await call_next(request) if not seconds else _too_often(request, seconds, pages)
        except Exception as error:
            response = _broken(request, error, pages)
        if session.is_changed:
            sessions.write(session, response)
        for header, value in headers.items():
            response.headers.setdefault(header, value)
        if not request.url.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def policy(leads_to: str = "") -> str:
    """Write the content security policy: no script and no style but our files, so that nothing written in can run."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {leads_to}; base-uri 'none'; frame-ancestors 'none'"
    )


class _Files(StaticFiles):
    """Files whose name says their version: a browser asks for each once a day at most."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = f"public, max-age={_DAY}"
        return response


def _show_failures(app: FastAPI, pages: Pages) -> None:
    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return pages.write(request, "failure.html", error.status_code, what="not_found", values={}, again=False)

    @app.exception_handler(Forged)
    async def forged(request: Request, _: Forged) -> Response:
        return pages.write(request, "failure.html", 403, what="forged", values={}, again=False)

    @app.exception_handler(Away)
    async def away(request: Request, error: Away) -> Response:
        _log.warning("a service is away", action="screens.away", what=str(error))
        again = request.method == "GET"
        values = {"what": pages.words(request)(f"away.{error}")}
        return pages.write(
            request, "failure.html", 503, what="away" if again else "unheard", values=values, again=again
        )


def _too_often(request: Request, seconds: float, pages: Pages) -> Response:
    response = pages.write(request, "failure.html", 429, what="limited", values={}, again=False)
    response.headers["Retry-After"] = str(max(1, ceil(seconds)))
    return response


def _broken(request: Request, error: Exception, pages: Pages) -> Response:
    request_id = request.state.request_id
    ids = {"path": request.url.path, "request_id": request_id}
    _log.error("a page failed", action="screens.failed", exc_info=error, **ids)
    values = {"request_id": request_id}
    return pages.write(request, "failure.html", 500, what="internal", values=values, again=False)
