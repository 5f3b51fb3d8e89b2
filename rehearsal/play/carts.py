"""What does a storefront send? The bodies of the interface, spelled out."""

from typing import Any

from rehearsal.play.buyers import Buyer

Body = dict[str, Any]

E_INVOICING = "E_INVOICING"
RECEIVE_ONLY = "E_INVOICING_RECEIVE_ONLY"
DOCUMENTS = "DOCUMENTS"


def line(product: str, action: str = "ACTIVATE", years: int = 1) -> Body:
    """Write one line of a cart."""
    return {"product": product, "action": action, "years": years}


def cart(order_id: str, buyer: Buyer, *products: str | Body, channel: str = "SITE", **optional: Any) -> Body:
    """Write an order; the toggle, the expected total and the submission's instant stand in it only when given."""
    lines = [line(product) if isinstance(product, str) else product for product in products]
    return {
        "order_id": order_id,
        "storefront": "pec.it",
        "channel": channel,
        "customer": dict(buyer.body),
        "lines": lines,
        **optional,
    }


def by_id(order: Body) -> Body:
    """Write the same order with the customer's id alone: the services know who that is."""
    return {**order, "customer": {"customer_id": order["customer"]["customer_id"]}}


def transfer(payment_id: str, amount_cents: int, **changes: Any) -> Body:
    """Write a payment by bank transfer."""
    body = {
        "payment_source": "bank",
        "payment_id": payment_id,
        "amount_cents": amount_cents,
        "currency": "EUR",
        "method": "BANK_TRANSFER",
    }
    return {**body, **changes}


def cloudevent(event_type: str, identity: str, customer_id: str, data: Body, **more: Any) -> Body:
    """Write a message of a storefront as CloudEvents 1.0."""
    return {
        "specversion": "1.0",
        "id": identity,
        "source": "/storefronts/pec.it",
        "type": event_type,
        "subject": customer_id,
        **more,
        "datacontenttype": "application/json",
        "data": data,
    }


def configuration() -> Body:
    """Write a configuration of e-invoicing with every section in it."""
    return {
        "company": {"name": "Rossi Srl", "vat_number": "12345670017"},
        "fiscal_regime": "RF01",
        "delivery": {"recipient_code": "ABC1234"},
        "address": {
            "street": "Via Roma 1",
            "city": "Arezzo",
            "province": "AR",
            "postal_code": "52100",
            "country": "IT",
        },
    }
