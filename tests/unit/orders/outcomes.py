"""What did an order or a payment lead to?"""

from collections.abc import Sequence
from typing import Any

from schemas.orders import OrderPlaced, OrderRefused
from schemas.payments import PaymentRegistered
from schemas.vocabulary import Product
from tests.unit.orders.builders import order
from tests.unit.orders.spec import Desk


async def codes(desk: Desk, *products: Product, **changes: Any) -> list[str]:
    """Submit an order; return the codes of its violations, none when it was placed."""
    event = (await desk.when(order(*products, **changes)))[-1]
    if isinstance(event, OrderPlaced):
        return []
    assert isinstance(event, OrderRefused), event
    return sorted(violation.code for violation in event.violations)


async def named(desk: Desk, *products: Product, **changes: Any) -> list[tuple[str, str | None]]:
    """Submit an order; return its violations' codes with the orders they name."""
    (event,) = await desk.when(order(*products, **changes))
    assert isinstance(event, OrderRefused), event
    return sorted((violation.code, violation.order_id) for violation in event.violations)


def registered(events: Sequence[object]) -> PaymentRegistered:
    return next(event for event in events if isinstance(event, PaymentRegistered))


def money(event: PaymentRegistered) -> tuple[int, int, bool]:
    return event.outstanding_cents, event.surplus_cents, event.order_closed
