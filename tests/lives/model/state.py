"""What does the model keep? Buyers, their services, orders and money, and nothing of how a service keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from tests.lives.model.reckoning import add_months, cents, with_vat

FE, RECEIVE_ONLY, DOCUMENTS = "E_INVOICING", "E_INVOICING_RECEIVE_ONLY", "DOCUMENTS"
BASES = (FE, RECEIVE_ONLY)
ANNUAL = {FE: 3000, RECEIVE_ONLY: 1200, DOCUMENTS: 2000}
UNPAID = ("AWAITING_PAYMENT", "PARTIALLY_PAID")
OPEN = (*UNPAID, "HELD")


class Refused(Exception):
    """The rules do not let it happen."""


def need(is_fine: object) -> None:
    """Refuse what the rules do not let happen."""
    if not is_fine:
        raise Refused


Line = tuple[str, str, int]
"""Product, action, years."""
Term = tuple[date, int]
"""An anchor, and the months bought since: a service expires on their sum (R2)."""


def prorated(product: str, months: Fraction | int, *, at_least: int = 0) -> int:
    return cents(ANNUAL[product] * max(Fraction(months), Fraction(at_least)) / 12)


@dataclass(frozen=True)
class Buyer:
    customer_id: str
    kind: str
    tax_identifier: str


@dataclass(eq=False)
class Account:
    """All that is one customer's."""

    services: dict[str, "Service"] = field(default_factory=dict)
    orders: list["Order"] = field(default_factory=list)
    credits: list["Credit"] = field(default_factory=list)
    refunds: list[tuple[str | None, int]] = field(default_factory=list)
    """By which payment money goes back, and how much."""

    @property
    def alive(self) -> list["Service"]:
        """What has not ended, a base before its add-ons."""
        return [each for each in self.services.values() if each.is_alive]

    def living(self, *products: str) -> "Service | None":
        return next((each for each in self.alive if each.product in products), None)

    def grant(self, amount: int, origin: str, day: date) -> None:
        """Grant credit for a year (R26)."""
        if amount > 0:
            self.credits.append(Credit(amount, add_months(day, 12), origin))

    def take(self, most: int, *origins: str) -> list["Credit"]:
        """Take credit of some origins, or of any: what expires first goes first (R41)."""
        taken = []
        for credit in sorted(self.credits, key=lambda each: each.expires_on):
            if most and (not origins or credit.origin in origins):
                taken.append(replace(credit, cents=min(most, credit.cents)))
                credit.cents, most = credit.cents - taken[-1].cents, most - taken[-1].cents
        self.credits = [each for each in self.credits if each.cents]
        return taken

    def give_back(self, money: Sequence[tuple[str | None, int]], origin: str, day: date, *, to_refund: bool) -> None:
        """Owe what was paid, each amount by its payment, or grant the sum as credit."""
        if to_refund:
            self.refunds += [each for each in money if each[1]]
        else:
            self.grant(sum(amount for _, amount in money), origin, day)

    def pay_back(self, credit: "Credit") -> None:
        """Owe what stands of a credit."""
        self.credits.remove(credit)
        self.refunds.append((None, credit.cents))


@dataclass(eq=False)
class Payment:
    """Money that came: what of it counts for its order, and what a chargeback took away."""

    payment_id: str
    order_id: str
    account: Account
    cents: int
    came_on: date
    status: str = "CONFLICTED"
    counts: int = 0
    before: str = ""
    """Its status when it was charged back."""
    lost: tuple[int, int, int] = (0, 0, 0)
    """What had counted, what of its surplus was spent, and what other credit of its order was taken."""


@dataclass
class Credit:
    """Credit that still stands, of one origin: a payment, told how ever often, or what had been paid on an order."""

    cents: int
    expires_on: date
    origin: str


@dataclass(eq=False)
class Order:
    """One order: what it costs and shows is frozen when it is placed, its dates come with the settlement."""

    order_id: str
    account: Account
    buyer: Buyer
    lines: tuple[Line, ...]
    ordered_on: date
    violations: frozenset[str] = frozenset()
    status: str = "REFUSED"
    reason: str | None = None
    branch: str = ""
    toggle: bool | None = None
    shown: dict[str, date] = field(default_factory=dict)
    """E0 of what the customer owns, by product."""
    nets: dict[str, int] = field(default_factory=dict)
    """What is charged for each service, for an extended one too."""
    extension: tuple[date, date, int] | None = None
    """From, to, net cents."""
    total: int | None = None
    taken: list[Credit] = field(default_factory=list)
    """Credit that pays it, each with the expiry that it had."""
    payments: list[Payment] = field(default_factory=list)
    payable_until: date = date.max
    renewed_to: date = date.max
    """E' of a renewal as the order shows it."""
    settled_on: date = date.max

    @property
    def products(self) -> list[str]:
        return [product for product, _, _ in self.lines]

    @property
    def base(self) -> str:
        """Which base it is for."""
        return next((each for each in BASES if each in self.products), FE)

    @property
    def months(self) -> int:
        return 12 * max(years for _, _, years in self.lines)

    @property
    def gross(self) -> int:
        return with_vat(sum(self.nets.values()))

    @property
    def due(self) -> int:
        """What is lacking."""
        paid = sum(each.cents for each in self.taken) + sum(each.counts for each in self.payments)
        return (self.total or 0) - paid if self.status in (*OPEN, "ACTIVATED") else 0

    @property
    def is_charged_back(self) -> bool:
        return any(each.lost[0] for each in self.payments)

    def has(self, product: str, action: str) -> bool:
        return any(line[:2] == (product, action) for line in self.lines)

    def run(self, product: str, to: Term) -> None:
        """Let a service run to a term, or begin."""
        service = self.account.living(product) or Service(product, self, to)
        service.move(self, to)
        self.account.services[product] = service

    def share(self, product: str) -> int:
        """What was paid for a service with VAT: divided among all so that no cent is left over."""
        nets = list(self.nets.values())
        before, net = sum(nets[: list(self.nets).index(product)]), self.nets[product]
        upto, since = (cents(Fraction(self.gross * each, sum(nets))) for each in (before + net, before))
        return upto - since


@dataclass(eq=False)
class Service:
    """One service; what ended keeps its last expiry."""

    product: str
    order: Order
    term: Term
    is_limited: bool = False
    is_suspended: bool = False
    is_cancelled: bool = False
    is_alive: bool = True
    moves: dict[Order, tuple[Term, Term, bool]] = field(default_factory=dict)
    """Where an order moved it, from where, and whether that was to undo it."""
    paid_with: list[Order] = field(default_factory=list)
    itself: tuple[int, bool] = (0, False)
    """For how many years it renews by itself, and whether with Documents (R43)."""
    is_tried: bool = False
    """That was tried since it moved."""

    @property
    def expires_on(self) -> date:
        return add_months(*self.term)

    @property
    def is_outlived(self) -> bool:
        """An add-on has no grace of its own where its base goes on (R10, R32)."""
        base = self.order.account.living(*BASES)
        return base is not None and base.expires_on > self.expires_on

    @property
    def status(self) -> str:
        limited = "SUSPENDED" if self.is_suspended else "GRACE" if self.is_limited else "ACTIVE"
        return limited if self.is_alive else "TERMINATED"

    def later(self, months: int) -> Term:
        return self.term[0], self.term[1] + months

    def move(self, order: Order, to: Term, *, undo: bool = False, is_wanted: bool = True) -> None:
        """Let it run to a date, and remember by which order; who extends, aligns or renews it wants it."""
        if add_months(*to) != self.expires_on:
            self.moves[order], self.term = (to, self.term, undo), to
            self.is_limited = self.is_tried = False
            self.is_cancelled &= not is_wanted

    def turn(self, order: Order, most: date, *, undo: bool) -> None:
        """Undo what an order moved, or do it again, where that still stands; an add-on as far as its base runs."""
        stands, other, is_undone = self.moves.get(order, (self.term, self.term, undo))
        to = other if is_undone != undo and add_months(*stands) == self.expires_on else self.term
        self.move(order, min(to, (most, 0), key=lambda each: add_months(*each)), undo=undo, is_wanted=False)

    def lapse(self) -> None:
        """A base enters grace (R34), its add-on with it; one whose base lives on, or that was cancelled, ends (R10)."""
        if self.is_limited or self.is_cancelled or self.is_outlived:
            self.end()
        self.is_limited = True

    def end(self) -> None:
        """Come to the end, a base with its add-ons."""
        self.is_alive = False
        for each in self.order.account.alive if self.product in BASES else ():
            each.end()
