"""What must hold once everybody is back and nothing moves? The operators' invariants, and that the services agree."""

import json
from collections.abc import Iterator
from typing import Any

from schemas.catalogue import catalogue_on
from schemas.terms import business_date
from schemas.vocabulary import LineAction, OrderStatus, PaymentResolution, PaymentStatus, ServiceStatus
from services.orders.projections.claims import ORDERED, OWNED, TAX_IDENTIFIER
from tests.lives.evidence import findings
from tests.lives.life import Life, in_words

RESTING = {
    OrderStatus.REFUSED,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.PARTIALLY_PAID,
    OrderStatus.ACTIVATED,
    OrderStatus.HELD,
    OrderStatus.CANCELLED,
    OrderStatus.EXPIRED,
}
"""In which an order may be when nothing moves: none waits for a service."""


ENDED = {OrderStatus.REFUSED, OrderStatus.ACTIVATED, OrderStatus.CANCELLED, OrderStatus.EXPIRED}


async def end(life: Life) -> None:
    """Bring a life to rest and look at everything; then let every open order go, and look again."""
    await _rest(life)
    await _leave(life)
    await _rest(life)
    for row in life.rows("orders", "orders"):
        if row.status not in ENDED:
            life.fault(f"order {row.order_id} of {row.customer_id} is {row.status} though it was let go")
    await _read(life)


async def _rest(life: Life) -> None:
    for member in life.services.members.values():
        member.is_away = False
    await life.services.drain()
    for what in _wrong(life):
        life.fault(what)


def _wrong(life: Life) -> Iterator[str]:
    for member in life.services.members.values():
        for incoming, fault in member.edge.store.contents.parked.values():
            yield f"{member.name} parked {incoming.type} of {incoming.customer_id}: {fault.reason} {fault.detail}"
        for incoming, fault in member.edge.store.contents.quarantine.values():
            if fault.reason == "HANDLER_FAILED":
                yield f"{member.name} quarantined {incoming.type}: {fault.detail}"
        for deadline in member.edge.due():
            yield f"{member.name} leaves {deadline.kind} of {deadline.key} due"
    for finding in findings(life.services):
        for violation in finding.violations:
            yield f"{finding.number} {finding.claim}: {violation.place}: {violation.what}"
    for row in life.rows("orders", "orders"):
        if row.status not in RESTING:
            yield f"order {row.order_id} of {row.customer_id} rests as {row.status}"
    yield from _disagreements(life)
    yield from _claims(life)


def _disagreements(life: Life) -> Iterator[str]:
    """Name what provisioning says of a living service and its neighbours don't."""
    truth = {
        (row.customer_id, row.product): (str(row.status), row.expires_on)
        for row in life.rows("provisioning", "services")
        if row.status is not ServiceStatus.TERMINATED
    }
    noted = {
        (row.customer_id, row.product): (str(row.status), row.expires_on)
        for row in life.rows("billing", "services")
        if row.status is not ServiceStatus.TERMINATED
    }
    if noted != truth:
        yield f"billing knows {noted}, provisioning {truth}"
    known = {
        (customer, each["product"]): (each["status"], each["expires_on"])
        for customer, state in _states(life).items()
        for each in state["services"]
    }
    shown = {key: (status, str(expires_on)) for key, (status, expires_on) in truth.items()}
    if known != shown:
        yield f"orders knows {known}, provisioning {shown}"


def _claims(life: Life) -> Iterator[str]:
    """A tax identifier is held by who owns a base of a family or has an order for one, and by nobody else (R9)."""
    sold = catalogue_on(business_date(life.now)).products
    held = {
        (claim.customer_id, claim.holder, claim.key.rpartition("\n")[2]): claim.content
        for claim in life.rows("orders", "claims")
        if claim.kind == TAX_IDENTIFIER
    }
    owned = {
        (row.customer_id, row.order_id, row.family): f"{OWNED}{row.expires_on}"
        for row in life.rows("provisioning", "services")
        if row.is_base and row.is_alive
    }
    asked = {
        (customer, order["order_id"], sold[line["product"]].family): ORDERED
        for customer, state in _states(life).items()
        for order in state["orders"]
        for line in order["lines"]
        if sold[line["product"]].is_base and line["action"] == LineAction.ACTIVATE
    }
    due = {**asked, **owned}
    if held != due:
        yield f"tax identifiers are held by {held}, not by {due}"


async def _leave(life: Life) -> None:
    """Whatever is open can be ended by a command: unpaid orders, held ones, and payments that wait."""
    for row in life.rows("orders", "orders"):
        if row.status in (OrderStatus.AWAITING_PAYMENT, OrderStatus.PARTIALLY_PAID):
            answer = await life.ask("orders", "POST", f"/v1/orders/{row.order_id}/cancellation", {})
        elif row.status is OrderStatus.HELD:
            answer = await life.operate("orders", "POST", f"/v1/operator/orders/{row.order_id}/closure", {"why": "end"})
        else:
            continue
        life.tell(f"{row.order_id} ({row.status}) is let go → {in_words(answer)}")
        if answer is None or answer.status_code != 200:
            life.fault(f"order {row.order_id} ({row.status}, {row.reason}) can't be left: {in_words(answer)}")

    for row in life.rows("orders", "payments"):
        if row.status in (PaymentStatus.HELD, PaymentStatus.CONFLICTED):
            path = f"/v1/operator/payments/{row.payment_source}/{row.payment_id}/resolution"
            body = {"action": PaymentResolution.REFUND, "why": "end", "content_hash": row.content_hash}
            answer = await life.operate("orders", "POST", path, body)
            life.tell(f"{row.payment_id} ({row.status}) is paid back → {in_words(answer)}")
            if answer is None or answer.status_code != 200:
                life.fault(f"payment {row.payment_id} ({row.status}, {row.reason}) can't be left: {in_words(answer)}")


async def _read(life: Life) -> None:
    """Whatever can be read can be shown."""
    for person in life.people[:4]:
        customer = f"/v1/customers/{person.customer_id}"
        for service, what in (
            ("orders", "orders"),
            ("billing", "credit"),
            ("provisioning", "services"),
            ("notifications", "emails"),
        ):
            answer = await life.operate(service, "GET", f"{customer}/{what}")
            if answer is None or answer.status_code not in (200, 403):
                life.fault(f"{what} of {person.customer_id} can't be read: {in_words(answer)}")


def _states(life: Life) -> dict[str, dict[str, list[dict[str, Any]]]]:
    states = life.services["orders"].edge.store.contents.states
    return {customer: json.loads(state) for customer, (_, state) in states.items()}
