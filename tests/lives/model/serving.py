"""What becomes of services (R14 to R20, R29 to R34), and where does every cent go (R22 to R29, R41)?"""

from dataclasses import replace
from datetime import date, datetime

from tests.lives.model.reckoning import DAY, add_months, parts, rome_day, term, with_vat
from tests.lives.model.state import BASES, DOCUMENTS, UNPAID, Account, Buyer, Order, Payment, Service, need, prorated

GRACE = 90 * DAY
RESOLVED_BY = {"HELD": ("MOVE", "REFUND", "TO_CREDIT"), "CONFLICTED": ("ACCEPT", "MOVE", "REFUND", "DISMISS")}


class Serving:
    """What everybody has, and what comes in; and what day it is."""

    def __init__(self, buyers: list[Buyer], now: datetime) -> None:
        self.accounts = {buyer.customer_id: Account() for buyer in buyers}
        self.orders: dict[str, Order] = {}
        self.payments: dict[tuple[str, str, str, int], Payment] = {}
        self.today = rome_day(now)

    def close(self, order: Order, status: str, reason: str, *, to_refund: bool = False) -> None:
        """Close an order; what was paid becomes credit (R28) or a refund, credit comes back: its clock stood (R41)."""
        account, paid = order.account, [(each.payment_id, each.counts) for each in order.payments]
        account.give_back(paid, order.order_id, self.today, to_refund=to_refund)
        for payment in order.payments:
            payment.counts = 0
        stood = self.today - order.ordered_on
        account.credits += [replace(each, expires_on=each.expires_on + stood) for each in order.taken]
        order.status, order.reason = status, reason
        for payment in self.payments.values():
            if payment.status == "CHARGED_BACK" and payment.account is account:
                self.take_back(payment)

    def take_back(self, payment: Payment) -> None:
        """Take back what is there of the credit that a charged-back payment gave, or that came of its order."""
        (counted, spent, of_order), order = payment.lost, self.orders.get(payment.order_id)
        is_closed = order is not None and order.status in ("CANCELLED", "EXPIRED")
        own = [payment.payment_id, payment.order_id] if is_closed else [payment.payment_id]
        spent -= sum(each.cents for each in payment.account.take(spent, *own))
        rest = 0 if is_closed else counted - of_order
        of_order += sum(each.cents for each in payment.account.take(rest, payment.order_id))
        payment.lost = counted, spent, of_order

    def settle(self, order: Order, day: date, *, is_released: bool = False) -> None:
        """Act on a paid order as of P, or on a released one, with E as it is; else it closes or is held (R18, R31)."""
        order.settled_on = min(order.settled_on, day)
        order.status = "ACTIVATED" if order.branch == "BUNDLE" else _fate(order, day, is_released=is_released)
        if order.status == "CANCELLED":
            self.close(order, "CANCELLED", "BASE_NOT_ACTIVE")
        if order.status == "ACTIVATED":
            _ACTIVATING[order.branch](order)
            for each, net in order.nets.items():
                order.account.services[each].paid_with += [order] if net else []

    def cancel_service(self, service: Service) -> None:
        """A base ends at once, its add-on with it; an add-on lapses at its expiry (R30)."""
        need(service.is_alive and not service.is_cancelled)
        service.is_cancelled, base = True, service.order.account.living(*BASES)
        if service is base or service.is_limited:
            service.end()
        elif base:
            base.itself = base.itself[0], False

    def end_service(self, service: Service, day: date, *, to_refund: bool) -> None:
        """End a service on a day; whole unused months come back, never more than was paid for it (R29)."""
        need(service.is_alive and service.order.settled_on <= day <= self.today)
        for each in service.order.account.alive if service.product in BASES else [service]:
            self._give_back(each, max(day, each.order.settled_on), to_refund=to_refund)
        service.end()

    def _give_back(self, service: Service, day: date, *, to_refund: bool) -> None:
        account, paid = service.order.account, [each for each in service.paid_with if not each.is_charged_back]
        money: list[tuple[str | None, int]] = []
        unused = prorated(service.product, parts(day, service.expires_on)[0])
        net = min(unused, sum(each.nets[service.product] for each in paid))
        gross = min(with_vat(net), sum(each.share(service.product) for each in paid))
        for order in reversed(paid):
            by = next((each.payment_id for each in reversed(order.payments) if each.counts), None)
            money.append((by, min(gross, order.share(service.product))))
            gross -= money[-1][1]
        if paid:
            account.give_back(money, paid[-1].order_id, self.today, to_refund=to_refund)

    def pay(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> None:
        """Money comes; the same told again is ignored, what contradicts it waits for an operator (R25)."""
        content, account = (payment_id, order_id, customer_id, amount), self.accounts[customer_id]
        is_known = any(each[0] == payment_id for each in self.payments)
        payment = self.payments.setdefault(content, Payment(payment_id, order_id, account, amount, self.today))
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
        day = max(payment.came_on, order.ordered_on) if order.status in UNPAID else self.today
        payment.status, payment.order_id = "REGISTERED", order.order_id
        order.payments.append(payment)
        self._count(payment, order, payment.cents if order.status in UNPAID else 0, day)

    def _count(self, payment: Payment, order: Order, most: int, day: date, spent: int = 0) -> None:
        """Count what its order lacks, the rest is credit (R24)."""
        payment.counts = min(most, order.due)
        payment.account.grant(payment.cents - payment.counts - spent, payment.payment_id, day)
        if order.status in UNPAID:
            order.status = "PARTIALLY_PAID"
            if not order.due:
                self.settle(order, day)

    def resolve(self, payment: Payment, action: str, order_id: str) -> None:
        """End the wait of a payment (R29)."""
        order = self.orders.get(order_id)
        need(action in RESOLVED_BY.get(payment.status, ()))
        if action in ("ACCEPT", "MOVE"):
            need(order and order.account is payment.account and (order.status in UNPAID or action == "ACCEPT"))
            self._register(payment, self.orders[order_id])
        else:
            payment.status = "CREDITED" if action == "TO_CREDIT" else "RESOLVED"
            came = [(payment.payment_id, payment.cents)] if action != "DISMISS" else []
            payment.account.give_back(came, payment.payment_id, self.today, to_refund=action == "REFUND")

    def give_up(self, order: Order, by: str, *, to_refund: bool = False) -> None:
        """The customer gives an order up until it is settled (R21), an operator one that is held (R29)."""
        need(order.status == "HELD" if by == "OPERATOR" else order.status in UNPAID)
        self.close(order, "CANCELLED", f"{by}_REQUEST", to_refund=to_refund)

    def release(self, order: Order) -> None:
        """An operator lets a held order be tried again, however short or suspended its base has become (R29)."""
        need(order.status == "HELD" and not order.due)
        self.settle(order, self.today, is_released=True)

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
        if order and order.status in UNPAID and payment in order.payments:
            order.status = "PARTIALLY_PAID" if any(each.counts for each in order.payments) else "AWAITING_PAYMENT"
        elif order and order.status == "ACTIVATED" and payment.lost[0]:
            _turn(order, undo=True)

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
                _turn(order, undo=False)


def _turn(order: Order, *, undo: bool) -> None:
    """Suspend what a charged-back order activated and undo what it moved, or let both go on, also by itself (R43)."""
    base = order.account.living(*BASES)
    for service in order.account.alive:
        service.turn(order, base.expires_on if base and service is not base else date.max, undo=undo)
        if service.order is order:
            service.is_suspended, service.is_tried = undo, undo and service.is_tried


def _fate(order: Order, day: date, *, is_released: bool) -> str:
    """Hold what only an operator can decide: a shorter or suspended base, or none, an add-on that is there already."""
    base, is_renewal = order.account.services[order.base], order.branch == "RENEWED"
    is_there = order.has(DOCUMENTS, "ACTIVATE") and order.account.living(DOCUMENTS) is not None
    if not base.is_alive:
        return "CANCELLED" if is_renewal and order.settled_on > base.expires_on + GRACE else "HELD"
    is_otherwise = base.is_suspended if is_renewal else base.expires_on < order.shown[order.base]
    if is_there or (is_otherwise and not is_released):
        return "HELD"
    is_over = order.branch == "ALIGNED" and (base.is_suspended or base.expires_on < day)
    return "CANCELLED" if is_over else "ACTIVATED"


def _begin(order: Order) -> None:
    """Case 1: all that is bought together runs from P (R15)."""
    for each in order.products:
        order.run(each, (order.settled_on, 12))


def _add_on(order: Order) -> None:
    """Case 2, under one cap (R14, R16 to R19); what the extension cost too much is credit (R18)."""
    account, base, natural = order.account, order.account.services[order.base], add_months(order.settled_on, 12)
    found, shown = base.expires_on, order.shown[order.base]
    if order.branch == "EXTENDED" and natural > found:
        base.move(order, (natural, 0))
    order.run(DOCUMENTS, (min(base.expires_on, max(natural, shown)), 0))
    if order.extension and found > shown:
        before, order.nets[order.base] = order.gross, prorated(order.base, term(found, order.extension[1]))
        account.grant(before - order.gross, order.order_id, order.settled_on)


def _renew(order: Order) -> None:
    """Months are added to the anchor (R31), and Documents move with it where they are renewed too (R32)."""
    base, found = order.account.services[order.base], order.account.services[order.base].expires_on
    base.move(order, base.later(order.months))
    if DOCUMENTS in order.products:
        to = _renewed_documents(order, base, order.account.services.get(DOCUMENTS), found)
        order.run(DOCUMENTS, min(base.term, to, key=lambda each: add_months(*each)))


def _renewed_documents(order: Order, base: Service, documents: Service | None, found: date) -> tuple[date, int]:
    """They move by what was paid for (R32)."""
    if documents is None or order.has(DOCUMENTS, "ACTIVATE"):
        return max(add_months(order.settled_on, 12), order.renewed_to), 0
    if order.shown[DOCUMENTS] != order.shown[base.product]:
        whole, days, _ = parts(order.shown[DOCUMENTS], order.renewed_to)
        return add_months(documents.expires_on, whole) + days * DAY, 0
    # to E', also where a leap day is its anchor's alone
    return base.term if documents.expires_on == found else documents.later(order.months)


_ACTIVATING = {"BUNDLE": _begin, "EXTENDED": _add_on, "ALIGNED": _add_on, "RENEWED": _renew}
