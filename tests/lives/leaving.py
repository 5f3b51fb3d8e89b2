"""How does something get into a state, and what does each command do to it there? By the four services in memory."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from schemas.terms import business_date
from services.billing.projections.credit_entries import EntryKind, standing
from tests.lives.life import Life

Reach = Callable[[Life], Awaitable[None]]
BANK = "/v1/operator/payments/bank"
WHY = {"why": "seen to"}


async def asks(life: Life, service: str, method: str, path: str, body: Any = None) -> None:
    """Ask as an operator, and let everybody work."""
    answer = await life.operate(service, method, path, body)
    assert answer is not None
    assert answer.is_success, answer.text
    await life.services.drain()


async def orders(life: Life, order_id: str, *products: str, **optional: Any) -> None:
    """Order as the storefront of c-1."""
    await life.ask("orders", "POST", "/v1/orders", cart(order_id, life.people[0], *products, **optional))
    await life.services.drain()


async def pays(life: Life, order_id: str, cents: int, payment_id: str) -> None:
    """Pay as the storefront of c-1."""
    body = transfer(payment_id, cents) | {"customer_id": "c-1"}
    await life.ask("orders", "POST", f"/v1/orders/{order_id}/payments", body)
    await life.services.drain()


async def at(life: Life, moment: str) -> None:
    """Let the time pass."""
    life.services.clock.instant = datetime.fromisoformat(moment)
    await life.services.drain()


async def back(life: Life) -> None:
    """Let everybody be there."""
    for member in life.services.members.values():
        member.is_away = False
    await life.services.drain()


async def awaiting_price(life: Life) -> None:
    life.services["billing"].is_away = True
    await orders(life, "o-1", E_INVOICING)


async def awaiting_payment(life: Life) -> None:
    await orders(life, "o-1", E_INVOICING)


async def partially_paid(life: Life) -> None:
    await awaiting_payment(life)
    await pays(life, "o-1", 1000, "p-1")


async def settled(life: Life) -> None:
    await awaiting_payment(life)
    life.services["provisioning"].is_away = True
    await pays(life, "o-1", 3660, "p-1")


async def held_order(life: Life) -> None:
    """Documents is paid after the base has ended; the base is bought anew, so that it can be released."""
    await awaiting_payment(life)
    await pays(life, "o-1", 3660, "p-1")
    await orders(life, "o-2", DOCUMENTS)
    await asks(life, "provisioning", "POST", "/v1/operator/customers/c-1/services/E_INVOICING/cancellation")
    await pays(life, "o-2", 2440, "p-2")
    await orders(life, "o-3", E_INVOICING)
    await pays(life, "o-3", 3660, "p-3")


async def registered(life: Life) -> None:
    await awaiting_payment(life)
    await pays(life, "o-1", 3660, "p-1")


async def held_payment(life: Life) -> None:
    await awaiting_payment(life)
    await pays(life, "o-77", 3660, "p-9")


async def conflicted(life: Life) -> None:
    await awaiting_payment(life)
    await pays(life, "o-1", 1000, "p-9")
    await pays(life, "o-1", 500, "p-9")


async def charged_back(life: Life) -> None:
    await registered(life)
    await asks(life, "orders", "POST", f"{BANK}/p-1/chargeback", WHY)


async def refund_due(life: Life) -> None:
    await held_payment(life)
    await asks(life, "orders", "POST", f"{BANK}/p-9/resolution", {"action": "REFUND", **WHY})


async def granted(life: Life) -> None:
    await awaiting_payment(life)
    await pays(life, "o-1", 3660 + 500, "p-1")


async def used(life: Life) -> None:
    await granted(life)
    await orders(life, "o-2", DOCUMENTS, use_credit=True)


async def returned(life: Life) -> None:
    await used(life)
    await cancels(life, "o-2")


async def in_grace(life: Life) -> None:
    await registered(life)
    await at(life, "2027-02-01T09:00:00+01:00")


async def cancels(life: Life, order_id: str = "") -> None:
    """Give an order up, as the storefront of c-1: the latest."""
    named = order_id or max(row.order_id for row in life.rows("orders", "orders"))
    await life.ask("orders", "POST", f"/v1/orders/{named}/cancellation", {"reason": "CUSTOMER_REQUEST"})
    await life.services.drain()


async def uses_credit(life: Life) -> None:
    """Order something, to be paid from credit."""
    await orders(life, "o-8", DOCUMENTS, use_credit=True)


async def pays_refund(life: Life) -> None:
    """Report the one refund as paid."""
    (row,) = life.rows("orders", "refunds")
    await asks(life, "orders", "POST", f"/v1/operator/refunds/{row.refund_id}/paid", {})


async def refunds_credit(life: Life) -> None:
    """Pay back the one credit that stands."""
    left = standing(life.rows("billing", "credit_entries"))
    (name,) = [credit_id for credit_id, cents in left.items() if cents]
    await asks(life, "billing", "POST", f"/v1/operator/customers/c-1/credit/{name}/refund", WHY)


async def charges_back(life: Life) -> None:
    """Report the latest payment as charged back."""
    named = max(row.payment_id for row in life.rows("orders", "payments"))
    await asks(life, "orders", "POST", f"{BANK}/{named}/chargeback", WHY)


def credits_standing(life: Life) -> list[str]:
    """Say of each credit that stands whether it was granted or came back, and of each order whether credit pays it."""
    entries = life.rows("billing", "credit_entries")
    left = standing(entries)
    begun = [str(each.kind) for each in entries if each.kind in _BEGINS and left[each.credit_id]]
    back_again = {each.used_credit_id for each in entries if each.kind is EntryKind.RETURNED}
    return begun + [
        str(each.kind) for each in entries if each.kind is EntryKind.USED and each.credit_id not in back_again
    ]


def _resolves(action: str, **more: str) -> Reach:
    return partial(
        asks, service="orders", method="POST", path=f"{BANK}/p-9/resolution", body={"action": action, **more, **WHY}
    )


def _operates(service: str, path: str, body: Any = None, method: str = "POST") -> Reach:
    return partial(asks, service=service, method=method, path=f"/v1/operator/{path}", body=body)


async def _closes(life: Life) -> None:
    """Close what is held, or was settled last."""
    named = next(row.order_id for row in life.rows("orders", "orders") if row.status in ("HELD", "SETTLED"))
    await asks(life, "orders", "POST", f"/v1/operator/orders/{named}/closure", {"money": "TO_REFUND", **WHY})


async def _ends(life: Life) -> None:
    """End e-invoicing today."""
    today = business_date(life.now).isoformat()
    body = {"on": today, "money": "TO_CREDIT", **WHY}
    await asks(life, "provisioning", "POST", "/v1/operator/customers/c-1/services/E_INVOICING/end", body)


_BEGINS = (EntryKind.GRANTED, EntryKind.RETURNED)
WAYS: dict[str, Reach] = {
    "POST /v1/orders/{order_id}/cancellation": cancels,
    "POST /v1/orders": uses_credit,
    "coterm orders close": _closes,
    "coterm orders release": _operates("orders", "orders/o-2/release", WHY),
    "coterm payments move": _resolves("MOVE", order_id="o-1"),
    "coterm payments accept": _resolves("ACCEPT"),
    "coterm payments refund": _resolves("REFUND"),
    "coterm payments to-credit": _resolves("TO_CREDIT"),
    "coterm payments dismiss": _resolves("DISMISS"),
    "coterm payments chargeback": charges_back,
    "coterm payments won": _operates("orders", "payments/bank/p-1/chargeback", WHY, "DELETE"),
    "coterm refunds paid": pays_refund,
    "coterm refunds credit": refunds_credit,
    "coterm services cancel": _operates("provisioning", "customers/c-1/services/E_INVOICING/cancellation"),
    "coterm services end": _ends,
}
"""What each command of docs/states.md asks of its service."""
