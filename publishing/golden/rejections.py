"""What does a refused record look like, as it is told? A cart with a field that there is not."""

from publishing.example import instant
from schemas.rejections import RecordRejected

EXAMPLES = (
    RecordRejected(
        topic="storefront.intake",
        partition=3,
        offset=1712,
        event_id="o-1",
        order_id="o-1",
        storefront="pec.it",
        code="SCHEMA_VIOLATION",
        detail="discount: Extra inputs are not permitted",
        rejected_at=instant("2026-01-15T09:00:00.250000Z"),
    ),
)
