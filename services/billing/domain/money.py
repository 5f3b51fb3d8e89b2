"""How do exact fractions become cents, and a net total a document's? (R4, R5)."""

from fractions import Fraction


def half_up(exact: Fraction) -> int:
    """Round an exact amount of cents once, half away from zero.

    Python's `round()` goes half to even: 562.5 cents would be 562, and the law of the invoice wants 563.
    """
    cents, parts = abs(exact.numerator), exact.denominator  # of which sums of fractions would be made anew
    rounded = (2 * cents + parts) // (2 * parts)
    return -rounded if exact.numerator < 0 else rounded


def vat_cents(net_cents: int, vat_percent: int) -> int:
    """Compute VAT once on a document's net total (R5)."""
    return half_up(Fraction(net_cents * vat_percent, 100))


def with_vat(net_cents: int, vat_percent: int) -> int:
    """Return a document's total: net and its VAT."""
    return net_cents + vat_cents(net_cents, vat_percent)
