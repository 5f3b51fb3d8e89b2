"""How are scenarios written? With names that are given out in order, and choices that are the same for a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

from rehearsal.play.buyers import Buyer, Names
from rehearsal.play.carts import Body, cart
from rehearsal.play.stage import Way
from rehearsal.simulate.scenarios import Answered, Expected, Pay, Step, Submit, Taken
from schemas.catalogue import Catalogue
from schemas.vocabulary import Product

WAYS: tuple[tuple[Way, int], ...] = (("http", 50), ("structured", 35), ("binary", 15))
"""How messages travel, and how many of a hundred do."""


@dataclass(frozen=True)
class Writer:
    """Writes orders and payments, each with a new name, each by a way chosen at random."""

    names: Names
    random: Random
    ways: Sequence[Way]
    catalogue: Catalogue
    may_set_the_clock: bool = False

    def way(self) -> Way:
        """Choose how a message travels."""
        open_ways = [(way, weight) for way, weight in WAYS if way in self.ways]
        return self.random.choices([way for way, _ in open_ways], [weight for _, weight in open_ways])[0]

    def cart(self, buyer: Buyer, *products: str | Body, channel: str = "SITE", **optional: Any) -> Body:
        """Write a cart under a new order id."""
        return cart(self.names.order(), buyer, *products, channel=channel, **optional)

    def submit(self, body: Body, answer: Answered = "placed", way: Way | None = None) -> Submit:
        """Submit a cart."""
        return Submit(body, way or self.way(), answer)

    def pay(
        self,
        body: Body,
        cents: int | None = None,
        *,
        more: int = 0,
        payment_id: str | None = None,
        payer: str | None = None,
        answer: Taken = "taken",
        way: Way | None = None,
    ) -> Pay:
        """Pay for a cart: its total, unless told otherwise."""
        customer_id = payer or str(body["customer"]["customer_id"])
        payment_id = payment_id or self.names.payment()
        return Pay(str(body["order_id"]), customer_id, payment_id, way or self.way(), cents, more, answer)

    def total(self, *products: str) -> int:
        """Return what a first purchase costs with VAT, by the catalogue (R5, R15)."""
        net = sum(self._annual(Product(product), products) for product in products)
        return with_vat(net, self.catalogue)

    def _annual(self, product: Product, beside: Sequence[str]) -> int:
        sold = self.catalogue.products[product]
        return 0 if sold.free_with in beside else sold.annual_cents

    def chance(self, percent: int) -> bool:
        """Say yes at random, in so many of a hundred cases."""
        return self.random.randrange(100) < percent


def with_vat(net_cents: int, catalogue: Catalogue) -> int:
    """Add VAT, rounded half up, once on the net total (R5)."""
    return net_cents + floor(Fraction(net_cents * catalogue.vat_percent, 100) + Fraction(1, 2))


def outcome(body: Body, status: str, **more: Any) -> Expected:
    """Say how a cart's order must end."""
    products = tuple(line["product"] for line in body["lines"])
    extends = bool(body.get("extend_active_services", True))
    return Expected(str(body["order_id"]), status, products, extends=extends, **more)


def bought(writer: Writer, body: Body) -> tuple[Step, Step]:
    """Submit a cart and pay its total."""
    return writer.submit(body), writer.pay(body)
