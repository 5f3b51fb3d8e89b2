"""What do operators, banks and storefronts say of what there is? Asked over HTTP, and told to the model alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar, cast

import httpx

from runtime.wire.codec import decode_state
from schemas.catalogue import catalogue_on
from services.orders.domain.automatic import order_id_of, places_at
from services.orders.domain.commands import content_hash
from tests.lives.four_services import FourServices
from tests.lives.model.model import Model
from tests.lives.model.state import BASES, DOCUMENTS, UNPAID, Order, Payment, Refused
from tests.lives.steps import Operating
from tests.unit.memory_edge import OPERATOR, STOREFRONT, MemoryEdge

ACTIONS = ("MOVE", "REFUND", "TO_CREDIT", "ACCEPT", "DISMISS")
DAYS_AGO = (0, 0, 0, 3, 40, -1)
T = TypeVar("T")


class Present:
    """Stand for the edge of the life that is lived now: to make an application takes longer than most lives."""

    def __init__(self, edge: MemoryEdge) -> None:
        self.edge = edge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.edge, name)


_APPLICATIONS: dict[str, tuple[Present, httpx.AsyncClient]] = {}


@dataclass(frozen=True)
class Asked:
    """A request, and whether the rules let it happen."""

    told: str
    is_fine: bool
    service: str
    path: str
    body: dict[str, Any] | None = None
    method: str = "POST"

    async def put(self, services: FourServices) -> str:
        """Ask it; return what was answered otherwise than the rules say, or nothing."""
        headers = STOREFRONT if self.method == "PUT" else OPERATOR
        http = _application(services[self.service].edge)
        answer = await http.request(self.method, f"/v1/{self.path}", json=self.body, headers=headers)
        if answer.is_success == self.is_fine and answer.status_code < 500:
            return ""
        return f"the rules {'allow' if self.is_fine else 'refuse'} it, the services answer {answer.text}"


def asked(step: Operating, model: Model, services: FourServices) -> Asked | None:
    """Choose what is spoken of, tell the model, and return what the services are asked; None where there is nothing.

    Mostly it is something that is possible now: else the next one is said that is.
    """
    step = replace(step, what=_possible(step, model)) if step.how else step
    match step.what:
        case "end" | "cancel service":
            return _of_service(step, model)
        case "charge back" | "win back" | "resolve":
            return _of_payment(step, model)
        case "release" | "close":
            return _of_order(step, model)
        case "refund is paid" | "refund credit":
            return _of_money(step, model, services)
        case _:
            return _by_itself(step, model)


def is_allowed(happen: Callable[[], None]) -> bool:
    """Let something happen in the model, and tell whether the rules let it."""
    try:
        happen()
    except Refused:
        return False
    return True


def _possible(step: Operating, model: Model) -> str:
    statuses = {order.status for order in model.orders.values()}
    kinds = {payment.status for payment in model.payments.values()}
    lives = any(account.living(*BASES) for account in model.accounts.values())
    possible = {
        "win back": "CHARGED_BACK" in kinds,
        "resolve": bool(kinds & {"HELD", "CONFLICTED"}),
        "release": "HELD" in statuses,
        "close": "HELD" in statuses,
        "refund is paid": any(account.refunds for account in model.accounts.values()),
        "refund credit": any(account.credits for account in model.accounts.values()),
        "charge back": "REGISTERED" in kinds,
        "end": lives,
        "cancel service": lives,
        "renew by itself": lives,
    }
    first = list(possible).index(step.what)
    turned = [*list(possible)[first:], *list(possible)[:first]]
    return next((what for what in turned if possible[what]), step.what)


def real(order_id: str) -> str:
    """Return the id that orders gives to an order that places itself; any other is its own."""
    if "/" not in order_id:
        return order_id
    customer_id, product, expiry = order_id.split("/")
    expires_on = date.fromisoformat(expiry)
    return order_id_of(customer_id, product, places_at(expires_on, catalogue_on(expires_on)))


def hash_of(payment: Payment, model: Model) -> str:
    """Return by what orders tells a payment from another of its identity: its content as it came."""
    _, order_id, customer_id, cents = next(content for content, each in model.payments.items() if each is payment)
    return content_hash(customer_id, real(order_id), cents)


def _application(edge: MemoryEdge) -> httpx.AsyncClient:
    """Return the application of a service, before the edge of this life."""
    name = edge.service.name
    if name not in _APPLICATIONS:
        present = Present(edge)
        _APPLICATIONS[name] = present, MemoryEdge.client(cast(MemoryEdge, present))
    present, http = _APPLICATIONS[name]
    present.edge = edge
    return http


def _of_service(step: Operating, model: Model) -> Asked | None:
    owned = [(who, each) for who, account in model.accounts.items() for each in account.services.values()]
    found = _pick(owned, step.which, [each for each in owned if each[1].is_alive])
    if found is None:
        return None
    customer_id, service = found
    path, product = f"operator/customers/{customer_id}/services/{service.product}", service.product
    if step.what == "cancel service":
        is_fine = is_allowed(lambda: model.cancel_service(service))
        return Asked(f"{product} of {customer_id} is cancelled", is_fine, "provisioning", f"{path}/cancellation")
    to_refund, on = step.how % 2 == 1, model.today - timedelta(days=DAYS_AGO[step.how // 2])
    is_fine = is_allowed(lambda: model.end_service(service, on, to_refund=to_refund))
    body = {"on": on.isoformat(), "why": "asked for", "money": "TO_REFUND" if to_refund else "TO_CREDIT"}
    told = f"{product} of {customer_id} is ended on {on} {body['money']}"
    return Asked(told, is_fine, "provisioning", f"{path}/end", body)


def _of_payment(step: Operating, model: Model) -> Asked | None:
    meant = {"charge back": ("REGISTERED", "HELD"), "win back": ("CHARGED_BACK",), "resolve": ("HELD", "CONFLICTED")}
    payments = list(model.payments.values())
    rather = [each for each in payments if each.status in meant[step.what]]
    payment = _pick(payments, step.which, rather if step.how else [])
    if payment is None:
        return None
    path = f"operator/payments/bank/{payment.payment_id}"
    body: dict[str, Any] = {"why": "seen to", "content_hash": hash_of(payment, model)}
    name = f"{payment.payment_id} ({payment.status}, {payment.cents} for {payment.order_id})"
    if step.what == "charge back":
        if _is_spent_by_chance(payment, model):
            return None
        return Asked(
            f"{name} is charged back",
            is_allowed(lambda: model.charge_back(payment)),
            "orders",
            f"{path}/chargeback",
            body,
        )
    if step.what == "win back":
        is_fine = is_allowed(lambda: model.win_back(payment))
        return Asked(f"{name} is won back", is_fine, "orders", f"{path}/chargeback", body, "DELETE")
    orders = list(model.orders.values())
    own = [each for each in orders if each.status in UNPAID and each.account is payment.account]
    action, order = ACTIONS[step.how % 5], _pick(orders, step.how // 5, own)
    order_id = order.order_id if order and action == "MOVE" else payment.order_id
    if action == "MOVE":
        body["order_id"] = real(order_id)
    is_fine = is_allowed(lambda: model.resolve(payment, action, order_id))
    return Asked(f"{name}: {action} {order_id}", is_fine, "orders", f"{path}/resolution", {**body, "action": action})


def _is_spent_by_chance(payment: Payment, model: Model) -> bool:
    """Tell whether a payment's credit ends on one day with other credit: which of the two goes first, no rule says."""
    account = payment.account
    credits = [*account.credits, *(taken for order in account.orders for taken in order.taken)]
    origins: dict[date, set[str]] = {}
    for credit in credits:
        origins.setdefault(credit.expires_on, set()).add(credit.origin)
    own = {payment.payment_id, payment.order_id}
    return any(own & of_day and len(of_day) > 1 for of_day in origins.values())


def _of_order(step: Operating, model: Model) -> Asked | None:
    orders = list(model.orders.values())
    order: Order | None = _pick(orders, step.which, [each for each in orders if each.status == "HELD"])
    if order is None:
        return None
    path, name = f"operator/orders/{real(order.order_id)}", f"{order.order_id} ({order.status})"
    if step.what == "release":
        return Asked(
            f"{name} is released",
            is_allowed(lambda: model.release(order)),
            "orders",
            f"{path}/release",
            {"why": "seen to"},
        )
    to_refund = step.how % 2 == 1
    body = {"why": "given up", "money": "TO_REFUND" if to_refund else "TO_CREDIT"}
    is_fine = is_allowed(lambda: model.give_up(order, "OPERATOR", to_refund=to_refund))
    return Asked(f"{name} is closed {body['money']}", is_fine, "orders", f"{path}/closure", body)


def _of_money(step: Operating, model: Model, services: FourServices) -> Asked | None:
    if step.what == "refund is paid":
        refund = _pick(services["orders"].edge.table("refunds"), step.which, [])
        path = f"operator/refunds/{refund.refund_id}/paid" if refund else ""
        return Asked(f"{refund.amount_cents} are paid back", True, "orders", path) if refund else None
    edge = services["billing"].edge
    for customer_id, account in model.accounts.items():
        _, kept = edge.store.contents.states.get(customer_id, (0, None))
        known: dict[str, Any] = decode_state(kept, edge.service.state).credits if kept else {}
        for credit in account.credits[step.which :]:
            names = [name for name, each in known.items() if each.expires_on == credit.expires_on]
            if len(names) == 1 and known[names[0]].amount_cents == credit.cents:
                account.pay_back(credit)
                path = f"operator/customers/{customer_id}/credit/{names[0]}/refund"
                told = f"credit of {credit.cents} is paid back to {customer_id}"
                return Asked(told, True, "billing", path, {"why": "asked for"})
    return None


def _by_itself(step: Operating, model: Model) -> Asked:
    owners = [who for who, account in model.accounts.items() if account.living(*BASES)]
    customer_id = _pick(list(model.accounts), step.which, owners) or ""
    years, with_documents = (0, 1, 1, 2, 10)[step.how % 5], step.how % 2 == 1
    is_fine = is_allowed(lambda: model.choose(customer_id, years, with_documents=with_documents))
    body = {"enabled": years > 0, "years": max(1, years), "add_ons": [DOCUMENTS] if with_documents else []}
    told = f"the base of {customer_id} renews by itself: {body}"
    return Asked(told, is_fine, "orders", f"customers/{customer_id}/automatic-renewal", body, "PUT")


def _pick(all_of_them: list[T], which: int, rather: list[T]) -> T | None:
    """Return one of those rather meant, counted from the latest; else of all."""
    found = rather or all_of_them
    return found[-1 - which % len(found)] if found else None
