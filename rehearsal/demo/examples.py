"""Which worked examples has the guide? Each to the cent and the day, as the demo and the acceptance tests play them.

Example E needs e-invoicing until 29 February 2028, which only a renewal of one bought on 29 February 2024 reaches:
tests/lives/test_renewals.py plays it so, and the worked renewals that are not here.
"""

from dataclasses import dataclass

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, line


@dataclass(frozen=True)
class Example:
    """Documents for an owner of e-invoicing: when each was bought, when both expire then, and every amount."""

    name: str
    bought_on: str
    expires_on: str
    ordered_on: str
    new_expiry: str
    missing_term: tuple[int, int, int] | None
    """Months, days, and of how many days that month is."""
    extension_cents: int | None
    documents_cents: int
    documents_reason: str
    branch: str
    vat_cents: int
    total_cents: int
    extend: bool = True


EXAMPLES = (
    Example(
        "A on", "2025-06-30", "2026-06-30", "2026-01-15", "2027-01-15",
        (6, 16, 31), 1629, 2000, "FULL_PRICE", "EXTENDED", 798, 4427,
    ),
    Example(
        "B on", "2025-12-01", "2026-12-01", "2026-06-01", "2027-06-01",
        (6, 0, 30), 1500, 2000, "FULL_PRICE", "EXTENDED", 770, 4270,
    ),
    Example(
        "C on", "2025-01-16", "2026-01-16", "2026-01-15", "2027-01-15",
        (11, 30, 31), 2992, 2000, "FULL_PRICE", "EXTENDED", 1098, 6090,
    ),
    Example(
        "D", "2026-01-15", "2027-01-15", "2026-01-15", "2027-01-15",
        None, None, 2000, "ALIGNED_TO_BASE", "ALIGNED_LONG", 440, 2440,
    ),
    Example(
        "F", "2027-09-30", "2028-09-30", "2026-01-15", "2028-09-30",
        None, None, 5417, "ALIGNED_TO_BASE", "ALIGNED_LONG", 1192, 6609,
    ),
    Example(
        "A off", "2025-06-30", "2026-06-30", "2026-01-15", "2026-06-30",
        None, None, 2000, "FULL_PRICE", "ALIGNED_SHORT", 440, 2440, extend=False,
    ),
    Example(
        "G on", "2025-12-10", "2026-12-10", "2026-02-17", "2027-02-17",
        (2, 7, 28), 563, 2000, "FULL_PRICE", "EXTENDED", 564, 3127,
    ),
    Example(
        "H on", "2025-12-31", "2026-12-31", "2026-03-15", "2027-03-15",
        (2, 15, 31), 621, 2000, "FULL_PRICE", "EXTENDED", 577, 3198,
    ),
    Example(
        "I on, E = O", "2025-01-15", "2026-01-15", "2026-01-15", "2027-01-15",
        (12, 0, 31), 3000, 2000, "FULL_PRICE", "EXTENDED", 1100, 6100,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class WorkedRenewal:
    """A renewal: what was bought when, what is ordered for it, and every amount."""

    name: str
    bought: tuple[str, ...]
    bought_on: str
    ordered_on: str
    lines: tuple[Body, ...]
    net_cents: tuple[int, ...]
    vat_cents: int
    total_cents: int
    new_expiry: str


J = WorkedRenewal(
    "J", (E_INVOICING, DOCUMENTS), "2026-01-15", "2026-12-01",
    (line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 2)), (6000, 4000), 2200, 12200, "2029-01-15",
)  # fmt: skip
L = WorkedRenewal(
    "L", (E_INVOICING,), "2026-01-15", "2027-03-01",
    (line(E_INVOICING, "RENEW"), line(DOCUMENTS)), (3000, 2000), 1100, 6100, "2028-01-15",
)  # fmt: skip
