"""To which dates do a base and its add-ons run? From the base's own expiry at settlement (R14-R19, R31, R32)."""

from dataclasses import dataclass
from datetime import date, timedelta

from schemas.terms import add_months, missing_term


@dataclass(frozen=True, slots=True)
class Term:
    """The months bought since an anchor: its expiry is computed from the anchor, never iterated (R2)."""

    anchor_on: date
    months: int

    @property
    def expires_on(self) -> date:
        """The last day on which it is usable."""
        return add_months(self.anchor_on, self.months)


def until(expiry: date) -> Term:
    """Anchor a term at an expiry: what an extension and an alignment do (R2)."""
    return Term(expiry, 0)


def extended(current: Term, target: date) -> Term:
    """Extend a service to D, or leave it where it runs longer (R16, R18).

    `current` is its term at settlement (E1). In grace it runs on from E1 without a gap: D is later.
    """
    return current if current.expires_on >= target else until(target)


def aligned(base: Term, natural: date, shown: date) -> Term:
    """End an add-on with its base, but never after both D and what the order showed of the base (R17-R19).

    One price buys no renewed years: R18's cap.
    """
    return until(min(base.expires_on, max(natural, shown)))


def renewed(current: Term, months: int) -> Term:
    """Add months to a base's old anchor (R31)."""
    return Term(current.anchor_on, current.months + months)


def renewed_beside(base: Term, current: date, shown: date, shown_end: date) -> Term:
    """Move an add-on by the term that was paid for, from where it stands, never past its renewed base (R32).

    The order showed the add-on until `shown` and its renewed base until `shown_end`: the time between was paid for.
    """
    if shown_end <= shown:
        return until(current)
    paid = missing_term(shown, shown_end)
    target = shown_end if current == shown else add_months(current, paid.months) + timedelta(days=paid.days)
    return base if target >= base.expires_on else until(target)
