"""Does PostgreSQL give a list in pages as a whole, whatever is null, equal or of another row?"""

from datetime import UTC, date, datetime

import msgspec
import pytest

from runtime.postgres.outbox import open_pool
from runtime.postgres.reads import ProjectionReads
from runtime.postgres.rows import row_sql
from schemas.vocabulary import CreditOrigin
from services.billing.projections.credit_entries import CREDIT_ENTRIES, CreditEntry, EntryKind
from tests.integration.pages import BILLING
from tests.integration.test_commit_page import empty_database

ENTRY = CreditEntry(
    credit_id="1",
    kind=EntryKind.GRANTED,
    cause="",
    customer_id="c-1",
    entered_on=date(2026, 1, 15),
    amount_cents=100,
    origin=CreditOrigin.PAYMENT_SURPLUS,
    order_id=None,
    payment_source=None,
    payment_id=None,
    expires_on=None,
    used_credit_id=None,
    explanation="",
    entered_at=None,
)
NINE = datetime(2026, 1, 15, 9, 0, 0, 123456, tzinfo=UTC)
ENTRIES = [
    msgspec.structs.replace(ENTRY, credit_id=str(number), entered_at=at, customer_id=customer)
    for number, (at, customer) in enumerate(
        [(None, "c-1"), (NINE, "c-1"), (None, "c-1"), (NINE, "c-2"), (NINE.replace(hour=8), "c-1"), (NINE, "c-1")]
    )
]
ORDER = ("entered_at", "entered_on", "credit_id", "kind", "cause")


class TestAListInPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 5])
    async def test_has_each_row_once_in_order_null_last(self, databases: dict[str, dict[str, str]], limit: int) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        async with await open_pool(roles["app"], 1) as pool:
            sql = row_sql(CREDIT_ENTRIES)
            await pool.execute(sql.upsert, *sql.parameters(ENTRIES))
            reads = ProjectionReads(pool, BILLING)
            found, after = [], None
            while True:
                rows = await reads.rows(CREDIT_ENTRIES, {"customer_id": ["c-1"]}, ORDER, after=after, limit=limit)
                found += [row.credit_id for row in rows]
                if len(rows) < limit:
                    break
                after = [getattr(rows[-1], name) for name in ORDER]
        assert found == ["4", "1", "5", "0", "2"]
