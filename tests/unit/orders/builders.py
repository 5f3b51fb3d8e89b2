"""What does a test of orders start from? Literal bodies and neighbours' events, one word changed at a time."""

from datetime import date
from typing import Any

from schemas import billing, provisioning
from schemas.envelope import Event
from schemas.storefront import Customer, Line, OrderCancellationRequested, OrderSubmitted, PaymentReceived
from schemas.terms import MissingTerm
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    Channel,
    Locale,
    PaymentMethod,
    PriceReason,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
)
from tests.unit.orders.spec import Desk

BASE = "E_INVOICING"
RECEIVE_ONLY = "E_INVOICING_RECEIVE_ONLY"
DOCUMENTS = "DOCUMENTS"
FAMILY = "E_INVOICING"
VAT = "12345670017"
OTHER_VAT = "00743110157"
TAX_CODE = "RCCMNL83S18D969H"


def customer(customer_id: str = "c-1", **changes: Any) -> Customer:
    fields: dict[str, Any] = {
        "customer_id": customer_id,
        "kind": BuyerKind.LEGAL_PERSON,
        "name": "Rossi Srl",
        "email": "a@rossi.example",
        "vat_number": VAT,
    }
    return Customer(**{**fields, **changes})


def order(*products: Product, order_id: str = "o-1", buyer: Customer | None = None, **changes: Any) -> OrderSubmitted:
    fields: dict[str, Any] = {
        "order_id": order_id,
        "storefront": "pec.it",
        "channel": Channel.SITE,
        "customer": buyer or customer(),
        "lines": [Line(product=product) for product in products],
    }
    return OrderSubmitted(**{**fields, **changes})


def payment(
    amount_cents: int = 4427, payment_id: str = "p-1", order_id: str = "o-1", **changes: Any
) -> PaymentReceived:
    fields: dict[str, Any] = {
        "payment_source": "bank",
        "payment_id": payment_id,
        "amount_cents": amount_cents,
        "currency": "EUR",
        "method": PaymentMethod.BANK_TRANSFER,
        "customer_id": "c-1",
        "order_id": order_id,
    }
    return PaymentReceived(**{**fields, **changes})


def cancellation(order_id: str = "o-1", customer_id: str = "c-1") -> OrderCancellationRequested:
    return OrderCancellationRequested(order_id=order_id, customer_id=customer_id)


def priced(total_cents: int = 4427, order_id: str = "o-1", customer_id: str = "c-1") -> billing.OrderPriced:
    return billing.OrderPriced(
        customer_id=customer_id,
        order_id=order_id,
        storefront="pec.it",
        purchase_case=PurchaseCase.ADD_ON_TO_OWNED,
        lines=[
            billing.PricedLine(
                product=DOCUMENTS,
                annual_cents=2000,
                net_cents=2000,
                reason=PriceReason.FULL_PRICE,
                explanation="20.00 €",
            )
        ],
        extensions=[
            billing.PricedExtension(
                product=BASE,
                previous_expiry=date(2026, 6, 30),
                new_expiry=date(2027, 1, 15),
                missing_term=MissingTerm(months=6, days=16, days_in_month=31),
                method=ProrationMethod.MONTH_FRACTION,
                annual_cents=3000,
                net_cents=1629,
                explanation="16.29 €",
            )
        ],
        net_cents=3629,
        vat_percent=22,
        vat_cents=total_cents - 3629 if total_cents > 3629 else 0,
        total_cents=total_cents,
        priced_on=date(2026, 1, 15),
        catalogue_version="2026-01",
    )


def base_activated(
    expires_on: str = "2026-06-30",
    variant: Product = BASE,
    customer_id: str = "c-1",
    order_id: str = "o-0",
    kind: BuyerKind = BuyerKind.LEGAL_PERSON,
    tax_identifier_hash: str = "",
) -> provisioning.ServiceActivated:
    return provisioning.ServiceActivated(
        customer_id=customer_id,
        order_id=order_id,
        product=variant,
        kind=ProductKind.BASE,
        family=FAMILY,
        branch=Branch.BUNDLE,
        origin=ActivationOrigin.BUNDLED,
        activated_on=date(2025, 6, 30),
        expires_on=date.fromisoformat(expires_on),
        anchor_on=date(2025, 6, 30),
        months=12,
        buyer_kind=kind,
        locale=Locale.IT,
        tax_identifier_hash=tax_identifier_hash or Desk().keyring.lookup("tax_identifier", VAT),
    )


def documents_activated(
    expires_on: str = "2026-06-30", order_id: str = "o-0", base_expires_on: str | None = None
) -> provisioning.ServiceActivated:
    return provisioning.ServiceActivated(
        product=DOCUMENTS,
        kind=ProductKind.ADD_ON,
        family=FAMILY,
        requires=BASE,
        buyer_kind=BuyerKind.LEGAL_PERSON,
        locale=Locale.IT,
        customer_id="c-1",
        order_id=order_id,
        origin=ActivationOrigin.ADD_ON,
        branch=Branch.EXTENDED,
        activated_on=date(2026, 1, 15),
        expires_on=date.fromisoformat(expires_on),
        anchor_on=date(2026, 1, 15),
        months=12,
        base_expires_on=date.fromisoformat(base_expires_on) if base_expires_on else None,
    )


def activated(order_id: str = "o-1") -> provisioning.OrderActivated:
    return provisioning.OrderActivated(
        customer_id="c-1",
        order_id=order_id,
        storefront="pec.it",
        purchase_case=PurchaseCase.ADD_ON_TO_OWNED,
        branch=Branch.EXTENDED,
        activated_on=date(2026, 1, 15),
        expiries={DOCUMENTS: date(2027, 1, 15)},
    )


async def owner(expires_on: str = "2026-06-30", **changes: Any) -> Desk:
    """Return orders with a customer who owns e-invoicing, on the day of worked example A."""
    desk = Desk()
    await desk.when(base_activated(expires_on, **changes))
    return desk


async def awaiting_payment(total_cents: int = 4427) -> Desk:
    """Return orders with worked example A ordered and priced."""
    desk = await owner()
    await desk.when(order(DOCUMENTS))
    await desk.when(priced(total_cents))
    return desk


async def settled() -> Desk:
    """Return orders with worked example A paid."""
    desk = await awaiting_payment()
    await desk.when(payment())
    return desk


async def settle(desk: Desk) -> None:
    """Let worked example A be ordered, priced and paid."""
    for input_ in (order(DOCUMENTS), priced(), payment()):
        await desk.when(input_)


def events_of(desk: Desk, kind: type[Event]) -> list[Any]:
    """Return the events of a kind."""
    return [event for event in desk.events() if isinstance(event, kind)]
