"""What should happen? The rules of DOMAIN.md as one small program: no service, no event, no table; days and cents."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from fractions import Fraction
from functools import partial

from tests.lives.model.reckoning import DAY, add_months, cents, first_instant, parts, rome_day, term, with_vat
from tests.lives.model.refusing import violations
from tests.lives.model.state import BASES, DOCUMENTS, FE, RECEIVE_ONLY, Account, Buyer, Credit, Line, Order, Service

ANNUAL = {FE: 3000, RECEIVE_ONLY: 1200, DOCUMENTS: 2000}
PAYABLE, GRACE = 30 * DAY, 90 * DAY
CREDIT_MONTHS = 12


class Model:
    """Everybody's accounts, and what day it is."""

    def __init__(self, buyers: list[Buyer], now: datetime) -> None:
        self.accounts = {buyer.customer_id: Account() for buyer in buyers}
        self.orders: dict[str, Order] = {}
        self.payments: set[str] = set()
        self.early: dict[str, list[tuple[str, int]]] = {}
        self.today = rome_day(now)

    def reach(self, now: datetime) -> None:
        """Let everything happen that is due by an instant, in the order of its days."""
        reached = rome_day(now)
        while due := [each for each in self._deadlines() if each[0] <= reached]:
            self.today, _, happen = min(due, key=lambda each: each[:2])
            happen()
        self.today = reached

    def upcoming(self) -> datetime | None:
        """Return the instant of the next deadline."""
        days = [each[0] for each in self._deadlines()]
        return first_instant(min(days)) if days else None

    def _deadlines(self) -> Iterator[tuple[date, int, Callable[[], None]]]:
        """Name what is due when; of one day, orders first, add-ons before bases, credit last."""
        for account in self.accounts.values():
            for order in account.orders:
                if order.is_unpaid and order.payable_until:
                    yield order.payable_until + DAY, 0, partial(self._expire, account, order)
            for service in account.services.values():
                rank = 1 + (service.product in BASES)
                if service.status == "ACTIVE":
                    yield service.expires_on + DAY, rank, partial(self._lapse, account, service)
                elif service.status == "GRACE":
                    yield service.expires_on + GRACE + DAY, rank, service.end
            for credit in account.credits:
                yield credit.expires_on + DAY, 3, partial(account.credits.remove, credit)

    def _expire(self, account: Account, order: Order) -> None:
        """An order is unpaid on its last payable day (R21), which is that of the grace where this ends first (R31)."""
        base = next((product for product in BASES if order.renews(product)), None)
        cut = order.payable_until != order.ordered_on + PAYABLE
        over = base is not None and cut and account.services[base].expires_on == order.shown[base]
        self._close(order, "EXPIRED", "BASE_NOT_ACTIVE" if over else "PAYMENT_OVERDUE")

    def _lapse(self, account: Account, service: Service) -> None:
        """A base enters grace (R34), its add-on with it; one whose base lives on ends (R10)."""
        base = account.living(*BASES)
        lives_on = service.product == DOCUMENTS and base is not None and base.expires_on > service.expires_on
        service.status = "TERMINATED" if lives_on else "GRACE"

    def order(
        self, order_id: str, buyer: Buyer, lines: tuple[Line, ...], channel: str,
        *, toggle: bool = True, use_credit: bool = False,
    ) -> Order:  # fmt: skip
        """Take an order: refuse it, or price and keep it."""
        account = self.accounts[buyer.customer_id]
        order = Order(order_id, buyer, lines, self.today)
        order.violations = violations(self.accounts, buyer, lines, channel)
        self.orders[order_id] = order
        account.orders.append(order)
        if not order.violations:
            self._price(account, order, toggle)
            order.status = "AWAITING_PAYMENT"
            if use_credit:
                self._use_credit(account, order)
        return order

    def priced(self, order: Order, expected: int | None) -> None:
        """Close what costs more than expected (R22); register what was paid early (R27)."""
        if expected is not None and not order.violations and expected < (order.total or 0):
            self._close(order, "CANCELLED", "PRICE_CHANGED")
        elif order.is_unpaid and order.due == 0:
            self._settle(order)
        for customer_id, amount in self.early.pop(order.order_id, []):
            if customer_id == order.buyer.customer_id:
                self._register(order, amount)

    def _price(self, account: Account, order: Order, toggle: bool) -> None:
        """Freeze branch, toggle and prices, with O (R14)."""
        living = {product: service.expires_on for product, service in account.services.items() if service.is_alive}
        order.shown, order.payable_until = living, self.today + PAYABLE
        base = next((product for product in BASES if product in living), "")
        if any(action == "RENEW" for _, action, _ in order.lines):
            self._price_renewal(account, order, base)
        elif set(BASES) & set(order.products):
            order.branch = "BUNDLE"
            free = {DOCUMENTS: 0} if FE in order.products else {}
            order.nets = {product: free.get(product, ANNUAL[product]) for product in order.products}
        else:
            self._price_add_on(order, living[base], toggle)
        order.total = with_vat(sum(order.nets.values()) + (order.extension[2] if order.extension else 0))

    def _price_add_on(self, order: Order, expiry: date, toggle: bool) -> None:
        natural = add_months(self.today, 12)
        order.nets = {DOCUMENTS: ANNUAL[DOCUMENTS]}
        if expiry >= natural:
            order.branch = "ALIGNED_LONG"
            order.nets = {DOCUMENTS: _at_least_a_year(self.today, expiry)}
        elif toggle:
            order.branch, order.toggle = "EXTENDED", True
            order.extension = expiry, natural, _prorated(FE, term(expiry, natural))
        else:
            order.branch, order.toggle = "ALIGNED_SHORT", False

    def _price_renewal(self, account: Account, order: Order, base: str) -> None:
        order.branch = "RENEWED"
        service = account.services[base]
        end = order.renewed_to = add_months(service.anchor, service.months + 12 * order.years)
        order.nets = {base: ANNUAL[base] * order.years}
        if order.renews(DOCUMENTS):
            own = order.shown[DOCUMENTS]
            aligned = own == service.expires_on
            order.nets[DOCUMENTS] = ANNUAL[DOCUMENTS] * order.years if aligned else _prorated(DOCUMENTS, term(own, end))
        elif DOCUMENTS in order.products:
            order.nets[DOCUMENTS] = _at_least_a_year(self.today, end)
        order.payable_until = min(self.today + PAYABLE, service.expires_on + GRACE)

    def cancel(self, order_id: str) -> None:
        """The customer gives an order up, until it is settled (R21)."""
        order = self.orders.get(order_id)
        if order and order.is_unpaid:
            self._close(order, "CANCELLED", "CUSTOMER_REQUEST")

    def _close(self, order: Order, status: str, reason: str) -> None:
        """Close an unsettled order; what was paid becomes credit (R28), credit comes back, its clock stood (R41)."""
        order.status, order.reason = status, reason
        self._grant(order.buyer.customer_id, order.paid)
        stood = self.today - order.ordered_on
        back = [Credit(credit.cents, credit.expires_on + stood) for credit in order.taken]
        self.accounts[order.buyer.customer_id].credits += back

    def pay(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> None:
        """Money comes (R22 to R28)."""
        if payment_id in self.payments:
            return
        self.payments.add(payment_id)
        order = self.orders.get(order_id)
        if order is None:
            self.early.setdefault(order_id, []).append((customer_id, amount))
        elif order.buyer.customer_id == customer_id:
            self._register(order, amount)

    def _register(self, order: Order, amount: int) -> None:
        surplus = max(0, order.paid + amount - order.due) if order.is_unpaid else amount
        self._grant(order.buyer.customer_id, surplus)
        if order.is_unpaid:
            order.paid, order.status = order.paid + amount - surplus, "PARTIALLY_PAID"
            if order.paid == order.due:
                self._settle(order)

    def _grant(self, customer_id: str, amount: int) -> None:
        if amount:
            self.accounts[customer_id].credits.append(Credit(amount, add_months(self.today, CREDIT_MONTHS)))

    def _use_credit(self, account: Account, order: Order) -> None:
        """Take credit, what expires first goes first; what covers all of it settles the order (R22, R41)."""
        for credit in sorted(account.credits, key=lambda each: each.expires_on):
            taken = min(credit.cents, order.due)
            if taken:
                order.taken.append(Credit(taken, credit.expires_on))
                credit.cents -= taken
        account.credits = [credit for credit in account.credits if credit.cents]

    def _settle(self, order: Order) -> None:
        """Act on a paid order, with P and from E as it is now; what can't be any more closes or is held (R18, R31)."""
        account, order.status = self.accounts[order.buyer.customer_id], "ACTIVATED"
        base = account.living(*(BASES if order.branch == "RENEWED" else (FE,)))
        is_over = base is None if order.branch == "RENEWED" else base is not None and base.status == "GRACE"
        if order.branch == "BUNDLE":
            for product in order.products:
                self._activate(account, order, product, self.today, 12)
        elif is_over and order.branch != "EXTENDED":
            self._close(order, "CANCELLED", "BASE_NOT_ACTIVE")
        elif base is None or base.expires_on < order.shown[base.product]:
            order.status = "HELD"
        elif order.branch == "RENEWED":
            self._renew(account, order, base)
        else:
            self._add_on(account, order, base)

    def _activate(self, account: Account, order: Order, product: str, anchor: date, months: int = 0) -> None:
        buyer = order.buyer
        account.services[product] = Service(product, anchor, months, buyer.kind, buyer.tax_identifier)

    def _add_on(self, account: Account, order: Order, base: Service) -> None:
        """Case 2, under one cap (R14, R16 to R19); what the extension cost too much is credit (R18)."""
        found, shown, natural = base.expires_on, order.shown[FE], add_months(self.today, 12)
        if order.branch == "EXTENDED" and natural > found:
            base.move(natural)
        self._activate(account, order, DOCUMENTS, min(base.expires_on, max(natural, shown)))
        if order.extension and found > shown:
            computed = _prorated(FE, term(found, order.extension[1]))
            self._grant(order.buyer.customer_id, (order.total or 0) - with_vat(order.nets[DOCUMENTS] + computed))

    def _renew(self, account: Account, order: Order, base: Service) -> None:
        """R31 and R32: months are added to the anchor; an add-on moves by what was paid for, never past its base."""
        documents, months = account.services.get(DOCUMENTS), 12 * order.years
        is_aligned = documents is not None and documents.expires_on == base.expires_on
        base.months, base.status = base.months + months, "ACTIVE"
        if documents and order.renews(DOCUMENTS):
            if order.shown[DOCUMENTS] == order.shown[base.product]:
                documents.months += months
                if is_aligned:  # to E', also where a leap day is its anchor's alone
                    documents.anchor, documents.months = base.anchor, base.months
            else:
                whole, days, _ = parts(order.shown[DOCUMENTS], order.renewed_to or base.expires_on)
                documents.move(add_months(documents.expires_on, whole) + days * DAY)
            if documents.expires_on > base.expires_on:
                documents.move(base.expires_on)
            documents.status = "ACTIVE"
        elif DOCUMENTS in order.products:
            natural = max(add_months(self.today, 12), order.renewed_to or base.expires_on)
            self._activate(account, order, DOCUMENTS, min(base.expires_on, natural))
        elif documents and documents.expires_on < self.today:
            documents.end()


def _prorated(product: str, months: Fraction) -> int:
    return cents(ANNUAL[product] * months / 12)


def _at_least_a_year(start: date, end: date) -> int:
    return _prorated(DOCUMENTS, max(Fraction(12), term(start, end)))
