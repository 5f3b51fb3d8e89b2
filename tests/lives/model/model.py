"""What should happen? The rules of DOMAIN.md as one small program: no service, no event, no table; days and cents."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from tests.lives.model.money import Money
from tests.lives.model.reckoning import DAY, add_months, instant_of, rome_day, term
from tests.lives.model.refusing import violations
from tests.lives.model.serving import GRACE
from tests.lives.model.state import BASES, DOCUMENTS, FE, Account, Buyer, Line, Order, Service, prorated

PAYABLE, AHEAD, PLACING = 30 * DAY, 7 * DAY, (4,)


class Model(Money):
    """Everybody's accounts, and what day it is."""

    def reach(self, now: datetime) -> None:
        """Let everything happen that is due by an instant, in the order of its moments."""
        while due := [each for each in self._deadlines() if each[0] <= now]:
            instant, _, happen = min(due, key=lambda each: each[:2])
            self.today = max(self.today, rome_day(instant))
            happen()
        self.today = rome_day(now)

    def upcoming(self, ranks: tuple[int, ...] = (0, 1, 2, 3, 4)) -> datetime | None:
        """Return the instant of the next deadline; PLACING alone are those of automatic renewals."""
        return min((each[0] for each in self._deadlines() if each[1] in ranks), default=None)

    def _deadlines(self) -> Iterator[tuple[datetime, int, Callable[[], None]]]:
        """Name what is due when; of one day, orders first, add-ons before bases, credit last."""
        for account in self.accounts.values():
            for order in account.orders:
                if order.is_unpaid:
                    yield instant_of(order.payable_until + DAY), 0, partial(self._expire, account, order)
            for service in account.services.values():
                rank, over = 1 + (service.product in BASES), service.expires_on + DAY
                if service.is_alive and not service.is_limited:
                    yield instant_of(over), rank, partial(self.lapse, account, service)
                elif service.is_alive:
                    yield instant_of(over + GRACE), rank, partial(self.end, account, service)
            for product, (_, _, tried_for) in account.automatic.items():
                if (expiry := account.services[product].expires_on) != tried_for:
                    yield instant_of(expiry - AHEAD, 9), 4, partial(self._renew_itself, account, product)
            for credit in account.credits:
                yield instant_of(credit.expires_on + DAY), 3, partial(account.credits.remove, credit)

    def _expire(self, account: Account, order: Order) -> None:
        """An order is unpaid on its last payable day (R21), which is that of the grace where this ends first (R31)."""
        base = next((product for product in BASES if order.has(product, "RENEW")), "")
        cut = order.payable_until < order.ordered_on + PAYABLE
        over = base and cut and account.services[base].expires_on == order.shown[base]
        self.close(order, "EXPIRED", "BASE_NOT_ACTIVE" if over else "PAYMENT_OVERDUE")

    def choose(self, customer_id: str, years: int, *, with_documents: bool) -> bool:
        """Let the base renew by itself from now on, or no more where `years` is 0 (R43)."""
        account = self.accounts[customer_id]
        base = account.living(*BASES)
        if base is None or (years and (base.is_suspended or (with_documents and not account.living(DOCUMENTS)))):
            return False
        before = account.automatic.pop(base.product, None)
        if years:
            is_same = before is not None and before[:2] == (years, with_documents)
            is_placed = any(each.order_id == _automatic(customer_id, base) for each in account.orders)
            tried_for = base.expires_on if is_placed else before[2] if before and is_same else None
            account.automatic[base.product] = (years, with_documents, tried_for)
        return True

    def _renew_itself(self, account: Account, product: str) -> None:
        """Place the order of an automatic renewal, unless one is pending or it can't be (R43)."""
        years, with_documents, _ = account.automatic[product]
        base, documents = account.services[product], account.living(DOCUMENTS)
        account.automatic[product] = (years, with_documents, base.expires_on)
        buyer = next(order.buyer for order in reversed(account.orders) if not order.violations)
        lines = ((product, "RENEW", years), *([(DOCUMENTS, "RENEW", years)] if with_documents and documents else []))
        is_pending = any(each.is_open and each.has(product, "RENEW") for each in account.orders)
        if not is_pending and not violations(self.accounts, buyer, lines, "AUTOMATIC"):
            self.order(_automatic(buyer.customer_id, base), buyer, lines, "AUTOMATIC")

    def order(
        self, order_id: str, buyer: Buyer, lines: tuple[Line, ...], channel: str, *,
        toggle: bool = True, use_credit: bool = False, beside: int | None = None,
    ) -> Order:  # fmt: skip
        """Take an order: refuse it, or price and keep it; close one that costs more than was expected (R22)."""
        account = self.accounts[buyer.customer_id]
        order = self.orders[order_id] = Order(order_id, buyer, lines, self.today)
        account.orders.append(order)
        order.violations = violations(self.accounts, buyer, lines, channel)
        if not order.violations:
            order.status, order.payable_until = "AWAITING_PAYMENT", self.today + PAYABLE
            order.shown = {name: each.expires_on for name, each in account.services.items() if each.is_alive}
            self._price(account, order, toggle)
            if channel == "AUTOMATIC":
                order.payable_until = order.shown[lines[0][0]] + GRACE
            if use_credit:
                self.use_credit(account, order)
            if beside is not None and beside < 0:
                self.close(order, "CANCELLED", "PRICE_CHANGED")
            elif not order.due:
                self.settle(order, self.today)
        self.told_before(order)
        return order

    def _price(self, account: Account, order: Order, toggle: bool) -> None:
        """Freeze branch, toggle and prices, with O (R14)."""
        base = account.living(*BASES)
        if base and any(order.has(product, "RENEW") for product in BASES):
            self._price_renewal(order, base)
        elif base is None or set(BASES) & set(order.products):
            order.branch = "BUNDLE"
            order.nets = {product: prorated(product, 12) for product in order.products}
            order.nets |= {DOCUMENTS: 0} if DOCUMENTS in order.nets else {}
        else:
            expiry, natural = base.expires_on, add_months(self.today, 12)
            order.nets = {DOCUMENTS: prorated(DOCUMENTS, max(12, term(self.today, expiry)))}
            order.branch = "ALIGNED_LONG" if expiry >= natural else "EXTENDED" if toggle else "ALIGNED_SHORT"
            if order.branch != "ALIGNED_LONG":
                order.toggle, order.nets = toggle, {DOCUMENTS: prorated(DOCUMENTS, 12)}
            if order.branch == "EXTENDED":
                order.extension = expiry, natural, prorated(FE, term(expiry, natural))
        order.total = order.gross

    def _price_renewal(self, order: Order, base: Service) -> None:
        order.branch, end = "RENEWED", add_months(base.term[0], base.term[1] + 12 * order.years)
        order.renewed_to, order.payable_until = end, min(order.payable_until, base.expires_on + GRACE)
        order.nets = {base.product: prorated(base.product, 12 * order.years)}
        if order.has(DOCUMENTS, "RENEW"):
            is_aligned = order.shown[DOCUMENTS] == base.expires_on
            paid = 12 * order.years if is_aligned else term(order.shown[DOCUMENTS], end)
            order.nets[DOCUMENTS] = prorated(DOCUMENTS, paid)
        elif DOCUMENTS in order.products:
            order.nets[DOCUMENTS] = prorated(DOCUMENTS, max(12, term(self.today, end)))


def _automatic(customer_id: str, base: Service) -> str:
    return f"{customer_id}/{base.product}/{base.expires_on}"
