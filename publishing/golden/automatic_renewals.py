"""What do the records of a renewal that places itself look like? Customer c-1 renews both for a year."""

from datetime import date

from publishing.example import Example, instant
from schemas.automatic_renewals import (
    AutomaticRenewalFailed,
    AutomaticRenewalScheduled,
    AutomaticRenewalSet,
    AutomaticRenewalSkipped,
    PaymentRequested,
)
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE

ORDER = "renewal-6f0c4a3e-6a0e-5a55-9f3e-0d0c53a1f1b2"
EXPIRY = date(2027, 1, 15)

EXAMPLES = (
    Example(
        AutomaticRenewalSet(
            customer_id="c-1",
            product=EXAMPLE_BASE,
            enabled=True,
            years=1,
            add_ons=[EXAMPLE_ADD_ON],
            storefront="pec.it",
        ),
        at=instant("2026-02-01T10:00:00.120000Z"),
        sequence=30,
        cause="orders.SetAutomaticRenewal",
    ),
    Example(
        AutomaticRenewalScheduled(
            customer_id="c-1", product=EXAMPLE_BASE, expires_on=EXPIRY, due_at=instant("2027-01-08T08:00:00.000000Z")
        ),
        at=instant("2026-02-01T10:00:00.120000Z"),
        sequence=31,
        cause="orders.SetAutomaticRenewal",
    ),
    Example(
        AutomaticRenewalSkipped(customer_id="c-1", product=EXAMPLE_BASE, why="the order o-7 renews it already"),
        at=instant("2027-01-08T08:00:00.200000Z"),
        sequence=40,
        cause="orders.automatic_renewal",
    ),
    Example(
        PaymentRequested(customer_id="c-1", order_id=ORDER, amount_cents=6100, payable_until=date(2027, 4, 15)),
        at=instant("2027-01-08T08:00:00.900000Z"),
        sequence=43,
        cause=f"billing.OrderPriced:{ORDER}",
        cause_sequence=20,
    ),
    Example(
        AutomaticRenewalFailed(customer_id="c-1", order_id=ORDER, product=EXAMPLE_BASE),
        at=instant("2027-01-15T23:00:00.300000Z"),
        sequence=44,
        cause="orders.automatic_renewal",
    ),
)
