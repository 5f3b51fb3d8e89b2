"""What should happen? The rules of DOMAIN.md as one small program: no service, no event, no table; days and cents."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

from tests.lives.model.reckoning import DAY, add_months, instant_of, rome_day, term
from tests.lives.model.refusing import violations
from tests.lives.model.serving import GRACE, Serving
from tests.lives.model.state import BASES, DOCUMENTS, FE, OPEN, UNPAID, Buyer, Line, Order, Refused, Service, prorated

PAYABLE, AHEAD = 30 * DAY, 7 * DAY


class Model(Serving):
    """Everybody's accounts, and what day it is."""

    def reach(self, now: datetime) -> None:
        """Let everything happen that is due by an instant, in the order of its moments."""
        while due := [each for each in self.deadlines() if each[0] <= now]:
            instant, _, happen = min(due, key=lambda each: each[:2])
            self.today = max(self.today, rome_day(instant))
            happen()
        self.today = rome_day(now)

    def deadlines(self) -> Iterator[tuple[datetime, int, Callable[[], None]]]:
        """Name what is due when; of one day orders first, add-ons before bases, credit, automatic renewals last."""
        for account in self.accounts.values():
            for order in account.orders:
                if order.status in UNPAID:
                    yield instant_of(order.payable_until + DAY), 0, partial(self._expire, order)
            for service in account.alive:
                grace = GRACE if service.is_limited and not service.is_outlived else 0 * DAY
                yield instant_of(service.expires_on + grace + DAY), 1 + (service.product in BASES), service.lapse
                if service.itself[0] and not service.is_tried and _automatic(service) not in self.orders:
                    yield instant_of(service.expires_on - AHEAD, 9), 4, partial(self._renew_itself, service)
            for credit in account.credits:
                yield instant_of(credit.expires_on + DAY), 3, partial(account.credits.remove, credit)

    def _expire(self, order: Order) -> None:
        """An order is unpaid on its last payable day (R21), which is that of the grace where this ends first (R31)."""
        cut = order.branch == "RENEWED" and order.payable_until < order.ordered_on + PAYABLE
        over = cut and order.account.services[order.base].expires_on <= order.shown[order.base]
        self.close(order, "EXPIRED", "BASE_NOT_ACTIVE" if over else "PAYMENT_OVERDUE")

    def choose(self, customer_id: str, years: int, *, with_documents: bool) -> None:
        """Let the base renew by itself from now on, or no more where `years` is 0 (R43)."""
        base, documents = (self.accounts[customer_id].living(*each) for each in (BASES, (DOCUMENTS,)))
        if base is None or (years and (base.is_suspended or (with_documents and documents is None))):
            raise Refused
        before, base.itself = base.itself, (years, with_documents)
        base.is_tried &= base.itself == before

    def _renew_itself(self, base: Service) -> None:
        """Place the order of an automatic renewal, unless one is pending or it can't be (R43)."""
        account, (years, with_documents), base.is_tried = base.order.account, base.itself, True
        buyer = next(order.buyer for order in reversed(account.orders) if not order.violations)
        products = [base.product, *([DOCUMENTS] if with_documents and account.living(DOCUMENTS) else [])]
        lines = tuple((product, "RENEW", years) for product in products)
        is_pending = any(each.status in OPEN and each.has(base.product, "RENEW") for each in account.orders)
        is_over = self.today > base.expires_on + GRACE  # moved back by a chargeback
        if not is_pending and not is_over and not violations(self.accounts, buyer, lines, "AUTOMATIC"):
            self.order(_automatic(base), buyer, lines, "AUTOMATIC")

    def order(
        self, order_id: str, buyer: Buyer, lines: tuple[Line, ...], channel: str, *,
        toggle: bool = True, use_credit: bool = False, beside: int | None = None,
    ) -> Order:  # fmt: skip
        """Take an order: refuse it, or price and keep it; close one that costs more than was expected (R22)."""
        account, broken = self.accounts[buyer.customer_id], violations(self.accounts, buyer, lines, channel)
        order = self.orders[order_id] = Order(order_id, account, buyer, lines, self.today, broken)
        account.orders.append(order)
        if not broken:
            order.status = "AWAITING_PAYMENT"
            order.payable_until = date.max if channel == "AUTOMATIC" else self.today + PAYABLE
            order.shown = {each.product: each.expires_on for each in account.alive}
            _price(order, toggle)
            order.taken = account.take(order.due if use_credit else 0)
            if beside is not None and beside < 0:
                self.close(order, "CANCELLED", "PRICE_CHANGED")
            elif not order.due:
                self.settle(order, self.today)
        for payment in self.payments.values():
            if payment.order_id == order_id and payment.status == "HELD":
                self.receive(payment)
        return order


def _price(order: Order, toggle: bool) -> None:
    """Freeze branch, toggle and prices, with O (R14)."""
    base, natural = order.account.living(*BASES), add_months(order.ordered_on, 12)
    if base is None:
        order.branch = "BUNDLE"
        order.nets = {product: 0 if product == DOCUMENTS else prorated(product, 12) for product in order.products}
    elif base.product in order.products:
        _price_renewal(order, base)
    else:
        order.toggle = toggle if base.expires_on < natural else None
        order.branch = "EXTENDED" if order.toggle else "ALIGNED"
        order.nets = {DOCUMENTS: prorated(DOCUMENTS, term(order.ordered_on, base.expires_on), at_least=12)}
        if order.toggle:
            order.nets[FE] = prorated(FE, term(base.expires_on, natural))
            order.extension = base.expires_on, natural, order.nets[FE]
    order.total = order.gross


def _price_renewal(order: Order, base: Service) -> None:
    """Price years of a base, and of Documents what takes them as far (R31, R32)."""
    order.branch, order.renewed_to = "RENEWED", add_months(*base.later(order.months))
    order.payable_until = min(order.payable_until, base.expires_on + GRACE)
    order.nets = {base.product: prorated(base.product, order.months)}
    if order.has(DOCUMENTS, "RENEW"):
        shown = order.shown[DOCUMENTS]
        months = order.months if shown == base.expires_on else term(shown, order.renewed_to)
        order.nets[DOCUMENTS] = prorated(DOCUMENTS, months)
    elif DOCUMENTS in order.products:
        order.nets[DOCUMENTS] = prorated(DOCUMENTS, term(order.ordered_on, order.renewed_to), at_least=12)


def _automatic(base: Service) -> str:
    return f"{base.order.buyer.customer_id}/{base.product}/{base.expires_on}"
