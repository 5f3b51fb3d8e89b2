"""What does a record of each type look like? Literal values: worked example A for customer c-1, case 1 for c-2."""

from publishing.example import intake_record_of, record_of, rejection_record_of
from publishing.golden import (
    automatic_renewals,
    billing,
    notifications,
    orders,
    payments,
    provisioning,
    storefront,
    undone,
    ways_out,
)

OURS = (
    *orders.EXAMPLES,
    *payments.EXAMPLES,
    *automatic_renewals.EXAMPLES,
    *billing.EXAMPLES,
    *provisioning.EXAMPLES,
    *notifications.EXAMPLES,
    *provisioning.HANDED_OVER,
    *ways_out.EXAMPLES,
    *undone.EXAMPLES,
)


def golden_records() -> dict[str, str]:
    """Write the example of every type, by type."""
    records = {example.event_type: intake_record_of(example) for example in storefront.EXAMPLES}
    records.update({example.event.EVENT_TYPE: record_of(example) for example in OURS})
    records.update({told.EVENT_TYPE: rejection_record_of(told) for told in storefront.REJECTED})
    return records
