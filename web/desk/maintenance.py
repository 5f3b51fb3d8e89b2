"""How does an operator rebuild a service or drill a loss in a browser? Rehearsed first, then watched as it goes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.exceptions import HTTPException

from operations.drill.lose_log import How
from operations.surroundings import OperationFailed
from web.desk.jobs import ABOUT, Job, Jobs
from web.desk.pages import operator_of
from web.kit.application import Pages, sent_event
from web.kit.sessions import Sessions

_LOOKS_PER_SECOND = 2


class Maintenance:
    """The desk's rebuilds and drills."""

    def __init__(self, jobs: Jobs, pages: Pages, sessions: Sessions) -> None:
        self._jobs = jobs
        self._pages = pages
        self._sessions = sessions

    async def show(self, request: Request) -> Response:
        """Show what can be begun, and how the last work goes or went."""
        operator_of(request)
        return self._page(request)

    async def begin(self, request: Request) -> Response:
        """Rehearse a work; told to do it, begin it. A drill destroys something: its name is typed."""
        operator_of(request)
        form = await self._sessions.form(request)
        job = _job(form)
        try:
            plan = await self._jobs.plan(job)
        except OperationFailed as refusal:
            return self._page(request, 409, refused=str(refusal))
        must_type = job.kind != "rebuild"
        is_meant = not must_type or form.get("typed", "").strip() == job.about
        if form.get("do") != "1" or not is_meant:
            values = {"job": job, "plan": plan, "must_type": must_type, "mistyped": form.get("do") == "1"}
            return self._pages.write(request, "maintenance_rehearsed.html", **values)
        if not self._jobs.begin(job):
            return self._page(request, 409, refused=self._pages.words(request)("maintenance.busy"))
        return RedirectResponse("/maintenance", 303)

    async def cancel(self, request: Request) -> Response:
        """Give the work up where all can be as it was."""
        operator_of(request)
        await self._sessions.form(request)
        await self._jobs.cancel()
        return RedirectResponse("/maintenance", 303)

    async def watch(self, request: Request) -> Response:
        """Send the work's part of the page each time it changes, until it has ended."""
        operator_of(request)

        async def changes() -> AsyncIterator[str]:
            last, is_over = "", False
            while not is_over:
                job = self._jobs.last
                is_over = job is None or job.ended is not None
                part = self._pages.part(request, "maintenance_now.html", job=job)
                if part != last:
                    last = part
                    yield sent_event("job", part)
                if not is_over:
                    await asyncio.sleep(1 / _LOOKS_PER_SECOND)
            yield sent_event("end", "")

        return StreamingResponse(changes(), media_type="text/event-stream")

    def _page(self, request: Request, status: int = 200, refused: str | None = None) -> Response:
        values: dict[str, Any] = {"job": self._jobs.last, "about": ABOUT, "how": list(How), "refused": refused}
        return self._pages.write(request, "maintenance.html", status, **values)


def _job(form: dict[str, str]) -> Job:
    kind = next((each for each in ABOUT if each == form.get("kind")), None)
    how = next((each for each in How if each == form.get("how", How.DELETED)), None)
    if kind is None or how is None or form.get("about") not in ABOUT[kind]:
        raise HTTPException(404)
    return Job(kind, form["about"], how)


def routes(maintenance: Maintenance) -> APIRouter:
    """Make the routes of rebuilds and drills."""
    router = APIRouter(prefix="/maintenance")
    router.add_api_route("", maintenance.show, methods=["GET"])
    router.add_api_route("", maintenance.begin, methods=["POST"])
    router.add_api_route("/cancellation", maintenance.cancel, methods=["POST"])
    router.add_api_route("/events", maintenance.watch, methods=["GET"])
    return router
