"""What does the model keep? Buyers, their services, orders and credit, and nothing of how a service keeps them."""

from dataclasses import dataclass, field
from datetime import date

from tests.lives.model.reckoning import add_months

FE, RECEIVE_ONLY, DOCUMENTS = "E_INVOICING", "E_INVOICING_RECEIVE_ONLY", "DOCUMENTS"
BASES = (FE, RECEIVE_ONLY)

Line = tuple[str, str, int]
"""Product, action, years."""


@dataclass(frozen=True)
class Buyer:
    """Who orders."""

    customer_id: str
    kind: str
    tax_identifier: str


@dataclass
class Service:
    """One service; what ended keeps its last expiry."""

    product: str
    anchor: date
    months: int
    kind: str
    tax_identifier: str
    status: str = "ACTIVE"

    @property
    def expires_on(self) -> date:
        return add_months(self.anchor, self.months)

    @property
    def is_alive(self) -> bool:
        return self.status != "TERMINATED"

    def end(self) -> None:
        """Terminate."""
        self.status = "TERMINATED"

    def move(self, day: date) -> None:
        """Align or extend: a new anchor."""
        self.anchor, self.months, self.status = day, 0, "ACTIVE"


@dataclass
class Credit:
    """Credit of one origin that still stands."""

    cents: int
    expires_on: date


@dataclass
class Order:
    """One order: what it costs and shows is frozen when it is placed, its dates come with the settlement."""

    order_id: str
    buyer: Buyer
    lines: tuple[Line, ...]
    ordered_on: date
    status: str = "REFUSED"
    violations: frozenset[str] = frozenset()
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
    paid: int = 0
    payable_until: date | None = None
    reason: str | None = None
    renewed_to: date | None = None
    """E' of a renewal as the order shows it."""

    @property
    def products(self) -> list[str]:
        return [product for product, _, _ in self.lines]

    @property
    def is_unpaid(self) -> bool:
        return self.status in ("AWAITING_PAYMENT", "PARTIALLY_PAID")

    @property
    def is_open(self) -> bool:
        return self.is_unpaid or self.status == "HELD"

    @property
    def due(self) -> int:
        return (self.total or 0) - sum(credit.cents for credit in self.taken)

    def renews(self, product: str) -> bool:
        return any(name == product and action == "RENEW" for name, action, _ in self.lines)

    @property
    def years(self) -> int:
        return max(years for _, _, years in self.lines)


@dataclass
class Account:
    """All that is one customer's."""

    services: dict[str, Service] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)

    def living(self, *products: str) -> Service | None:
        """Return the living service of one of some products."""
        found = (self.services[each] for each in products if each in self.services)
        return next((service for service in found if service.is_alive), None)

    def open_orders(self, product: str) -> list[Order]:
        """Return open orders that would activate a product."""
        return [order for order in self.orders if order.is_open and (product, "ACTIVATE", 1) in order.lines]
