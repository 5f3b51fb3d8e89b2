"""What does billing write? Example A's price explained, and a customer's credit."""

from datetime import date

from publishing.example import Example, instant
from publishing.golden.orders import PRICED_DOCUMENTS, PRICED_EXTENSION
from schemas.billing import (
    CreditExpired,
    CreditGranted,
    CreditRefunded,
    ExtensionComputed,
    InputDiscarded,
    InputNoted,
    OrderPriced,
    PaymentNoted,
    PricingRefused,
    ServiceNoted,
)
from schemas.superseded import PricingRefusedV1
from schemas.terms import MissingTerm
from schemas.vocabulary import (
    BuyerKind,
    CreditOrigin,
    PricingRefusal,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
    ServiceStatus,
)

CREDIT_ID = "9b2d3c5e-1f70-5a3b-8c1d-7e6f5a4b3c2d"

EXAMPLES = (
    Example(
        ExtensionComputed(
            customer_id="c-1",
            order_id="o-1",
            product="E_INVOICING",
            previous_expiry=date(2026, 6, 30),
            new_expiry=date(2027, 1, 15),
            missing_term=MissingTerm(months=6, days=16, days_in_month=31),
            method=ProrationMethod.MONTH_FRACTION,
            annual_cents=3000,
            net_cents=1629,
            explanation="30.00 € a year × (6 + 16/31) / 12 = 16.29 €",
        ),
        at=instant("2026-01-15T09:00:00.520044Z"),
        sequence=2,
        cause="orders.OrderPlaced:o-1",
        cause_sequence=2,
        last=False,
    ),
    Example(
        OrderPriced(
            customer_id="c-1",
            order_id="o-1",
            storefront="pec.it",
            purchase_case=PurchaseCase.ADD_ON_TO_OWNED,
            lines=[PRICED_DOCUMENTS],
            extensions=[PRICED_EXTENSION],
            net_cents=3629,
            vat_percent=22,
            vat_cents=798,
            total_cents=4427,
            priced_on=date(2026, 1, 15),
            catalogue_version="2026-01",
        ),
        at=instant("2026-01-15T09:00:00.520044Z"),
        sequence=3,
        cause="orders.OrderPlaced:o-1",
        cause_sequence=2,
    ),
    Example(
        PricingRefusedV1(
            customer_id="c-1",
            order_id="o-6",
            detail="Documents for an owner, but the order shows no e-invoicing service.",
        ),
        at=instant("2026-02-01T10:20:00.000841Z"),
        sequence=8,
        cause="orders.OrderPlaced:o-6",
        cause_sequence=19,
    ),
    Example(
        PricingRefused(
            customer_id="c-1",
            order_id="o-6",
            reason=PricingRefusal.BASE_MISSING,
            detail="Documents needs e-invoicing, in the same order or active",
        ),
        at=instant("2026-02-01T10:20:00.000841Z"),
        sequence=8,
        cause="orders.OrderPlaced:o-6",
        cause_sequence=19,
    ),
    Example(
        CreditGranted(
            customer_id="c-1",
            order_id="o-1",
            credit_id=CREDIT_ID,
            amount_cents=200,
            granted_on=date(2026, 1, 16),
            expires_on=date(2027, 1, 16),
            origin=CreditOrigin.PAYMENT_SURPLUS,
            payment_source="bank",
            payment_id="p-2",
            explanation="Payment bank p-2 was more than order o-1 still owed: 2.00 € of 2.00 €",
            entered_at=instant("2026-01-16T11:00:00.300Z"),
        ),
        at=instant("2026-01-16T11:00:00.300018Z"),
        sequence=6,
        cause="orders.PaymentRegistered:bank:p-2",
        cause_sequence=11,
    ),
    Example(
        CreditExpired(
            customer_id="c-1",
            order_id="o-1",
            credit_id=CREDIT_ID,
            amount_cents=200,
            expired_on=date(2027, 1, 17),
            origin=CreditOrigin.PAYMENT_SURPLUS,
            explanation="2.00 € could be claimed through 2027-01-16",
            entered_at=instant("2027-01-16T23:00:00.117Z"),
        ),
        at=instant("2027-01-16T23:00:00.117300Z"),
        sequence=12,
        cause="billing.credit_expiry",
    ),
    Example(
        CreditRefunded(
            customer_id="c-1",
            order_id="o-1",
            credit_id=CREDIT_ID,
            amount_cents=200,
            refunded_on=date(2026, 3, 2),
            origin=CreditOrigin.PAYMENT_SURPLUS,
            explanation="2.00 € paid back: by bank transfer, asked for by the customer",
            entered_at=instant("2026-03-02T15:10:00.000Z"),
        ),
        at=instant("2026-03-02T15:10:00.000000Z"),
        sequence=9,
        cause="billing.RefundCredit",
    ),
    Example(
        PaymentNoted(
            customer_id="c-1",
            order_id="o-1",
            payment_source="bank",
            payment_id="p-1",
            amount_cents=4427,
        ),
        at=instant("2026-01-15T10:00:00.411209Z"),
        sequence=4,
        cause="orders.PaymentRegistered:bank:p-1",
        cause_sequence=5,
    ),
    Example(
        ServiceNoted(
            customer_id="c-1",
            order_id="o-1",
            product="E_INVOICING",
            kind=ProductKind.BASE,
            family="E_INVOICING",
            status=ServiceStatus.ACTIVE,
            expires_on=date(2027, 1, 15),
            anchor_on=date(2027, 1, 15),
            buyer_kind=BuyerKind.LEGAL_PERSON,
        ),
        at=instant("2026-01-15T10:00:01.203998Z"),
        sequence=5,
        cause="provisioning.ExpiryAligned:o-1",
        cause_sequence=3,
    ),
    Example(
        InputNoted(
            customer_id="c-1",
            order_id="o-1",
            input_type="orders.OrderExpired.v1",
            note="nothing had been paid",
        ),
        at=instant("2026-02-14T23:00:01.000212Z"),
        sequence=7,
        cause="orders.OrderExpired:o-1",
        cause_sequence=17,
    ),
    Example(
        InputDiscarded(
            customer_id="c-1",
            input_type="orders.OrderPlaced.v1",
            input_id="0c1e6f4c-3d27-5b0e-9a55-6b8b9d0a7f43",
            why="An order of a storefront's load test.",
        ),
        at=instant("2026-01-21T14:06:00.000000Z"),
        sequence=8,
        cause="billing.DiscardInput",
    ),
)
