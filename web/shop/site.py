"""Which pages has the site? What is sold, the cart with its toggle, and the order as it comes to life."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from coterm_client import (
    CotermError,
    IdempotencyConflict,
    InvalidRequest,
    LineAction,
    OrderIdTaken,
    OrderNotCancellable,
    OrderRefused,
    OrderStatus,
    OrderUnknown,
)
from coterm_client.answers import Order
from web.kit.application import Away, Pages, language_of, sent_event
from web.kit.sessions import Sessions
from web.shop.cart import FIELDS, CartOfSession, Judged, judged, ordered_cart, quoted, suggested, wrong_fields
from web.shop.coterm import Coterm, reaching
from web.shop.settings import ShopSettings

SETTLED = frozenset({OrderStatus.ACTIVATED, OrderStatus.REFUSED, OrderStatus.CANCELLED, OrderStatus.EXPIRED})
"""Where an order stays: nothing more happens by itself."""
_LOOKS_PER_SECOND = 4
_LONGEST_STREAM = 600.0


class Site:
    """The site's pages over the services."""

    def __init__(self, coterm: Coterm, pages: Pages, sessions: Sessions, settings: ShopSettings) -> None:
        self._coterm = coterm
        self._pages = pages
        self._sessions = sessions
        self._settings = settings

    async def products(self, request: Request) -> Response:
        """Show what is sold."""
        catalogue = await self._coterm.catalogue()
        cart = CartOfSession(request.state.session)
        return self._pages.write(request, "products.html", catalogue=catalogue, cart=cart)

    async def put_in(self, request: Request) -> Response:
        """Put a product into the cart, or take it out."""
        form = await self._sessions.form(request)
        cart = CartOfSession(request.state.session)
        catalogue = await self._coterm.catalogue()
        product = catalogue.product(form.get("product", ""))
        if product is None:
            raise HTTPException(404)
        if form.get("take_out"):
            cart.remove(product.product, catalogue)
        else:
            cart.add(product.product, LineAction.ACTIVATE)
        return RedirectResponse("/cart", 303)

    async def cart(self, request: Request) -> Response:
        """Show the cart."""
        cart = CartOfSession(request.state.session)
        return await self._cart(request, cart, await quoted(self._coterm, cart, cart.extends), {})

    async def check(self, request: Request) -> Response:
        """Judge the cart while it is filled in: the part of the page below the form."""
        form = await self._sessions.form(request)
        cart = CartOfSession(request.state.session)
        self._take_toggle(cart, form)
        found = await self._judged(request, cart, form)
        return await self._cart(request, cart, found, form, template="cart_judged.html")

    async def toggle(self, request: Request) -> Response:
        """Set the toggle where no script runs."""
        self._take_toggle(CartOfSession(request.state.session), await self._sessions.form(request))
        return RedirectResponse("/cart", 303)

    async def order(self, request: Request) -> Response:
        """Place the order, unless its price or an expiry moved since it was shown."""
        form = await self._sessions.form(request)
        cart = CartOfSession(request.state.session)
        if not cart.lines:
            return RedirectResponse("/cart", 303)
        self._take_toggle(cart, form)
        now = await quoted(self._coterm, cart, cart.extends)
        if now.away:
            return await self._cart(request, cart, now, form, status=503)
        if now.chosen is None or now.chosen.seal not in form.get("seen", "").split("|"):
            return await self._cart(request, cart, now, form, status=409, moved=now.chosen is not None)
        try:
            total_cents = now.chosen.outcome.total_cents
            ordered = ordered_cart(cart, self._settings.shop_name, form, language_of(request), total_cents)
            async with reaching("orders"):
                placed = await self._coterm.front.submit(ordered)
        except Away as silence:  # it may have been stored all the same: under its id, ordering again is the same order
            now.away = str(silence)
            response = await self._cart(request, cart, now, form, status=503)
            self._sessions.own(response, cart.order_id())
            return response
        except ValidationError as error:
            now.wrong_fields = wrong_fields(error)
            return await self._cart(request, cart, now, form, status=422)
        except InvalidRequest as refusal:
            now.wrong_fields = {name.removeprefix("customer."): why for name, why in refusal.errors.items()}
            return await self._cart(request, cart, now, form, status=422)
        except (IdempotencyConflict, OrderIdTaken):
            # Another tab ordered under this id with another cart: this one is shown again, to be confirmed as its own.
            cart.try_again()
            return await self._cart(request, cart, now, form, status=409, moved=True)
        except OrderRefused as refusal:
            cart.try_again()
            now.violations = refusal.violations
            return await self._cart(request, cart, now, form, status=422)
        cart.was_ordered()
        response = RedirectResponse(f"/orders/{placed.order.order_id}", 303)
        self._sessions.own(response, placed.order.order_id)
        return response

    async def show_order(self, request: Request, order_id: str) -> Response:
        """Show an order, alive."""
        return self._pages.write(request, "order.html", **await self._values(request, order_id))

    async def watch_order(self, request: Request, order_id: str) -> Response:
        """Send the order's part of the page each time it changes, until nothing more happens by itself."""
        await self._own_order(request, order_id)

        async def changes() -> AsyncIterator[str]:
            last, is_away = "", False
            for _ in range(int(_LONGEST_STREAM * _LOOKS_PER_SECOND)):
                try:
                    values = await self._values(request, order_id)
                except (CotermError, Away):  # the page stays as it is, and the next look may succeed
                    if not is_away:
                        is_away = True
                        yield sent_event("away", self._pages.part(request, "away.html", away=["orders"]))
                    await asyncio.sleep(1.0)
                    continue
                if is_away:
                    is_away = False
                    yield sent_event("away", "")
                part = self._pages.part(request, "order_state.html", **values)
                if part != last:
                    last = part
                    yield sent_event("order", part)
                if values["order"].status in SETTLED:
                    yield sent_event("end", "")
                    return
                await asyncio.sleep(1 / _LOOKS_PER_SECOND)

        return StreamingResponse(changes(), media_type="text/event-stream")

    async def pay(self, request: Request, order_id: str) -> Response:
        """Pay now: the provider of a trial tells of it with its signed webhook."""
        await self._sessions.form(request)
        order = await self._own_order(request, order_id)
        async with reaching("orders"):
            await self._coterm.pay(order)
        return RedirectResponse(f"/orders/{order_id}", 303)

    async def cancel(self, request: Request, order_id: str) -> Response:
        """Give an unpaid order up."""
        await self._sessions.form(request)
        await self._own_order(request, order_id)
        async with reaching("orders"):
            with suppress(OrderNotCancellable):  # paid meanwhile, in another tab: its page says how it stands
                await self._coterm.front.cancel(order_id)
        return RedirectResponse(f"/orders/{order_id}", 303)

    async def _cart(
        self,
        request: Request,
        cart: CartOfSession,
        found: Judged,
        form: dict[str, str],
        *,
        status: int = 200,
        template: str = "cart.html",
        moved: bool = False,
    ) -> Response:
        catalogue = await self._coterm.catalogue()
        values: dict[str, Any] = {
            "cart": cart,
            "catalogue": catalogue,
            "found": found,
            "form": form,
            "fields": FIELDS,
            "suggested": suggested(cart, catalogue),
            "moved": moved,
            "unheard": status == 503,
            "live": template != "cart.html",
        }
        return self._pages.write(request, template, status, **values)

    async def _judged(self, request: Request, cart: CartOfSession, form: dict[str, str]) -> Judged:
        """Quote the cart and judge its buyer, as far as the form is filled in."""
        found = await quoted(self._coterm, cart, cart.extends)
        is_named = cart.known_customer is not None or all(form.get(name, "").strip() for name in ("name", "email"))
        if not cart.lines or not is_named:
            return found
        try:
            ordered = ordered_cart(cart, self._settings.shop_name, form, language_of(request), None)
        except ValidationError as error:
            found.wrong_fields = wrong_fields(error)
            return found
        against = await judged(self._coterm, ordered)
        found.violations, found.warnings = against.violations, against.warnings
        found.wrong_fields, found.away = against.wrong_fields, found.away or against.away
        return found

    def _take_toggle(self, cart: CartOfSession, form: dict[str, str]) -> None:
        if form.get("has_toggle"):
            cart.choose(extends=form.get("extend") == "on")

    async def _own_order(self, request: Request, order_id: str) -> Order:
        async with reaching("orders"):
            try:
                order = await self._coterm.front.order(order_id)
            except OrderUnknown:
                raise HTTPException(404) from None
        known = CartOfSession(request.state.session).known_customer
        if order.customer_id != known and not self._sessions.owns(request, order_id):
            raise HTTPException(404)
        return order

    async def _values(self, request: Request, order_id: str) -> dict[str, Any]:
        order = await self._own_order(request, order_id)
        catalogue = await self._coterm.catalogue()
        return {
            "order": order,
            "catalogue": catalogue,
            "settings": self._settings,
            "can_pay_now": self._coterm.provider is not None,
            "is_over": order.status in SETTLED,
        }


def routes(site: Site) -> APIRouter:
    """Make the site's routes."""
    router = APIRouter()
    router.add_api_route("/", site.products, methods=["GET"])
    router.add_api_route("/cart", site.cart, methods=["GET"])
    router.add_api_route("/cart/lines", site.put_in, methods=["POST"])
    router.add_api_route("/cart/check", site.check, methods=["POST"])
    router.add_api_route("/cart/toggle", site.toggle, methods=["POST"])
    router.add_api_route("/cart/order", site.order, methods=["POST"])
    router.add_api_route("/orders/{order_id}", site.show_order, methods=["GET"])
    router.add_api_route("/orders/{order_id}/events", site.watch_order, methods=["GET"])
    router.add_api_route("/orders/{order_id}/payment", site.pay, methods=["POST"])
    router.add_api_route("/orders/{order_id}/cancellation", site.cancel, methods=["POST"])
    return router
