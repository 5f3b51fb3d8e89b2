"""To which dates do a base and its add-ons run? From the base's own expiry at settlement (R14-R19, R31, R32)."""

from dataclasses import dataclass
from datetime import date, timedelta

from schemas.terms import MONTHS_A_YEAR, add_months, missing_term


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


def renewed(current: Term, years: int) -> Term:
    """Add years to a term's old anchor (R31)."""
    return Term(current.anchor_on, current.months + MONTHS_A_YEAR * years)


@dataclass(frozen=True, slots=True)
class Beside:
    """An add-on beside its base in a renewal, as the order showed it: its expiry, its base's, and E' of that base."""

    expiry: date
    base_expiry: date
    base_end: date


def renewed_beside(base: Term, now: Term, new: Term, shown: Beside, years: int) -> Term:
    """Move an add-on by the term that was paid for, from where it stands, never past its renewed base (R32).

    `base` is its base's term before the renewal. Shown aligned, whole years were paid for: one that still is takes
    its base's new date. Else the time from its own expiry to the base's shown end was.
    """
    if shown.expiry == shown.base_expiry:
        target = new if now.expires_on == base.expires_on else renewed(now, years)
    elif now.expires_on == shown.expiry:
        target = until(shown.base_end)
    else:
        paid = missing_term(shown.expiry, shown.base_end)
        target = until(add_months(now.expires_on, paid.months) + timedelta(days=paid.days))
    return new if target.expires_on >= new.expires_on else target
