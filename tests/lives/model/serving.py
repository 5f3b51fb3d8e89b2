"""What becomes of services? They begin, are extended, renewed, suspended and ended (R14 to R20, R29 to R34)."""

from dataclasses import replace
from datetime import date, datetime

from tests.lives.model.reckoning import DAY, add_months, parts, rome_day, term, with_vat
from tests.lives.model.state import BASES, DOCUMENTS, FE, Account, Buyer, Order, Payment, Service, need, prorated

GRACE = 90 * DAY


class Serving:
    """What everybody has, and what day it is."""

    def __init__(self, buyers: list[Buyer], now: datetime) -> None:
        self.accounts = {buyer.customer_id: Account() for buyer in buyers}
        self.orders: dict[str, Order] = {}
        self.payments: dict[tuple[str, str, str, int], Payment] = {}
        self.today = rome_day(now)

    def close(self, order: Order, status: str, reason: str, *, to_refund: bool = False) -> None:
        """Close an order; what was paid becomes credit (R28) or a refund, credit comes back: its clock stood (R41)."""
        account, paid = order.account, [(each.payment_id, each.counts) for each in order.payments if each.counts]
        if to_refund:
            account.refunds += paid
        else:
            account.grant(sum(cents for _, cents in paid), order.order_id, self.today)
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
        unused = prorated(service.product, parts(day, service.expires_on)[0])
        net = min(unused, sum(each.nets[service.product] for each in paid))
        gross = min(with_vat(net), sum(each.share(service.product) for each in paid))
        if paid and not to_refund:
            account.grant(gross, paid[-1].order_id, self.today)
        for order in reversed(paid if to_refund else []):
            by = next((each.payment_id for each in reversed(order.payments) if each.counts), None)
            share = min(gross, order.share(service.product))
            account.refunds += [(by, share)] if share else []
            gross -= share


def lapse(service: Service) -> None:
    """A base enters grace (R34), its add-on with it; one whose base lives on, or that was cancelled, ends (R10)."""
    base = service.order.account.living(*BASES)
    service.is_limited = True
    if service.is_cancelled or (service is not base and base and base.expires_on > service.expires_on):
        service.end()


def suspend(order: Order) -> None:
    """Suspend what a charged-back order activated, undo what it moved where that still stands (R29)."""
    for service in order.account.alive:
        service.is_suspended |= service.order is order
        service.turn(order, undo=True)
    base, documents = order.account.living(*BASES), order.account.living(DOCUMENTS)
    if base and documents and documents.expires_on > base.expires_on:
        documents.put(order, (base.expires_on, 0), undo=True)


def resume(order: Order) -> None:
    """Let what was suspended go on, also by itself (R43), and move again what still stands back."""
    base = order.account.living(*BASES)
    for service in order.account.alive:
        service.turn(order, undo=False, most=base.expires_on if base and service is not base else date.max)
        if service.order is order:
            service.is_suspended = service.is_tried = False
    _end_what_lapsed(order.account)


def _fate(order: Order, day: date, *, is_released: bool) -> str:
    """Hold what only an operator can decide: a shorter or suspended base, or none, an add-on that is there already."""
    base, is_renewal = order.account.services[order.base], order.branch == "RENEWED"
    is_there = order.has(DOCUMENTS, "ACTIVATE") and order.account.living(DOCUMENTS) is not None
    if base.is_alive:
        is_otherwise = base.is_suspended if is_renewal else base.expires_on < order.shown[FE]
        is_held = is_there or (is_otherwise and not is_released)
        is_over = order.branch == "ALIGNED" and (base.is_suspended or base.expires_on < day)
    else:
        is_over = is_renewal and order.settled_on > base.expires_on + GRACE
        is_held = not is_over
    return "HELD" if is_held else "CANCELLED" if is_over else "ACTIVATED"


def _begin(order: Order) -> None:
    """Case 1: all that is bought together runs from P (R15)."""
    for each in order.products:
        order.account.services[each] = Service(each, order, (order.settled_on, 12))


def _add_on(order: Order) -> None:
    """Case 2, under one cap (R14, R16 to R19); what the extension cost too much is credit (R18)."""
    account, base, natural = order.account, order.account.services[FE], add_months(order.settled_on, 12)
    found, shown = base.expires_on, order.shown[FE]
    if order.branch == "EXTENDED" and natural > found:
        base.move(order, (natural, 0))
    account.services[DOCUMENTS] = Service(DOCUMENTS, order, (min(base.expires_on, max(natural, shown)), 0))
    if order.extension and found > shown:
        before, order.nets[FE] = order.gross, prorated(FE, term(found, order.extension[1]))
        account.grant(before - order.gross, order.order_id, order.settled_on)


def _renew(order: Order) -> None:
    """Months are added to the anchor (R31), and Documents move with it where they are renewed too (R32)."""
    base, documents = order.account.services[order.base], order.account.services.get(DOCUMENTS)
    found = base.expires_on
    base.move(order, base.later(order.months))
    if DOCUMENTS in order.products:
        _renew_documents(order, base, documents, found)
    _end_what_lapsed(order.account)


def _end_what_lapsed(account: Account) -> None:
    """An add-on has no grace of its own: it has ended where its base goes on (R10, R32)."""
    if [each.product for each in account.alive if each.is_limited] == [DOCUMENTS]:
        account.services[DOCUMENTS].end()


def _renew_documents(order: Order, base: Service, documents: Service | None, found: date) -> None:
    """They move by what was paid for, never past their base (R32)."""
    if documents is None or order.has(DOCUMENTS, "ACTIVATE"):
        to = max(add_months(order.settled_on, 12), order.renewed_to), 0
    elif order.shown[DOCUMENTS] != order.shown[base.product]:
        whole, days, _ = parts(order.shown[DOCUMENTS], order.renewed_to)
        to = add_months(documents.expires_on, whole) + days * DAY, 0
    else:  # to E', also where a leap day is its anchor's alone
        to = base.term if documents.expires_on == found else documents.later(order.months)
    to = min(base.term, to, key=lambda each: add_months(*each))
    if documents and documents.is_alive:
        documents.move(order, to)
    else:
        order.account.services[DOCUMENTS] = Service(DOCUMENTS, order, to)


_ACTIVATING = {"BUNDLE": _begin, "EXTENDED": _add_on, "ALIGNED": _add_on, "RENEWED": _renew}
