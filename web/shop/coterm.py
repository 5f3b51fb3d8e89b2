"""How does the shop speak to the services? Through the published client, with a storefront's key."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from coterm_client import Patience, PaymentWebhook, Storefront, Unavailable, Unreachable
from coterm_client.answers import Order
from coterm_client.bodies import PaymentOfOrder
from coterm_client.words import PaymentMethod
from runtime.clock import Clock
from web.kit.application import Away
from web.shop.settings import ShopSettings

PATIENCE = Patience(seconds=3.0)
"""How long a visitor waits for a service that does not answer."""


@dataclass(frozen=True)
class Coterm:
    """The services, as the shop asks them."""

    front: Storefront
    provider: PaymentWebhook | None
    """The payment provider that a trial plays; None where a real one sends its webhooks."""

    async def pay(self, order: Order) -> None:
        """Pay what is still due of an order, as a provider would tell of it."""
        if self.provider is None or not order.outstanding_cents:
            return
        await self.provider.tell(
            PaymentOfOrder(
                payment_source="shop-card",
                payment_id=secrets.token_hex(12),
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
    except (Unreachable, Unavailable) as silence:
        raise Away(what) from silence
