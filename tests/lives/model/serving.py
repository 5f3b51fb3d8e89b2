"""What becomes of services? They begin, are extended, renewed, suspended and ended (R14 to R20, R29 to R34)."""

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

from tests.lives.model.reckoning import DAY, add_months, cents, parts, rome_day, term, with_vat
from tests.lives.model.state import BASES, DOCUMENTS, FE, Account, Buyer, Credit, Order, Payment, Service, prorated

GRACE = 90 * DAY


class Serving:
    """What everybody has, and what day it is."""

    def __init__(self, buyers: list[Buyer], now: datetime) -> None:
        self.accounts = {buyer.customer_id: Account() for buyer in buyers}
        self.orders: dict[str, Order] = {}
        self.payments: dict[tuple[str, str, str, int], Payment] = {}
        self.today = rome_day(now)

    def grant(self, customer_id: str, amount: int, origin: Payment | Order, day: date) -> None:
        """Grant credit for a year (R26)."""
        if amount > 0:
            self.accounts[customer_id].credits.append(Credit(amount, add_months(day, 12), origin))

    def use_credit(self, account: Account, order: Order) -> None:
        """Take credit, what expires first goes first (R41)."""
        for credit in sorted(account.credits, key=lambda each: each.expires_on):
            taken = min(credit.cents, order.due)
            if taken:
                order.taken.append(Credit(taken, credit.expires_on, credit.origin))
                credit.cents -= taken
        account.credits = [credit for credit in account.credits if credit.cents]

    def close(self, order: Order, status: str, reason: str, *, to_refund: bool = False) -> None:
        """Close an order; what was paid becomes credit (R28) or a refund, credit comes back: its clock stood (R41)."""
        account, paid = self.accounts[order.buyer.customer_id], [each for each in order.payments if each.counts]
        if to_refund:
            account.refunds += [(each.payment_id, each.counts) for each in paid]
        else:
            self.grant(order.buyer.customer_id, sum(each.counts for each in paid), order, self.today)
        for each in paid:
            each.counts = 0
        stood = self.today - order.ordered_on
        account.credits += [Credit(each.cents, each.expires_on + stood, each.origin) for each in order.taken]
        order.status, order.reason = status, reason
        for payment in self.payments.values():
            if payment.status == "CHARGED_BACK" and payment.customer_id == order.buyer.customer_id:
                self.take_back(payment)

    def take_back(self, payment: Payment) -> None:
        """Take back what is there of the credit that a charged-back payment gave, or that came of its order."""
        account, order = self.accounts[payment.customer_id], self.orders.get(payment.order_id)
        counted, spent, of_order = payment.lost
        origins = (payment, order) if order and order.status in ("CANCELLED", "EXPIRED") else (payment,)
        taken = _take(spent, (each for each in account.credits if each.origin in origins))
        more = _take(counted - of_order, (each for each in account.credits if each.origin is order))
        payment.lost = counted, spent - taken, of_order + more
        account.credits = [each for each in account.credits if each.cents]

    def settle(self, order: Order, day: date, *, is_released: bool = False) -> None:
        """Act on a paid order as of P, or on a released one, with E as it is; else it closes or is held (R18, R31)."""
        account, order.status = self.accounts[order.buyer.customer_id], "HELD"
        order.settled_on = order.settled_on if is_released else day
        product = next((each for each in BASES if each in order.products), FE)
        base, is_renewal = account.living(product), order.branch == "RENEWED"
        if order.branch == "BUNDLE":
            for each in order.products:
                account.services[each] = Service(each, order, (order.settled_on, 12))
        elif base is None:
            if is_renewal and order.settled_on > account.services[product].expires_on + GRACE:
                self.close(order, "CANCELLED", "BASE_NOT_ACTIVE")
            return
        elif self._waits(account, order, base, is_released=is_released):
            return
        elif is_renewal:
            self._renew(account, order, base)
        elif order.branch != "EXTENDED" and (base.is_suspended or base.expires_on < day):
            self.close(order, "CANCELLED", "BASE_NOT_ACTIVE")
            return
        else:
            self._add_on(account, order, base)
        order.status = "ACTIVATED"
        self._note_charges(account, order)

    def _waits(self, account: Account, order: Order, base: Service, *, is_released: bool) -> bool:
        """Tell what only an operator can decide: a shorter or a suspended base, an add-on that is there already."""
        is_otherwise = base.is_suspended if order.branch == "RENEWED" else base.expires_on < order.shown[FE]
        is_there = order.has(DOCUMENTS, "ACTIVATE") and account.living(DOCUMENTS) is not None
        return is_there or (is_otherwise and not is_released)

    def _add_on(self, account: Account, order: Order, base: Service) -> None:
        """Case 2, under one cap (R14, R16 to R19); what the extension cost too much is credit (R18)."""
        found, shown, natural = base.expires_on, order.shown[FE], add_months(order.settled_on, 12)
        if order.branch == "EXTENDED" and natural > found:
            base.move(order, (natural, 0))
        account.services[DOCUMENTS] = Service(DOCUMENTS, order, (min(base.expires_on, max(natural, shown)), 0))
        if order.extension and found > shown:
            order.found_cents = prorated(FE, term(found, order.extension[1]))
            self.grant(order.buyer.customer_id, (order.total or 0) - order.gross, order, order.settled_on)

    def _renew(self, account: Account, order: Order, base: Service) -> None:
        """R31 and R32: months are added to the anchor; an add-on moves by what was paid for, never past its base."""
        documents, months, before = account.services.get(DOCUMENTS), 12 * order.years, base.expires_on
        base.move(order, (base.term[0], base.term[1] + months))
        if documents and order.has(DOCUMENTS, "RENEW"):
            to = documents.term[0], documents.term[1] + months
            if order.shown[DOCUMENTS] != order.shown[base.product]:
                whole, days, _ = parts(order.shown[DOCUMENTS], order.renewed_to)
                to = add_months(documents.expires_on, whole) + days * DAY, 0
            elif documents.expires_on == before:  # to E', also where a leap day is its anchor's alone
                to = base.term
            to = base.term if add_months(*to) >= base.expires_on else to
            if documents.is_alive:
                documents.move(order, to)
            else:
                account.services[DOCUMENTS] = Service(DOCUMENTS, order, to)
        elif DOCUMENTS in order.products:
            natural = max(add_months(order.settled_on, 12), order.renewed_to)
            to = base.term if natural >= base.expires_on else (natural, 0)
            account.services[DOCUMENTS] = Service(DOCUMENTS, order, to)
        elif documents and documents.is_limited:
            documents.end()

    def _note_charges(self, account: Account, order: Order) -> None:
        """Divide what was paid among the services that it was paid for."""
        so_far, net = 0, sum(each for _, each in order.charges)
        for product, each in order.charges:
            before, so_far = cents(Fraction(order.gross * so_far, net or 1)), so_far + each
            if each:
                gross = cents(Fraction(order.gross * so_far, net)) - before
                account.services[product].paid[order] = each, gross

    def lapse(self, account: Account, service: Service) -> None:
        """A base enters grace (R34), its add-on with it; one whose base lives on, or that was cancelled, ends (R10)."""
        base = account.living(*BASES)
        service.is_limited = True
        if service.is_cancelled or (service is not base and base and base.expires_on > service.expires_on):
            service.end()

    def end(self, account: Account, service: Service) -> None:
        """A service ends, a base with its add-ons."""
        for each in account.services.values() if service.product in BASES else (service,):
            account.automatic.pop(each.product, None)
            each.end()

    def cancel_service(self, account: Account, service: Service) -> bool:
        """A base ends at once, its add-on with it; an add-on lapses at its expiry (R30)."""
        if not service.is_alive or service.is_cancelled:
            return False
        service.is_cancelled = True
        if service.product in BASES or service.is_limited:
            self.end(account, service)
        else:
            account.automatic = {base: (years, False, tried) for base, (years, _, tried) in account.automatic.items()}
        return True

    def end_service(self, account: Account, service: Service, day: date, *, to_refund: bool) -> bool:
        """End a service on a day; whole unused months come back, never more than was paid for it (R29)."""
        if not service.is_alive or not service.order.settled_on <= day <= self.today:
            return False
        ending = list(account.services.values()) if service.product in BASES else [service]
        for each in sorted(ending, key=lambda each: each.product in BASES):
            if each.is_alive:
                self._give_back(account, each, max(day, each.order.settled_on), to_refund=to_refund)
        self.end(account, service)
        return True

    def _give_back(self, account: Account, service: Service, day: date, *, to_refund: bool) -> None:
        paid = [(order, *each) for order, each in service.paid.items() if not order.is_charged_back]
        net = min(prorated(service.product, parts(day, service.expires_on)[0]), sum(net for _, net, _ in paid))
        gross = min(with_vat(net), sum(gross for *_, gross in paid))
        if paid and not to_refund:
            self.grant(paid[-1][0].buyer.customer_id, gross, paid[-1][0], self.today)
        for order, _, most in reversed(paid if to_refund else []):
            by, share = (
                next((each.payment_id for each in reversed(order.payments) if each.counts), None),
                min(gross, most),
            )
            account.refunds += [(by, share)] if share else []
            gross -= share

    def suspend(self, account: Account, order: Order) -> None:
        """Suspend what a charged-back order activated, undo what it moved where that still stands (R29)."""
        for service in filter(lambda each: each.is_alive, account.services.values()):
            service.is_suspended |= service.order is order
            was, now, is_undone = service.moves.get(order, (service.term, service.term, True))
            if not is_undone and add_months(*now) == service.expires_on:
                service.put(order, (was, now, True), was)
        base, documents = account.living(*BASES), account.living(DOCUMENTS)
        if base and documents and documents.expires_on > base.expires_on:
            documents.put(order, ((base.expires_on, 0), documents.term, True), (base.expires_on, 0))

    def resume(self, account: Account, order: Order) -> None:
        """Let what was suspended go on, and move again what still stands back: an add-on as far as its base runs."""
        base = account.living(*BASES)
        for service in sorted(account.services.values(), key=lambda each: each.product not in BASES):
            was, now, is_undone = service.moves.get(order, (service.term, service.term, False))
            if is_undone and base and add_months(*was) == service.expires_on:
                is_short = service is not base and add_months(*now) > base.expires_on
                to = (base.expires_on, 0) if is_short else now
                service.put(order, (was, to, False), to)
            service.is_suspended &= service.order is not order


def _take(limit: int, credits: Iterable[Credit]) -> int:
    taken = 0
    for credit in sorted(credits, key=lambda each: each.expires_on):
        amount = min(limit - taken, credit.cents)
        credit.cents, taken = credit.cents - amount, taken + amount
    return taken
