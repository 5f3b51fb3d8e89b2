"""Where do model and services differ? Orders, services and credit, each told as a business person would."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from runtime.wire.codec import decode_state
from schemas.payments import RefundReason
from tests.lives.four_services import FourServices
from tests.lives.model.model import Model
from tests.lives.operated import real


def differences(model: Model, services: FourServices) -> list[str]:
    """Name all of them."""
    found = (_orders, _services, _credit, _refunds)
    return [*(each for differ in found for each in differ(model, services)), *_set_aside(services)]


def _orders(model: Model, services: FourServices) -> Iterator[str]:
    rows = {row.order_id: row for row in services["orders"].edge.table("orders")}
    for order_id, order in model.orders.items():
        row = rows.pop(real(order_id), None)
        says = {
            "status": order.status,
            "refused for": sorted(order.violations),
            "costs": order.total,
            "lines": {product: order.nets.get(product) for product in order.products},
            "extension": order.extension,
            "toggle": order.toggle,
            "payable until": order.payable_until if order.branch else None,
            "reason": order.reason,
        }
        if order.violations:
            says["toggle"] = None
        does = row and {
            "status": str(row.status),
            "refused for": sorted({violation.code for violation in row.violations}),
            "costs": row.total_cents,
            "lines": {each.product: each.net_cents for each in row.lines},
            "extension": next(((e.previous_expiry, e.new_expiry, e.net_cents) for e in row.extensions), None),
            "toggle": row.extend_active_services if not row.violations else None,
            "payable until": row.payable_until,
            "reason": row.reason if row.status != "HELD" else None,
        }
        if row and row.total_cents is None and order.status in ("CANCELLED", "EXPIRED"):
            for unpriced in ("costs", "lines", "extension"):  # billing was away until it was closed
                says.pop(unpriced), does.pop(unpriced)
        yield from _differing(f"order {order_id}", says, does)
    yield from (f"order {order_id}: the rules know of none" for order_id in rows)


def _services(model: Model, services: FourServices) -> Iterator[str]:
    says = {
        (customer_id, product): (service.status, service.expires_on)
        for customer_id, account in model.accounts.items()
        for product, service in account.services.items()
    }
    rows = services["provisioning"].edge.table("services")
    does = {(row.customer_id, row.product): (str(row.status), row.expires_on) for row in rows}
    yield from _differing("the services", says, does)


def _credit(model: Model, services: FourServices) -> Iterator[str]:
    edge = services["billing"].edge
    for customer_id, account in model.accounts.items():
        _, kept = edge.store.contents.states.get(customer_id, (0, None))
        standing: Iterable[Any] = decode_state(kept, edge.service.state).credits.values() if kept else ()
        says, does = Counter[date](), Counter[date]()  # which of two goes first that expire on one day, no rule says
        for credit in account.credits:
            says[credit.expires_on] += credit.cents
        for kept_credit in standing:
            does[kept_credit.expires_on] += kept_credit.amount_cents
        yield from _differing(f"credit of {customer_id}", says, does)


def _refunds(model: Model, services: FourServices) -> Iterator[str]:
    says = Counter((who, *each) for who, account in model.accounts.items() for each in account.refunds)
    rows = services["orders"].edge.table("refunds")
    # Of two credits that end on one day either may be used first, so by which payment one goes back is not said.
    of_credit = RefundReason.CREDIT_REFUNDED
    does = Counter(
        (row.customer_id, None if row.reason is of_credit else row.payment_id, row.amount_cents) for row in rows
    )
    if says != does:
        yield f"refunds: the rules say {dict(says - does)} more, the services {dict(does - says)} more"


def _set_aside(services: FourServices) -> Iterator[str]:
    for member in services.members.values():
        for incoming, fault in member.edge.store.contents.parked.values():
            yield f"{member.name} parked {incoming.type} of {incoming.customer_id}: {fault.reason} {fault.detail}"
        for incoming, fault in member.edge.store.contents.quarantine.values():
            if fault.reason == "HANDLER_FAILED":
                yield f"{member.name} set aside {incoming.type} of {incoming.customer_id}: {fault.detail}"


def _differing(what: str, says: dict[Any, Any], does: dict[Any, Any] | None) -> Iterator[str]:
    if does is None:
        yield f"{what}: the services know of none; the rules say {_shown(says)}"
        return
    for name in {**says, **does}:
        if says.get(name) != does.get(name):
            shown = " ".join(name) if isinstance(name, tuple) else name
            yield f"{what}, {shown}: the rules say {_shown(says.get(name))}, the services {_shown(does.get(name))}"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case tuple() | list():
            return "(" + ", ".join(_shown(each) for each in value) + ")"
        case dict():
            return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
        case _:
            return str(value)
