"""To which dates do e-invoicing and Documents run? From e-invoicing's own expiry at settlement (R14-R19, R31, R32)."""

from dataclasses import dataclass
from datetime import date

from schemas.terms import add_months


@dataclass(frozen=True, slots=True)
class Term:
    """Run from an anchor for months bought since: its expiry is computed from the anchor, never iterated (R2)."""

    anchor_on: date
    months: int

    @property
    def expires_on(self) -> date:
        """The last day on which it is usable."""
        return add_months(self.anchor_on, self.months)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where both services stand once the order is activated."""

    base: Term
    documents: Term


def until(expiry: date) -> Term:
    """Anchor a term at an expiry: what an extension and an alignment do (R2)."""
    return Term(expiry, 0)


def bundled(paid_on: date, months: int) -> Alignment:
    """Start both at the payment (R15): Documents takes e-invoicing's expiry."""
    term = Term(paid_on, months)
    return Alignment(term, term)


def extended(paid_on: date, months: int, current: Term, shown: date) -> Alignment:
    """Extend e-invoicing to D, Documents with it under R18's cap (R16, R18).

    `current` is e-invoicing's term at settlement (E1), `shown` the expiry that the order showed (E0), `months` those of
    Documents. In grace e-invoicing runs on from E1 without a gap: D is later.
    """
    natural = add_months(paid_on, months)
    base = current if current.expires_on >= natural else until(natural)
    return Alignment(base, _capped(base, natural, shown))


def aligned(paid_on: date, months: int, current: Term, shown: date) -> Alignment:
    """Align Documents to e-invoicing's expiry as it stands at settlement (R17, R19), under the same cap (R18)."""
    return Alignment(current, _capped(current, add_months(paid_on, months), shown))


def _capped(base: Term, natural: date, shown: date) -> Term:
    """End with the base, but never after both D and what the order showed: one price buys no renewed years (R18)."""
    return until(min(base.expires_on, max(natural, shown)))


def renewed(current: Term, months: int) -> Alignment:
    """Add months to e-invoicing's old anchor (R31); where Documents is renewed too, it takes the same date (R32)."""
    term = Term(current.anchor_on, current.months + months)
    return Alignment(term, term)
