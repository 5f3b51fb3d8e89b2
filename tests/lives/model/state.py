"""What does the model keep? Buyers, their services, orders and money, and nothing of how a service keeps them."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.lives.model.reckoning import add_months, cents, with_vat

FE, RECEIVE_ONLY, DOCUMENTS = "E_INVOICING", "E_INVOICING_RECEIVE_ONLY", "DOCUMENTS"
BASES = (FE, RECEIVE_ONLY)
ANNUAL = {FE: 3000, RECEIVE_ONLY: 1200, DOCUMENTS: 2000}

Line = tuple[str, str, int]
"""Product, action, years."""
Term = tuple[date, int]
"""An anchor, and the months bought since: a service expires on their sum (R2)."""


def prorated(product: str, months: Fraction | int) -> int:
    return cents(ANNUAL[product] * Fraction(months) / 12)


@dataclass(frozen=True)
class Buyer:
    customer_id: str
    kind: str
    tax_identifier: str


@dataclass(eq=False)
class Payment:
    """Money that came: what of it counts for its order, and what a chargeback took away."""

    payment_id: str
    order_id: str
    customer_id: str
    cents: int
    came_on: date
    status: str = "HELD"
    counts: int = 0
    was_charged_back: bool = False
    is_credit: bool = False
    lost: tuple[int, int, int] = (0, 0, 0)
    """What had counted, what of its surplus was spent, and what other credit of its order was taken."""


@dataclass
class Credit:
    """Credit of one origin that still stands: of a payment, or of what had been paid on an order."""

    cents: int
    expires_on: date
    origin: "Payment | Order | None" = None


@dataclass(eq=False)
class Order:
    """One order: what it costs and shows is frozen when it is placed, its dates come with the settlement."""

    order_id: str
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
    found_cents: int | None = None
    """What the extension costs from where its base was found (R18)."""

    @property
    def products(self) -> list[str]:
        return [product for product, _, _ in self.lines]

    @property
    def years(self) -> int:
        return max(years for _, _, years in self.lines)

    @property
    def is_unpaid(self) -> bool:
        return self.status in ("AWAITING_PAYMENT", "PARTIALLY_PAID")

    @property
    def is_open(self) -> bool:
        return self.is_unpaid or self.status == "HELD"

    @property
    def charges(self) -> list[tuple[str, int]]:
        """What is charged for each service, net."""
        extended = [(FE, self.extension[2] if self.found_cents is None else self.found_cents)] if self.extension else []
        return [*self.nets.items(), *extended]

    @property
    def gross(self) -> int:
        return with_vat(sum(net for _, net in self.charges))

    @property
    def due(self) -> int:
        """What is lacking."""
        paid = sum(each.cents for each in self.taken) + sum(each.counts for each in self.payments)
        return (self.total or 0) - paid if self.is_open or self.status == "ACTIVATED" else 0

    @property
    def is_charged_back(self) -> bool:
        return any(each.lost[0] for each in self.payments)

    def has(self, product: str, action: str) -> bool:
        return any(line[:2] == (product, action) for line in self.lines)


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
    """Which order moved it from where to where, and whether that is undone."""
    paid: dict[Order, tuple[int, int]] = field(default_factory=dict)
    """What was paid for it with which order: net and with VAT."""

    @property
    def expires_on(self) -> date:
        return add_months(*self.term)

    @property
    def status(self) -> str:
        limited = "SUSPENDED" if self.is_suspended else "GRACE" if self.is_limited else "ACTIVE"
        return limited if self.is_alive else "TERMINATED"

    def move(self, order: Order, term: Term) -> None:
        """Extend, align or renew: who does so wants it."""
        if add_months(*term) != self.expires_on:
            self.is_cancelled = False
            self.put(order, (self.term, term, False), term)

    def put(self, order: Order, move: tuple[Term, Term, bool], term: Term) -> None:
        """Let it run to a date, and remember by which order."""
        self.moves[order], self.term, self.is_limited = move, term, False

    def end(self) -> None:
        self.is_alive = self.is_suspended = self.is_limited = False
        self.moves, self.paid = {}, {}


@dataclass
class Account:
    """All that is one customer's."""

    services: dict[str, Service] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    refunds: list[tuple[str | None, int]] = field(default_factory=list)
    """By which payment money goes back, and how much."""
    automatic: dict[str, tuple[int, bool, date | None]] = field(default_factory=dict)
    """For how many years a base renews by itself, whether with Documents, and for which expiry that was tried."""

    def pay_back(self, credit: Credit) -> None:
        """Owe what stands of a credit."""
        self.credits.remove(credit)
        self.refunds.append((None, credit.cents))

    def living(self, *products: str) -> Service | None:
        found = (self.services[each] for each in products if each in self.services)
        return next((service for service in found if service.is_alive), None)

    def open_orders(self, *products: str, renewals: bool = False) -> list[Order]:
        """Return open orders that would activate one of some products; or have paid for a renewal and are held."""
        ordered = [
            each for each in self.orders if each.is_open and any(each.has(name, "ACTIVATE") for name in products)
        ]
        paid = [
            each for each in self.orders if each.status == "HELD" and any(each.has(name, "RENEW") for name in products)
        ]
        return [*ordered, *(paid if renewals else ())]
