"""What does a part of a year cost, and how is it explained? (R16, R19)."""

from datetime import date
from fractions import Fraction

from schemas.billing import PricedExtension, PricedLine
from schemas.money import euros
from schemas.terms import MONTHS_A_YEAR, MissingTerm, missing_term
from schemas.vocabulary import LineAction, PriceReason, Product, ProrationMethod
from services.billing.domain.money import half_up


def charged_months(term: MissingTerm, method: ProrationMethod) -> Fraction:
    """Count the months of a term that are charged: exactly, or a started month as a whole one."""
    if method is ProrationMethod.STARTED_MONTHS:
        return Fraction(term.months + (1 if term.days else 0))
    return term.exact_months


def prorated_cents(annual_cents: int, months: Fraction) -> int:
    """Charge an annual price for some months; the one rounding of the line."""
    return half_up(annual_cents * months / MONTHS_A_YEAR)


def charged_text(term: MissingTerm, method: ProrationMethod) -> str:
    """Write what is charged: "(6 + 16/31)", "6", or "7 started months"."""
    if method is ProrationMethod.STARTED_MONTHS:
        return f"{charged_months(term, method)} started months"
    if term.days:
        return f"({term.months} + {term.days}/{term.days_in_month})"
    return str(term.months)


def extend(
    product: Product, annual_cents: int, previous_expiry: date, new_expiry: date, method: ProrationMethod
) -> PricedExtension:
    """Price the term that is missing from one expiry to a later one.

    Raises ValueError when the new expiry is before the previous one.
    """
    term = missing_term(previous_expiry, new_expiry)
    net_cents = prorated_cents(annual_cents, charged_months(term, method))
    explanation = f"{euros(annual_cents)} a year × {charged_text(term, method)} / 12 = {euros(net_cents)}"
    return PricedExtension(
        product=product,
        previous_expiry=previous_expiry,
        new_expiry=new_expiry,
        missing_term=term,
        method=method,
        annual_cents=annual_cents,
        net_cents=net_cents,
        explanation=explanation,
    )


def prorated(
    product: Product, annual_cents: int, previous_expiry: date, new_expiry: date, years: int, method: ProrationMethod
) -> PricedLine:
    """Price the renewal of an add-on that ends apart from its base: from its own expiry to the base's new one (R32).

    Raises ValueError when the new expiry is before the previous one.
    """
    computed = extend(product, annual_cents, previous_expiry, new_expiry, method)
    return PricedLine(
        product=product,
        action=LineAction.RENEW,
        years=years,
        annual_cents=annual_cents,
        net_cents=computed.net_cents,
        reason=PriceReason.PRORATED,
        explanation=computed.explanation,
        term=computed.missing_term,
        method=method,
    )


def align_up(
    product: Product, annual_cents: int, months: int, ordered_on: date, base_expiry: date, method: ProrationMethod
) -> PricedLine:
    """Price an add-on that runs up to a base expiring on or after its own term's end (R19).

    It costs annual × residual / 12, and its own term of `months` at least. Raises ValueError when the base expired
    before the order.
    """
    term = missing_term(ordered_on, base_expiry)
    residual = charged_months(term, method)
    net_cents = prorated_cents(annual_cents, max(Fraction(months), residual))
    explanation = f"{euros(annual_cents)} a year × {charged_text(term, method)} / 12 = {euros(net_cents)}"
    if residual < months:
        least = "a whole year" if months == MONTHS_A_YEAR else f"{months} months"
        explanation = f"{euros(annual_cents)} a year, {least} at least = {euros(net_cents)}"
    return PricedLine(
        product=product,
        action=LineAction.ACTIVATE,
        annual_cents=annual_cents,
        net_cents=net_cents,
        reason=PriceReason.ALIGNED_TO_BASE,
        explanation=explanation,
        term=term,
        method=method,
    )


def full_price(
    product: Product,
    annual_cents: int,
    months: int,
    action: LineAction = LineAction.ACTIVATE,
    years: int = 1,
    note: str = "",
) -> PricedLine:
    """Price a product's whole term of `months`, as often as it is bought."""
    net_cents = prorated_cents(annual_cents, Fraction(months * years))
    bought = f"{years}" if months == MONTHS_A_YEAR else f"{months * years} / 12"
    explanation = f"{euros(annual_cents)} a year × {bought} = {euros(net_cents)}"
    return PricedLine(
        product=product,
        action=action,
        years=years,
        annual_cents=annual_cents,
        net_cents=net_cents,
        reason=PriceReason.FULL_PRICE,
        explanation=f"{explanation}; {note}" if note else explanation,
    )


def free(product: Product, annual_cents: int, base: Product) -> PricedLine:
    """Price the first term of an add-on bought together with its base: nothing."""
    return PricedLine(
        product=product,
        annual_cents=annual_cents,
        net_cents=0,
        reason=PriceReason.FREE_WITH_BASE,
        explanation=f"free for the first term, bought together with {base} = {euros(0)}",
    )
