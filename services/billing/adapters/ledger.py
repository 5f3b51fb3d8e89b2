"""What does a customer see of their credit? Every entry with what it comes from, what is left, what expires next."""

from collections.abc import Mapping

from runtime.edge import Edge
from runtime.web import Page
from services.billing.adapters.bodies import CreditAnswer, CreditEntryAnswer, CreditSource
from services.billing.projections.credit_entries import CREDIT_ENTRIES, CreditEntry, EntryKind, standing

FIRST_PAGE = Page()
_ORDER = ("entered_at", "entered_on", "credit_id", "kind", "cause")
_BEGINS = (EntryKind.GRANTED, EntryKind.RETURNED)
_ABOUT_AN_ORDER = (EntryKind.USED, EntryKind.RETURNED)


async def ledger(edge: Edge, customer_id: str, page: Page = FIRST_PAGE) -> CreditAnswer:
    """Read a customer's balance and a page of their ledger, as it was entered; without entries the balance is 0."""
    where = {"customer_id": customer_id}
    rows = await edge.rows(CREDIT_ENTRIES, where, _ORDER)
    shown, on = await page.of(edge, CREDIT_ENTRIES, where, _ORDER)
    left = standing(rows)
    begins = {row.credit_id: row for row in rows if row.kind in _BEGINS}
    stands = [row.expires_on for name, row in begins.items() if left[name] and row.expires_on is not None]
    return CreditAnswer(
        balance_cents=sum(left.values()),
        expires_next_on=min(stands, default=None),
        entries=[_entry(row, _granted(row, begins)) for row in shown],
        next=on,
    )


def _granted(row: CreditEntry, begins: Mapping[str, CreditEntry]) -> CreditEntry:
    """Go back to the grant that an entry's credit comes from."""
    begun = begins.get(row.credit_id, row)
    while begun.used_credit_id is not None:
        begun = begins[begun.used_credit_id]
    return begun


def _entry(row: CreditEntry, granted: CreditEntry) -> CreditEntryAnswer:
    origin = CreditSource(
        reason=granted.origin,
        order_id=granted.order_id,
        payment_source=granted.payment_source,
        payment_id=granted.payment_id,
    )
    return CreditEntryAnswer(
        kind=row.kind,
        amount_cents=row.amount_cents,
        on=row.entered_on,
        origin=origin,
        explanation=row.explanation,
        credit_id=row.credit_id,
        order_id=row.order_id if row.kind in _ABOUT_AN_ORDER else None,
        expires_on=row.expires_on,
    )
