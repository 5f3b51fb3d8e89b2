"""Where does every cent go? Payments, what operators and banks make of them, credit, refunds (R22 to R29, R41)."""

from datetime import date

from tests.lives.model.serving import Serving, resume, suspend
from tests.lives.model.state import Order, Payment, need

RESOLVED_BY = {"HELD": ("MOVE", "REFUND", "TO_CREDIT"), "CONFLICTED": ("ACCEPT", "MOVE", "REFUND", "DISMISS")}


class Money(Serving):
    """What comes in, and where it stands."""

    def pay(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> None:
        """Money comes; the same told again is ignored, what contradicts it waits for an operator (R25)."""
        content = (payment_id, order_id, customer_id, amount)
        is_known = any(each[0] == payment_id for each in self.payments)
        if content not in self.payments:
            payment = Payment(payment_id, order_id, self.accounts[customer_id], amount, self.today)
            self.payments[content] = payment
            if not is_known:
                self.receive(payment)

    def receive(self, payment: Payment) -> None:
        """Hold what pays no order yet (R27); who pays another's contradicts it."""
        order = self.orders.get(payment.order_id)
        payment.status = "CONFLICTED" if order else "HELD"
        if order and order.account is payment.account:
            self._register(payment, order)

    def _register(self, payment: Payment, order: Order) -> None:
        """Let it pay an order; P is its day, but not before O (R14). A closed or a settled one lacks nothing (R28)."""
        day = max(payment.came_on, order.ordered_on) if order.is_unpaid else self.today
        payment.status, payment.order_id = "REGISTERED", order.order_id
        order.payments.append(payment)
        self._count(payment, order, payment.cents if order.is_unpaid else 0, day)

    def _count(self, payment: Payment, order: Order, most: int, day: date, spent: int = 0) -> None:
        """Count what its order lacks, the rest is credit (R24)."""
        payment.counts = min(most, order.due)
        payment.account.grant(payment.cents - payment.counts - spent, payment.payment_id, day)
        if order.is_unpaid:
            order.status = "PARTIALLY_PAID"
            if not order.due:
                self.settle(order, day)

    def resolve(self, payment: Payment, action: str, order_id: str) -> None:
        """End the wait of a payment (R29)."""
        order = self.orders.get(order_id)
        need(action in RESOLVED_BY.get(payment.status, ()))
        if action in ("ACCEPT", "MOVE"):
            need(order is not None and order.account is payment.account and (order.is_unpaid or action == "ACCEPT"))
            self._register(payment, self.orders[order_id])
        elif action == "TO_CREDIT":
            payment.status = "CREDITED"
            payment.account.grant(payment.cents, payment.payment_id, self.today)
        else:
            payment.status = "RESOLVED"
            payment.account.refunds += [(payment.payment_id, payment.cents)] if action == "REFUND" else []

    def cancel(self, order: Order) -> None:
        """The customer gives an order up, until it is settled (R21)."""
        need(order.is_unpaid)
        self.close(order, "CANCELLED", "CUSTOMER_REQUEST")

    def release(self, order: Order) -> None:
        """An operator lets a held order be tried again, however short or suspended its base has become (R29)."""
        need(order.status == "HELD" and not order.due)
        self.settle(order, self.today, is_released=True)

    def close_held(self, order: Order, *, to_refund: bool) -> None:
        """An operator gives a held order up (R29)."""
        need(order.status == "HELD")
        self.close(order, "CANCELLED", "OPERATOR_REQUEST", to_refund=to_refund)

    def charge_back(self, payment: Payment) -> None:
        """A bank takes money back: out of its order, and of what credit came of it as far as unspent (R29)."""
        order = self.orders.get(payment.order_id)
        if payment.status == "CHARGED_BACK":
            return
        need(payment.status in ("HELD", "REGISTERED", "CREDITED"))
        payment.before, payment.status = payment.status, "CHARGED_BACK"
        if payment.before != "HELD":
            payment.lost, payment.counts = (payment.counts, payment.cents - payment.counts, 0), 0
            self.take_back(payment)
        if order and order.is_unpaid and payment in order.payments:
            order.status = "PARTIALLY_PAID" if any(each.counts for each in order.payments) else "AWAITING_PAYMENT"
        elif order and order.status == "ACTIVATED" and payment.lost[0]:
            suspend(order)

    def win_back(self, payment: Payment) -> None:
        """The money is here again, less what had been spent: as credit, or where it was as far as that lacks it."""
        (counted, spent, of_order), order = payment.lost, self.orders.get(payment.order_id)
        need(payment.before != "")
        if payment.status != "CHARGED_BACK":
            return
        payment.status, payment.lost = payment.before, (0, 0, 0)
        if payment.status == "HELD":
            payment.came_on = self.today
            self.receive(payment)
        elif order is None or payment not in order.payments:
            payment.account.grant(payment.cents - spent, payment.payment_id, self.today)
        else:
            self._count(payment, order, counted, self.today, spent)
            payment.account.grant(of_order, order.order_id, self.today)
            if order.status == "ACTIVATED" and counted and not order.is_charged_back:
                resume(order)
