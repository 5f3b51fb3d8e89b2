"""What does provisioning need to act on an order? Everything the order froze, in one event."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from schemas.cart import OrderLine, OwnedService, ProductTerms, Terms
from schemas.orders import OrderReleased, OrderSettled
from services.orders.domain.order import LineTerms, OpenOrder, owned_line

Settling = TypeVar("Settling", OrderSettled, OrderReleased)


def settled(kind: type[Settling], customer_id: str, order: OpenOrder, settled_on: date, **more: Any) -> Settling:
    """Say that an order is paid, or released after it was held, with all that provisioning acts on."""
    return kind(**_facts(customer_id, order, settled_on), **more)


def _facts(customer_id: str, order: OpenOrder, settled_on: date) -> Mapping[str, Any]:
    return {
        "customer_id": customer_id,
        "order_id": order.order_id,
        "storefront": order.storefront,
        "settled_on": settled_on,
        "ordered_on": order.ordered_on,
        "lines": [OrderLine(product=line.product, action=line.action, years=line.years) for line in order.lines],
        "purchase_case": order.purchase_case,
        "branch": order.branch,
        "extend_active_services": order.extend_active_services,
        "expiries_shown": [OwnedService.model_validate(owned_line(service)) for service in order.expiries_shown],
        "terms": Terms(payable_days=order.payable_days, products=[_terms(terms) for terms in order.terms]),
        "buyer_kind": order.buyer_kind,
        "locale": order.locale,
        "personal": order.personal.block,
        "tax_identifier_hash": order.tax_identifier_hash,
        "total_cents": order.total_cents or 0,
        "catalogue_version": order.catalogue_version,
    }


def _terms(terms: LineTerms) -> ProductTerms:
    return ProductTerms(
        product=terms.product,
        kind=terms.kind,
        family=terms.family,
        term_months=terms.term_months,
        requires=terms.requires,
        features=list(terms.features),
    )
