"""What does a customer find in their area? What they own and until when, what they ordered, paid and were written."""

import asyncio
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from coterm_client import Channel, LineAction, Problem
from coterm_client.answers import Catalogue, Order, OrderPayment, Service
from runtime.clock import Clock
from runtime.signing import CUSTOMER_AREA, FROM_PANEL, LINK_DAYS, Signer
from schemas.terms import business_date
from web.kit.application import Pages
from web.kit.sessions import Session, Sessions
from web.shop.cart import CartOfSession
from web.shop.coterm import Coterm, if_there, reaching

_FROM_PANEL_SECONDS = 120
_LINK_SECONDS = LINK_DAYS * 24 * 3600
_LIVING = ("ACTIVE", "GRACE", "SUSPENDED")
_NOT_CHOSEN = ("RENEWAL_NOT_POSSIBLE", "CUSTOMER_UNKNOWN", "INVALID_REQUEST")
"""How orders refuses a choice that was possible when the page was written."""


class NotEntered(Exception):
    """Nobody opened a link of theirs in this browser, or too long ago."""


class Area:
    """The customer area over the services."""

    def __init__(self, coterm: Coterm, pages: Pages, signer: Signer, clock: Clock, sessions: Sessions) -> None:
        self._coterm = coterm
        self._pages = pages
        self._signer = signer
        self._clock = clock
        self._sessions = sessions

    async def enter(self, request: Request, token: str = "", to: str = "/area") -> Response:
        """Open the area by the signed link of a mail; the link's secret stays in no address."""
        customer_id = self._signer.read(CUSTOMER_AREA, token, _LINK_SECONDS)
        if not isinstance(customer_id, str):
            return self._pages.write(request, "link_over.html", 403, over=True)
        session: Session = request.state.session
        session.begin_anew(customer=customer_id, language=session.values.get("language"))
        inside = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/area"
        return RedirectResponse(inside, 303)

    async def enter_from_panel(self, request: Request, token: str = "") -> Response:
        """Take over who comes from the panel to add something: a cart of that channel."""
        choice = self._signer.read(FROM_PANEL, token, _FROM_PANEL_SECONDS)
        if not isinstance(choice, dict):
            return self._pages.write(request, "link_over.html", 403, over=True)
        session: Session = request.state.session
        session.begin_anew(customer=choice["customer"], language=session.values.get("language"))
        cart = CartOfSession(session)
        cart.start(Channel.PANEL)
        cart.add(choice["product"])
        return RedirectResponse("/cart", 303)

    async def show(self, request: Request) -> Response:
        """Show services, orders, payments, credit and mails: all that can be had now."""
        customer_id = self._customer(request)
        front, away = self._coterm.front, list[str]()
        catalogue = await self._coterm.catalogue()
        orders, renewals, owned, credit, mails = await asyncio.gather(
            if_there("orders", front.orders_of(customer_id), away),
            if_there("orders", front.automatic_renewals(customer_id), away),
            if_there("provisioning", front.services(customer_id), away),
            if_there("billing", front.credit(customer_id), away),
            if_there("notifications", front.emails(customer_id), away),
        )
        today = business_date(self._clock.now())
        services = owned.services if owned else []
        living = {each.variant: each for each in services if each.status in _LIVING}
        values: dict[str, Any] = {
            "catalogue": catalogue,
            "orders": orders and orders[::-1],
            "payments": payments(orders or []),
            "services": owned and services,
            "living": living,
            "renewals": [each for each in renewals or [] if each.base in living],
            "credit": credit,
            "emails": mails and mails.emails[::-1],
            "can_add": _can_add(services, catalogue),
            "can_renew": [each for each in services if _may_renew(each, catalogue)],
            "timeline": timeline(services, today),
            "away": list(dict.fromkeys(away)),
            "told": request.state.session.values.pop("told", None),
        }
        return self._pages.write(request, "area.html", **values)

    async def choose_renewal(self, request: Request) -> Response:
        """Choose whether a base renews by itself, for how long and with what."""
        form = await self._sessions.form(request)
        customer_id, base = self._customer(request), form.get("base", "")
        catalogue = await self._coterm.catalogue()
        add_ons = [
            each.product for each in catalogue.products if each.requires == base and form.get(f"with_{each.product}")
        ]
        told = "chosen"
        async with reaching("orders"):
            try:
                await self._coterm.front.choose_automatic_renewal(
                    customer_id,
                    base,
                    enabled=form.get("enabled") == "on",
                    years=_years(form.get("years", "")),
                    add_ons=add_ons,
                )
            except Problem as refusal:
                if refusal.code not in _NOT_CHOSEN:
                    raise
                told = "not_chosen"
        request.state.session.values["told"] = told
        return RedirectResponse("/area", 303)

    async def add(self, request: Request) -> Response:
        """Begin a cart with an add-on for what is owned."""
        form = await self._sessions.form(request)
        self._customer(request)
        product = (await self._coterm.catalogue()).product(form.get("product", ""))
        if product is None:
            raise HTTPException(404)
        cart = CartOfSession(request.state.session)
        cart.start(Channel.CUSTOMER_AREA)
        cart.add(product.product)
        return RedirectResponse("/cart", 303)

    async def renew(self, request: Request) -> Response:
        """Begin a cart that renews a base, with the add-ons that were ticked."""
        form = await self._sessions.form(request)
        customer_id = self._customer(request)
        catalogue = await self._coterm.catalogue()
        async with reaching("provisioning"):
            owned = {each.variant: each for each in (await self._coterm.front.services(customer_id)).services}
        if form.get("base") not in owned:
            raise HTTPException(404)
        cart = CartOfSession(request.state.session)
        cart.start(Channel.CUSTOMER_AREA)
        base, years = form["base"], _years(form.get("years", ""))
        cart.add(base, LineAction.RENEW, years)
        for each in catalogue.products:
            if each.requires == base and form.get(f"with_{each.product}"):
                is_owned = each.product in owned and owned[each.product].status == "ACTIVE"
                action = LineAction.RENEW if is_owned else LineAction.ACTIVATE
                cart.add(each.product, action, years if is_owned else 1)
        return RedirectResponse("/cart", 303)

    def _customer(self, request: Request) -> str:
        found = CartOfSession(request.state.session).known_customer
        if found is None:
            raise NotEntered
        return found


def timeline(services: list[Service], today: date) -> list[dict[str, Any]]:
    """Lay the living services on a line: where each begins and ends, and today, in hundredths of its length."""
    living = [each for each in services if each.status in _LIVING]
    if not living:
        return []
    first = min(each.activated_on for each in living)
    last = max(today, *(each.expires_on for each in living))
    days = max((last - first).days, 1)
    return [
        {
            "product": each.variant,
            "from": 100 * (each.activated_on - first).days / days,
            "to": 100 * (each.expires_on - first).days / days,
            "today": 100 * (today - first).days / days,
            "service": each,
        }
        for each in living
    ]


def payments(orders: list[Order]) -> list[tuple[Order, OrderPayment]]:
    """List what was paid for each order, the last first; what is not registered yet stands above."""
    paid = [(order, payment) for order in orders for payment in order.payments]
    return sorted(paid, key=lambda each: each[1].registered_on or date.max, reverse=True)


def _years(text: str) -> int:
    """Read for how many years to renew: 1 to 10, one where nothing sensible was sent."""
    return min(max(int(text), 1), 10) if text.isascii() and text.isdigit() else 1


def _may_renew(service: Service, catalogue: Catalogue) -> bool:
    sold = catalogue.product(service.variant)
    return sold is not None and sold.is_base and service.status in ("ACTIVE", "GRACE")


def _can_add(services: list[Service], catalogue: Catalogue) -> list[str]:
    active = {each.variant for each in services if each.status == "ACTIVE"}
    return [each.product for each in catalogue.products if each.requires in active and each.product not in active]


def routes(area: Area, sessions: Sessions) -> APIRouter:
    """Make the customer area's routes."""
    router = APIRouter()
    router.add_api_route("/area/enter", area.enter, methods=["GET"])
    router.add_api_route("/area/from-panel", area.enter_from_panel, methods=["GET"])
    router.add_api_route("/area", area.show, methods=["GET"])
    router.add_api_route("/area/leave", sessions.leave, methods=["POST"])
    router.add_api_route("/area/add", area.add, methods=["POST"])
    router.add_api_route("/area/automatic-renewal", area.choose_renewal, methods=["POST"])
    router.add_api_route("/area/renew", area.renew, methods=["POST"])
    return router
