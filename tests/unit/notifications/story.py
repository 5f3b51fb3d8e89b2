"""What do the neighbours say in the life of a service? Literal events of customer c-1, after its first purchase."""

from datetime import date
from typing import Any

from schemas.billing import CreditGranted
from schemas.orders import OrderHeld, OrderReleased, OrderSettled
from schemas.provisioning import (
    ExpiryAligned,
    OrderActivated,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    CreditOrigin,
    ExpiryReason,
    HoldReason,
    Product,
    PurchaseCase,
    ServiceStatus,
)
from tests.unit.notifications.builders import (
    DOCUMENTS,
    E_INVOICING,
    add_on_activated,
    base_activated,
    order_activated,
    placed,
)
from tests.unit.notifications.spec import Notifications


def day(text: str) -> date:
    return date.fromisoformat(text)


def owner(expires_on: str = "2027-01-15", activated_on: str = "2026-01-15", **add_ons: str) -> Notifications:
    """Return an owner of e-invoicing, and of add-ons to the dates given."""
    expiry = day(expires_on)
    begun: dict[str, Any] = {"activated_on": day(activated_on), "anchor_on": day(activated_on)}
    beside = [
        add_on_activated(product, ActivationOrigin.BUNDLED).model_copy(update={**begun, "expires_on": day(end)})
        for product, end in add_ons.items()
    ]
    whole = {E_INVOICING: expiry, **{product: day(end) for product, end in add_ons.items()}}
    base: ServiceActivated = base_activated().model_copy(update={**begun, "expires_on": expiry})
    service = Notifications().hear(placed(), settled(), base, *beside)
    return service.hear(order_activated(expiries=whole, activated_on=day(activated_on)))


def owner_of_both(expires_on: str = "2027-01-15") -> Notifications:
    return owner(expires_on, DOCUMENTS=expires_on)


def renewed(order_id: str, moved: dict[Product, tuple[str, str]], on: str) -> list[Any]:
    """Say that an order moved expiries: what provisioning writes of a renewal."""
    aligned = [
        ExpiryAligned(
            customer_id="c-1", order_id=order_id, product=product, previous_expiry=day(before), new_expiry=day(after),
            anchor_on=day("2026-01-15"), months=24, reason=ExpiryReason.RENEWAL,
        )
        for product, (before, after) in moved.items()
    ]  # fmt: skip
    expiries = {product: day(after) for product, (_, after) in moved.items()}
    return [*aligned, renewal_active(order_id, expiries, on)]


def renewal_active(order_id: str, expiries: dict[Product, date], on: str) -> OrderActivated:
    return order_activated(
        order_id=order_id,
        purchase_case=PurchaseCase.RENEWAL,
        branch=Branch.RENEWED,
        activated_on=day(on),
        expiries=expiries,
    )


def reversed_to(expires_on: str, previous: str, product: Product = E_INVOICING) -> ExpiryAligned:
    return ExpiryAligned(
        customer_id="c-1", order_id="o-2", product=product, previous_expiry=day(previous), new_expiry=day(expires_on),
        anchor_on=day("2026-01-15"), months=12, reason=ExpiryReason.REVERSAL,
    )  # fmt: skip


def in_grace(expires_on: str, grace_until: str, *products: Product) -> list[ServiceEnteredGrace]:
    return [
        ServiceEnteredGrace(
            customer_id="c-1", product=product, expires_on=day(expires_on), grace_until=day(grace_until)
        )
        for product in products or (E_INVOICING, DOCUMENTS)
    ]


def terminated(on: str, expires_on: str, *products: Product) -> list[ServiceTerminated]:
    return [
        ServiceTerminated(customer_id="c-1", product=product, terminated_on=day(on), expires_on=day(expires_on))
        for product in products or (DOCUMENTS, E_INVOICING)
    ]


def cancelled_service(product: Product, on: str, lapses_on: str, status: ServiceStatus) -> ServiceCancelled:
    return ServiceCancelled(
        customer_id="c-1", product=product, cancelled_on=day(on), lapses_on=day(lapses_on), status=status
    )


def settled(order_id: str = "o-1") -> OrderSettled:
    order = placed(order_id=order_id)
    return OrderSettled(**_facts(order), settled_on=day("2026-01-15"))


def held(reason: HoldReason = HoldReason.BASE_SHORTENED) -> OrderHeld:
    return OrderHeld(customer_id="c-1", order_id="o-1", reason=reason)


def released() -> OrderReleased:
    return OrderReleased(**_facts(placed()), settled_on=day("2026-01-15"), why="looked at")


def granted(credit_id: str = "cr-1", amount_cents: int = 200, **changes: Any) -> CreditGranted:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "credit_id": credit_id,
        "amount_cents": amount_cents,
        "granted_on": day("2026-01-15"),
        "expires_on": day("2027-01-15"),
        "origin": CreditOrigin.PAYMENT_SURPLUS,
        "explanation": "2.00 € more than was due",
    }
    return CreditGranted(**{**facts, **changes})


def _facts(order: Any) -> dict[str, Any]:
    shared = set(OrderSettled.model_fields) & set(type(order).model_fields)
    rest = {"expiries_shown": [], "total_cents": 3660}
    return {**{name: getattr(order, name) for name in shared}, **rest}
