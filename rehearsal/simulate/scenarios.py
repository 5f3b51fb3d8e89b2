"""What is a scenario? One customer's business, written out beforehand: the steps, and how each order must end.

A scenario is data. Who plays it learns from the event log when an order has its price, and pays what it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from rehearsal.play.carts import Body
from rehearsal.play.stage import Way

Milestone = Literal["decided", "priced", "settled", "activated", "closed"]
Answered = Literal["placed", "repeated", "refused", "conflict"]
"""What HTTP must say of a cart."""
Taken = Literal["taken", "held", "repeated", "conflict"]
"""What HTTP must say of a payment: taken is registered at once, or held for a price that is on its way."""


@dataclass(frozen=True)
class Submit:
    """A cart is submitted."""

    body: Body
    way: Way
    answer: Answered = "placed"

    @property
    def order_id(self) -> str:
        """Name the order."""
        return str(self.body["order_id"])


@dataclass(frozen=True)
class Pay:
    """A payment arrives: `cents`, or the order's total with so many cents `more` (or fewer)."""

    order_id: str
    customer_id: str
    payment_id: str
    way: Way
    cents: int | None = None
    more: int = 0
    answer: Taken = "taken"


@dataclass(frozen=True)
class Cancel:
    """An order is cancelled, as its customer asked."""

    order_id: str
    customer_id: str
    way: Way


@dataclass(frozen=True)
class Until:
    """The next step waits until an order has come that far."""

    order_id: str
    milestone: Milestone


Step = Submit | Pay | Cancel | Until


def intent(step: Step) -> str:
    """Say what a step is there to do, as it follows "waiting to"."""
    match step:
        case Submit():
            return f"submit {step.order_id}"
        case Pay():
            return f"pay {step.order_id} with {step.payment_id}"
        case Cancel():
            return f"cancel {step.order_id}"
        case Until():
            return f"see {step.order_id} {step.milestone}"
        case _:
            assert_never(step)


@dataclass(frozen=True)
class Expected:
    """How an order must end; amounts of an add-on follow from when its base was bought."""

    order_id: str
    status: str
    products: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    reason: str | None = None
    order_in_the_way: str | None = None
    base_order: str | None = None
    extends: bool = True
    payments: int = 0
    conflicts: int = 0
    surplus_cents: int = 0
    surplus_is_total: bool = False
    """A second payment of the whole total came after the first."""


@dataclass(frozen=True)
class Scenario:
    """One customer's business, and when it begins: after so many orders' time of the whole traffic."""

    case: str
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]
    before: tuple[Step, ...] = ()
    """What was bought earlier: `bought_months_ago`, where the clock can be set, else right before."""
    bought_months_ago: int = 0
    starts_after: float = 0.0

    @property
    def orders(self) -> int:
        """Count its orders."""
        return len(self.expected)


def orders_of(scenarios: Sequence[Scenario]) -> int:
    """Count the orders of several scenarios."""
    return sum(scenario.orders for scenario in scenarios)
