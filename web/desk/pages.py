"""Which pages has the desk? Board, worklist, order, customer, proof: what `coterm` can do, from the same code."""

import hmac
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from operations.asking import Answered
from operations.history.as_of import instant_of, states_then
from operations.history.journals import histories
from operations.history.timeline import cause_of, gist
from operations.history.where_is import whereabouts
from operations.repairs.telling import in_lines
from operations.sealed import printable
from operations.status.gathering import clock_of, look
from operations.status.standing import notices
from operations.surroundings import SERVICES, Misused, OperationFailed, Surroundings
from operations.verify.checking import verify_described
from web.desk.known import known
from web.desk.worklist import Work, carry_out, work
from web.kit.application import Pages
from web.kit.sessions import Session, Sessions


class NotAnOperator(Exception):
    """Nobody has entered the operator's key in this browser."""


class Desk:
    """The desk's pages over what `coterm` looks at."""

    def __init__(self, where: Surroundings, pages: Pages, sessions: Sessions) -> None:
        self._where = where
        self._pages = pages
        self._sessions = sessions

    async def sign_in(self, request: Request) -> Response:
        """Take the operator's key; the cookie then says so, and holds no key."""
        form = await self._sessions.form(request)
        known = str(self._where.described.get("keys", {}).get("operator", ""))
        if not known or not hmac.compare_digest(known.encode(), form.get("key", "").strip().encode()):
            return self._pages.write(request, "sign_in.html", 401, refused=True)
        session: Session = request.state.session
        session.begin_anew(operator=True, language=session.values.get("language"))
        return RedirectResponse("/", 303)

    async def board(self, request: Request) -> Response:
        """Show how everything stands: the flow, the four services, what is broken or waits."""
        return await self._board(request, "board.html")

    async def board_now(self, request: Request) -> Response:
        """Send the board's part of the page again."""
        return await self._board(request, "board_now.html")

    async def worklist(self, request: Request) -> Response:
        """Show what waits for an operator, oldest first."""
        operator_of(request)
        return self._pages.write(request, "worklist.html", work=await work(self._where))

    async def act(self, request: Request) -> Response:
        """Rehearse what would end a wait, or do it."""
        operator_of(request)
        form = await self._sessions.form(request)
        waiting = await work(self._where)
        item, action = _chosen(waiting, form)
        rehearse = form.get("do") != "1"
        values: dict[str, Any] = {"item": item, "action": action, "fields": form, "rehearsed": rehearse}
        try:
            done = await carry_out(self._where, action, form, rehearse=rehearse)
        except (Answered, OperationFailed) as refusal:
            return self._pages.write(request, "acted.html", 409, **values, refused=str(refusal), events=[], lines=[])
        return self._pages.write(request, "acted.html", **values, refused=None, **_what_happened(done))

    async def order(self, request: Request, order_id: str = "") -> Response:
        """Show what happened to an order, a lane for each service, and what it waits for."""
        operator_of(request)
        if not order_id:
            return self._pages.write(request, "order.html", found=None, unknown=None, asked="")
        try:
            found = await whereabouts(self._where, order_id)
        except (OperationFailed, Misused) as error:
            return self._pages.write(request, "order.html", 404, found=None, unknown=str(error), asked=order_id)
        lines = [(event, printable(gist(event.data)), cause_of(event, found.known)) for event in found.events]
        values = {"unknown": None, "asked": order_id, "lines": lines, "services": SERVICES}
        return self._pages.write(request, "order.html", found=found, **values)

    async def customer(self, request: Request, customer_id: str = "", at: str = "", place: int = -1) -> Response:
        """Show what each service knew of a customer at an instant; a slider goes from event to event (`place`)."""
        operator_of(request)
        values: dict[str, Any] = {"asked": customer_id, "states": None, "unknown": None, "instants": [], "moment": None}
        if not customer_id:
            return self._pages.write(request, "customer.html", **values)
        try:
            held = await histories(self._where, customer_id)
            instants = sorted({event.at for history in held.values() for event in history.events})
            moment = instant_of(at) if at else clock_of(self._where).now()
            if not at and 0 <= place < len(instants):
                moment = instants[place]
            states = await states_then(self._where, moment, customer_id, opened=False)
        except (OperationFailed, Misused) as error:
            return self._pages.write(request, "customer.html", 404, **{**values, "unknown": str(error)})
        values |= {"states": states, "instants": instants, "moment": moment, "place": _place(instants, moment)}
        values["known"] = known(states)
        return self._pages.write(request, "customer.html", **values)

    async def proof(self, request: Request) -> Response:
        """Show the invariants, and check them when asked to."""
        operator_of(request)
        return self._pages.write(request, "proof.html", report=None)

    async def verify(self, request: Request) -> Response:
        """Check every invariant that a running system can show."""
        operator_of(request)
        await self._sessions.form(request)
        report = await verify_described(self._where, seconds=5.0, canaries=(), silent=True)
        return self._pages.write(request, "proof.html", report=report)

    async def _board(self, request: Request, template: str) -> Response:
        operator_of(request)
        report = await look(self._where)
        return self._pages.write(request, template, report=report, notices=notices(report))


def operator_of(request: Request) -> None:
    """See that whoever asks has said the operator's key. Raises NotAnOperator."""
    session: Session = request.state.session
    if not session.values.get("operator"):
        raise NotAnOperator


def routes(desk: Desk, sessions: Sessions) -> APIRouter:
    """Make the desk's routes."""
    router = APIRouter()
    router.add_api_route("/", desk.board, methods=["GET"])
    router.add_api_route("/now", desk.board_now, methods=["GET"])
    router.add_api_route("/sign-in", desk.sign_in, methods=["POST"])
    router.add_api_route("/sign-out", sessions.leave, methods=["POST"])
    router.add_api_route("/worklist", desk.worklist, methods=["GET"])
    router.add_api_route("/worklist/action", desk.act, methods=["POST"])
    router.add_api_route("/order", desk.order, methods=["GET"])
    router.add_api_route("/customer", desk.customer, methods=["GET"])
    router.add_api_route("/proof", desk.proof, methods=["GET"])
    router.add_api_route("/proof", desk.verify, methods=["POST"])
    return router


def _chosen(waiting: Work, form: dict[str, str]) -> tuple[Any, Any]:
    """Find what a form names among what waits now: what is over can't be acted on twice."""
    for item in waiting.items:
        if (item.kind, item.key) == (form.get("kind"), form.get("key")):
            for action in item.actions:
                if action.name == form.get("action"):
                    return item, action
    raise HTTPException(404)


def _what_happened(done: dict[str, Any]) -> dict[str, Any]:
    """Say what a service answered: the events it wrote; of inputs taken again, the lines that `coterm` writes."""
    return {"events": done.get("events", []), "lines": list(in_lines(done)) if "steps" in done else []}


def _place(instants: list[datetime], moment: datetime) -> int:
    return max(sum(each <= moment for each in instants) - 1, 0)
