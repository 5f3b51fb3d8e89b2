"""What does a customer find in their area? What they own and until when, what they ordered, paid and were written."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from coterm_client import Channel, LineAction
from coterm_client.answers import Catalogue, Service
from runtime.clock import Clock
from runtime.signing import CUSTOMER_AREA, FROM_PANEL, LINK_DAYS, Signer
from schemas.terms import business_date
from web.kit.application import Pages
from web.kit.sessions import Session, Sessions
from web.shop.cart import CartOfSession
from web.shop.coterm import Coterm, reaching

_FROM_PANEL_SECONDS = 120
_LINK_SECONDS = LINK_DAYS * 24 * 3600
_LIVING = ("ACTIVE", "GRACE", "SUSPENDED")


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
            return self._pages.write(request, "link_over.html", 403)
        session: Session = request.state.session
        session.begin_anew(customer=customer_id, language=session.values.get("language"))
        inside = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/area"
        return RedirectResponse(inside, 303)

    async def enter_from_panel(self, request: Request, token: str = "") -> Response:
        """Take over who comes from the panel to add something: a cart of that channel."""
        choice = self._signer.read(FROM_PANEL, token, _FROM_PANEL_SECONDS)
        if not isinstance(choice, dict):
            return self._pages.write(request, "link_over.html", 403)
        session: Session = request.state.session
        session.begin_anew(customer=choice["customer"], language=session.values.get("language"))
        cart = CartOfSession(session)
        cart.start(Channel.PANEL)
        cart.add(choice["product"])
        return RedirectResponse("/cart", 303)

    async def show(self, request: Request) -> Response:
        """Show services, orders, credit and mails."""
        customer_id = self._customer(request)
        front = self._coterm.front
        async with reaching("orders"):
            catalogue, orders = await front.catalogue(), await front.orders_of(customer_id)
        async with reaching("provisioning"):
            services = (await front.services(customer_id)).services
        async with reaching("billing"):
            credit = await front.credit(customer_id)
        async with reaching("notifications"):
            emails = (await front.emails(customer_id)).emails
        today = business_date(self._clock.now())
        values: dict[str, Any] = {
            "catalogue": catalogue,
            "orders": orders[::-1],
            "services": services,
            "credit": credit,
            "emails": emails[::-1],
            "today": today,
            "can_add": _can_add(services, catalogue),
            "can_renew": [each for each in services if _may_renew(each, catalogue)],
            "timeline": timeline(services, today),
        }
        return self._pages.write(request, "area.html", **values)

    async def add(self, request: Request) -> Response:
        """Begin a cart with an add-on for what is owned."""
        form = await self._sessions.form(request)
        self._customer(request)
        async with reaching("orders"):
            product = (await self._coterm.front.catalogue()).product(form.get("product", ""))
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
        async with reaching("orders"):
            catalogue = await self._coterm.front.catalogue()
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
            raise HTTPException(404)
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
    router.add_api_route("/area/renew", area.renew, methods=["POST"])
    return router
