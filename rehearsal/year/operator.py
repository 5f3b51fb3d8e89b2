"""Who sees to what customers can't? An operator, in the evening of each day on which the log told of what waits."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

from rehearsal.play.broker import Record
from rehearsal.play.storefront import ServiceClient, Storefront
from schemas.orders import OrderHeld
from schemas.payments import ChargebackWon, PaymentConflicted, PaymentHeld

Body = dict[str, Any]

_WAITS = frozenset(each.EVENT_TYPE for each in (PaymentHeld, PaymentConflicted, OrderHeld, ChargebackWon))


class Unexpected(AssertionError):
    """An answer is not one that an operator may get here."""


class Operator:
    """What an operator does; `done` counts it."""

    def __init__(self, front: Storefront) -> None:
        self._orders = front.orders_operator
        self._shop = front.orders
        self._provisioning = front.provisioning_operator
        self.done: Counter[str] = Counter()
        self._is_told = False

    def take(self, record: Record) -> None:
        """Note whether a record tells of something that waits."""
        self._is_told |= record.headers.get("type", b"").decode() in _WAITS

    async def see_to_what_waits(self) -> None:
        """End the wait of payments and of held orders; look at neither where nothing was told of one since."""
        if not self._is_told:
            return
        self._is_told = False
        paths = "/v1/operator/payments", "/v1/operator/orders?status=HELD"
        payments, orders = await asyncio.gather(*map(self._asked, paths))
        for payment in payments["payments"]:
            await self._resolve(payment)
        for order in orders["orders"]:
            closing = {"why": "What it stands on has ended.", "money": "TO_REFUND"}
            await self._answered(self._orders, "POST", f"/v1/operator/orders/{order['order_id']}/closure", closing)
            self.done["held orders closed"] += 1

    async def pay_back(self) -> None:
        """Pay every refund that is due."""
        for refund in (await self._asked("/v1/operator/refunds?status=DUE"))["refunds"]:
            reference = {"reference": f"TRN {refund['refund_id'][:8]}"}
            await self._answered(self._orders, "POST", f"/v1/operator/refunds/{refund['refund_id']}/paid", reference)

    async def charge_back(self, source: str, payment_id: str) -> None:
        """Tell that a payment was charged back."""
        path, why = _of_payment(source, payment_id, "chargeback"), {"why": "The customer's bank took it back."}
        await self._answered(self._orders, "POST", path, why)

    async def win(self, source: str, payment_id: str) -> None:
        """Tell that it was won back."""
        await self._answered(self._orders, "DELETE", _of_payment(source, payment_id, "chargeback"))

    async def cancel(self, customer_id: str, product: str) -> None:
        """Cancel a base on its customer's wish."""
        await self._answered(self._provisioning, "POST", f"{_of_service(customer_id, product)}/cancellation")

    async def end(self, customer_id: str, product: str, on: date, money: str) -> None:
        """End a base on a day."""
        wish = {"on": on.isoformat(), "why": "The firm closes.", "money": money}
        await self._answered(self._provisioning, "POST", f"{_of_service(customer_id, product)}/end", wish)

    async def _resolve(self, payment: Body) -> None:
        """Move a payment to the customer's order that it pays; else it becomes credit. Told twice: dismissed."""
        order_id = await self._meant(payment)
        if payment["status"] == "CONFLICTED":
            resolution = {"action": "DISMISS"}
        elif order_id is not None:
            resolution = {"action": "MOVE", "order_id": order_id}
        else:
            resolution = {"action": "TO_CREDIT"}
        path = _of_payment(payment["payment_source"], payment["payment_id"], "resolution")
        await self._answered(self._orders, "POST", path, {**resolution, "why": "Seen to in the evening."})
        self.done[f"payments: {resolution['action'].lower().replace('_', ' ')}"] += 1

    async def _meant(self, payment: Body) -> str | None:
        orders = (await self._answered(self._shop, "GET", f"/v1/customers/{payment['customer_id']}/orders"))["orders"]
        fitting = [order for order in orders if order["status"] == "AWAITING_PAYMENT"]
        amount = payment["amount_cents"]
        return next((str(each["order_id"]) for each in fitting if each["outstanding_cents"] == amount), None)

    async def _asked(self, path: str) -> Body:
        return await self._answered(self._orders, "GET", path)

    async def _answered(self, service: ServiceClient, method: str, path: str, body: Body | None = None) -> Body:
        answer = await service.ask(method, path, body)
        if answer.status >= 300:
            raise Unexpected(f"{method} {path}: {answer.status} {answer.body}")
        return answer.body


def _of_payment(source: str, payment_id: str, what: str) -> str:
    return f"/v1/operator/payments/{source}/{payment_id}/{what}"


def _of_service(customer_id: str, product: str) -> str:
    return f"/v1/operator/customers/{customer_id}/services/{product}"
