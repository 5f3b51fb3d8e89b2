"""Did an order end as it must? What was expected, with the rules' own arithmetic, against what the log says."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from math import floor

from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.simulate.order_states import OrderState
from rehearsal.simulate.scenarios import Expected
from rehearsal.simulate.writer import with_vat
from schemas.catalogue import Catalogue
from schemas.terms import add_months, missing_term
from schemas.vocabulary import Product, ProrationMethod

ONCE = ("OrderPlaced", "OrderRefused", "OrderPriceNoted", "OrderSettled", "OrderCancelled", "OrderActivationNoted")


def differences(expected: Expected, orders: Mapping[str, OrderState], catalogue: Catalogue) -> list[str]:
    """Name what is not as it must be, nothing where all is."""
    seen = orders.get(expected.order_id, OrderState())
    return [f"{what} is {found!r}, not {right!r}" for what, found, right in _facts(expected, seen, orders, catalogue)
            if found != right]  # fmt: skip


def _facts(
    expected: Expected, seen: OrderState, orders: Mapping[str, OrderState], catalogue: Catalogue
) -> Iterator[tuple[str, object, object]]:
    yield "the status", seen.status, expected.status
    yield "the violations", tuple(sorted(seen.violations)), expected.violations
    if expected.order_in_the_way:
        yield "the order in the way", next(iter(seen.violations.values()), None), expected.order_in_the_way
    yield "the reason", seen.reason, expected.reason
    yield "what came more than once", [name for name in ONCE if seen.times.get(name, 0) > 1], []
    yield "the number of payments", seen.times.get("PaymentRegistered", 0), expected.payments
    yield "the number of conflicts", seen.times.get("PaymentConflicted", 0), expected.conflicts
    surplus = expected.surplus_cents + ((seen.total_cents or 0) if expected.surplus_is_total else 0)
    yield "the surplus", seen.surplus_cents, surplus
    yield "the credit", seen.credit_cents, surplus
    if seen.total_cents is not None:
        yield "the total", seen.total_cents, total_of(expected, orders, catalogue)
    if expected.status == "ACTIVATED":
        yield "the expiries", seen.expiries, expiries_of(expected, orders, catalogue)


def total_of(expected: Expected, orders: Mapping[str, OrderState], catalogue: Catalogue) -> int | None:
    """Compute what an order costs (R14 to R19); None while that can't be known."""
    seen = orders.get(expected.order_id, OrderState())
    if expected.base_order is None:
        bought = set(expected.products)
        return with_vat(sum(_first_price(product, bought, catalogue) for product in bought), catalogue)
    base_expires_on, ordered_on = _base_expiry(expected, orders, catalogue), seen.ordered_on
    if base_expires_on is None or ordered_on is None:
        return None
    documents, base = catalogue.products[DOCUMENTS], catalogue.products[E_INVOICING]
    natural = add_months(ordered_on, documents.term_months)
    if base_expires_on >= natural:
        years = max(Fraction(1), _months(ordered_on, base_expires_on, catalogue) / 12)
        return with_vat(_rounded(documents.annual_cents * years), catalogue)
    extension = _rounded(base.annual_cents * _months(base_expires_on, natural, catalogue) / 12)
    return with_vat(documents.annual_cents + (extension if expected.extends else 0), catalogue)


def expiries_of(expected: Expected, orders: Mapping[str, OrderState], catalogue: Catalogue) -> dict[str, date] | None:
    """Compute until when an order's activations run (R15 to R19)."""
    seen = orders.get(expected.order_id, OrderState())
    if seen.settled_on is None:
        return None
    if expected.base_order is None:
        term = max(catalogue.products[product].term_months for product in expected.products)
        return dict.fromkeys(expected.products, add_months(seen.settled_on, term))
    base_expires_on = _base_expiry(expected, orders, catalogue)
    if base_expires_on is None or seen.ordered_on is None:
        return None
    term = catalogue.products[DOCUMENTS].term_months
    extends = expected.extends and base_expires_on < add_months(seen.ordered_on, term)
    return {DOCUMENTS: add_months(seen.settled_on, term) if extends else base_expires_on}


def _base_expiry(expected: Expected, orders: Mapping[str, OrderState], catalogue: Catalogue) -> date | None:
    bought_on = orders.get(expected.base_order or "", OrderState()).settled_on
    return add_months(bought_on, catalogue.products[E_INVOICING].term_months) if bought_on else None


def _first_price(product: Product, bought: set[Product], catalogue: Catalogue) -> int:
    sold = catalogue.products[product]
    return 0 if sold.free_with in bought else sold.annual_cents


def _months(start: date, end: date, catalogue: Catalogue) -> Fraction:
    term = missing_term(start, end)
    if catalogue.proration_method is ProrationMethod.STARTED_MONTHS:
        return Fraction(term.months + (term.days > 0))
    return term.exact_months


def _rounded(cents: Fraction) -> int:
    return floor(cents + Fraction(1, 2))
