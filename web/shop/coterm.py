"""How does the shop speak to the services? Through the published client, with a storefront's key."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from coterm_client import (
    AccountParked,
    Patience,
    PaymentWebhook,
    Storefront,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from coterm_client.answers import Catalogue, Order
from coterm_client.bodies import PaymentOfOrder
from coterm_client.words import PaymentMethod
from runtime.clock import Clock
from web.kit.application import Away
from web.shop.settings import ShopSettings

T = TypeVar("T")

PATIENCE = Patience(seconds=3.0)
"""How long a visitor waits for a service that does not answer."""


@dataclass
class Coterm:
    """The services, as the shop asks them."""

    front: Storefront
    provider: PaymentWebhook | None
    """The payment provider that a trial plays; None where a real one sends its webhooks."""
    _last_read: Catalogue | None = None

    async def catalogue(self) -> Catalogue:
        """Read what is sold; while orders is away, as it was last read.

        Whether it still is sold is judged when it is ordered. Raises Away where it was never read.
        """
        try:
            async with reaching("orders"):
                self._last_read = await self.front.catalogue()
        except Away:
            if self._last_read is None:
                raise
        return self._last_read

    async def pay(self, order: Order) -> None:
        """Pay what is still due of an order, as a provider would tell of it: two clicks are one payment."""
        if self.provider is None or not order.outstanding_cents:
            return
        await self.provider.report(
            PaymentOfOrder(
                payment_source="shop-card",
                payment_id=sha256(f"{order.order_id}\n{len(order.payments)}".encode()).hexdigest()[:24],
                amount_cents=order.outstanding_cents,
                method=PaymentMethod.CARD,
                customer_id=order.customer_id,
                order_id=order.order_id,
            )
        )


@asynccontextmanager
async def connected(settings: ShopSettings, clock: Clock) -> AsyncIterator[Coterm]:
    """Hold the connections to the services."""
    orders = str(settings.orders_url)
    front = Storefront(
        orders,
        settings.shop_key.get_secret_value(),
        billing=str(settings.billing_url),
        provisioning=str(settings.provisioning_url),
        notifications=str(settings.notifications_url),
        patience=PATIENCE,
    )
    secret = settings.webhook_secret
    async with front:
        if secret is None:
            yield Coterm(front, None)
            return

        def now() -> float:
            return clock.now().timestamp()

        async with PaymentWebhook(orders, secret.get_secret_value(), patience=PATIENCE, now=now) as provider:
            yield Coterm(front, provider)


@asynccontextmanager
async def reaching(what: str) -> AsyncIterator[None]:
    """Turn a service's silence into Away, which names what can't be done."""
    try:
        yield
    except AccountParked as waiting:
        raise Away("account") from waiting
    except (Unreachable, Unavailable, TooManyRequests) as silence:
        raise Away(what) from silence


async def if_there(what: str, asked: Awaitable[T], away: list[str]) -> T | None:
    """Return what a service says; None where it is silent, which is noted: the rest of a page is shown without it."""
    try:
        async with reaching(what):
            return await asked
    except Away as silence:
        away.append(str(silence))
        return None
