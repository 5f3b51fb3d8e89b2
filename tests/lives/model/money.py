"""Where does every cent go? Payments, what operators and banks make of them, credit, refunds (R22 to R29, R41)."""

from tests.lives.model.serving import Serving
from tests.lives.model.state import Order, Payment


class Money(Serving):
    """What comes in, and where it stands."""

    def pay(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> None:
        """Money comes; the same told again is ignored, what contradicts it waits for an operator (R25)."""
        content = (payment_id, order_id, customer_id, amount)
        if content not in self.payments:
            is_known = any(each[0] == payment_id for each in self.payments)
            payment = self.payments[content] = Payment(*content, self.today)
            payment.status = "CONFLICTED" if is_known else self._receive(payment)

    def told_before(self, order: Order) -> None:
        """Register what was paid before its order came (R27)."""
        for payment in [each for each in self.payments.values() if each.order_id == order.order_id]:
            payment.status = self._receive(payment) if payment.status == "HELD" else payment.status

    def _receive(self, payment: Payment) -> str:
        """Hold what pays no order yet; who pays another's contradicts it."""
        order, payment.status = self.orders.get(payment.order_id), "HELD"
        if order and order.buyer.customer_id == payment.customer_id:
            self._register(payment, order)
        return "CONFLICTED" if order and payment.status == "HELD" else payment.status

    def _register(self, payment: Payment, order: Order) -> None:
        """Count what its order lacks, the rest is credit (R24, R28); P is its day, but not before O (R14)."""
        day = max(payment.came_on, order.ordered_on) if order.is_unpaid else self.today
        payment.status, payment.order_id = "REGISTERED", order.order_id
        payment.counts = min(payment.cents, order.due) if order.is_unpaid else 0
        order.payments.append(payment)
        self.grant(payment.customer_id, payment.cents - payment.counts, payment, day)
        if order.is_unpaid:
            order.status = "PARTIALLY_PAID"
            if not order.due:
                self.settle(order, day)

    def resolve(self, payment: Payment, action: str, order_id: str) -> bool:
        """End the wait of a payment (R29)."""
        is_conflicted, order = payment.status == "CONFLICTED", self.orders.get(order_id)
        ways = ("ACCEPT", "MOVE", "REFUND", "DISMISS") if is_conflicted else ("MOVE", "REFUND", "TO_CREDIT")
        if payment.status not in ("HELD", "CONFLICTED") or action not in ways:
            return False
        if action in ("ACCEPT", "MOVE"):
            is_own = order is not None and order.buyer.customer_id == payment.customer_id
            if order is None or not is_own or not (order.is_unpaid or action == "ACCEPT"):
                return False
            self._register(payment, order)
            return True
        payment.status = "CREDITED" if action == "TO_CREDIT" else "RESOLVED"
        if action == "TO_CREDIT":
            self.grant(payment.customer_id, payment.cents, payment, self.today)
        if action == "REFUND":
            self.accounts[payment.customer_id].refunds.append((payment.payment_id, payment.cents))
        return True

    def cancel(self, order_id: str) -> bool:
        """The customer gives an order up, until it is settled (R21)."""
        order = self.orders[order_id]
        if order.is_unpaid:
            self.close(order, "CANCELLED", "CUSTOMER_REQUEST")
        return order.reason == "CUSTOMER_REQUEST"

    def release(self, order: Order) -> bool:
        """An operator lets a held order be tried again, however short or suspended its base has become (R29)."""
        is_fine = order.status == "HELD" and not order.due
        if is_fine:
            self.settle(order, self.today, is_released=True)
        return is_fine

    def close_held(self, order: Order, *, to_refund: bool) -> bool:
        """An operator gives a held order up (R29)."""
        is_fine = order.status == "HELD"
        if is_fine:
            self.close(order, "CANCELLED", "OPERATOR_REQUEST", to_refund=to_refund)
        return is_fine

    def charge_back(self, payment: Payment) -> bool:
        """A bank takes money back: out of its order, and of what credit came of it as far as unspent (R29)."""
        order = self.orders.get(payment.order_id)
        if payment.status not in ("HELD", "REGISTERED", "CREDITED"):
            return payment.status == "CHARGED_BACK"
        if payment.status != "HELD":
            payment.lost, payment.counts = (payment.counts, payment.cents - payment.counts, 0), 0
            self.take_back(payment)
            payment.is_credit |= payment.status == "CREDITED"
        if order and payment in order.payments:
            if order.is_unpaid:
                order.status = "PARTIALLY_PAID" if any(each.counts for each in order.payments) else "AWAITING_PAYMENT"
            elif order.status == "ACTIVATED" and payment.lost[0]:
                self.suspend(self.accounts[payment.customer_id], order)
        payment.status, payment.was_charged_back = "CHARGED_BACK", True
        return True

    def win_back(self, payment: Payment) -> bool:
        """The money is here again: its order gets what it lacks, the rest is credit, less what had been spent."""
        (counted, spent, of_order), order = payment.lost, self.orders.get(payment.order_id)
        if payment.status != "CHARGED_BACK":
            return payment.was_charged_back
        payment.lost = (0, 0, 0)
        if payment.is_credit and (order is None or not order.is_unpaid):
            payment.status = "CREDITED"
            self.grant(payment.customer_id, payment.cents - spent, payment, self.today)
            return True
        if order is None or payment not in order.payments:
            payment.came_on = self.today
            payment.status = self._receive(payment)
            return True
        payment.status, payment.counts = "REGISTERED", min(payment.cents, order.due)
        self.grant(payment.customer_id, payment.cents - payment.counts - spent, payment, self.today)
        self.grant(payment.customer_id, of_order, order, self.today)
        if order.is_unpaid:
            order.status = "PARTIALLY_PAID"
            if not order.due:
                self.settle(order, self.today)
        elif order.status == "ACTIVATED" and counted and not order.is_charged_back:
            self.resume(self.accounts[payment.customer_id], order)
        return True
