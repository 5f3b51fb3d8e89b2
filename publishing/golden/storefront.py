"""What does a storefront write, and what is it told when refused? Example A: Documents bought, extension on."""

from publishing.example import IntakeExample, instant
from schemas.rejections import RecordRejected
from schemas.storefront import (
    Address,
    Customer,
    Line,
    OrderCancellationRequested,
    OrderSubmitted,
    PaymentChargedBack,
    PaymentReceived,
)
from schemas.vocabulary import BuyerKind, Channel, PaymentMethod

EXAMPLES = (
    IntakeExample(
        OrderSubmitted(
            order_id="o-1",
            storefront="pec.it",
            channel=Channel.CUSTOMER_AREA,
            customer=Customer(
                customer_id="c-1",
                kind=BuyerKind.LEGAL_PERSON,
                name="Rossi Srl",
                email="a@rossi.example",
                vat_number="12345670017",
                address=Address(
                    street="Via Roma", number="12", postal_code="20121", city="Milano", province="MI", country="IT"
                ),
                recipient_code="M5UXCR1",
                certified_email="rossi@pec.rossi.example",
            ),
            lines=[Line(product="DOCUMENTS")],
            extend_active_services=True,
            expected_total_cents=4427,
            submitted_at=instant("2026-01-15T09:00:00Z"),
        ),
        OrderSubmitted.EVENT_TYPE,
        customer_id="c-1",
        id="cart-20260115-0001",
        source="/storefronts/pec.it",
        at=instant("2026-01-15T09:00:00Z"),
    ),
    IntakeExample(
        PaymentReceived(
            order_id="o-1",
            customer_id="c-1",
            payment_source="bank",
            payment_id="p-1",
            amount_cents=4427,
            currency="EUR",
            method=PaymentMethod.BANK_TRANSFER,
            received_at=instant("2026-01-15T10:00:00Z"),
        ),
        PaymentReceived.EVENT_TYPE,
        customer_id="c-1",
        id="transfer-20260115-0001",
        source="/storefronts/pec.it",
        at=instant("2026-01-15T10:00:00Z"),
    ),
    IntakeExample(
        OrderCancellationRequested(order_id="o-3", customer_id="c-1"),
        OrderCancellationRequested.EVENT_TYPE,
        customer_id="c-1",
        id="cancellation-20260120-0001",
        source="/storefronts/pec.it",
        at=instant("2026-01-20T08:30:00Z"),
    ),
    IntakeExample(
        PaymentChargedBack(
            payment_source="bank",
            payment_id="p-1",
            order_id="o-1",
            customer_id="c-1",
            amount_cents=4427,
            chargeback_id="case-7",
            why="The customer's bank took it back.",
        ),
        PaymentChargedBack.EVENT_TYPE,
        customer_id="c-1",
        id="chargeback-20260301-0001",
        source="/storefronts/pec.it",
        at=instant("2026-03-01T09:00:00Z"),
    ),
)
REJECTED = (
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
"""What a refused record looks like, as it is told: a cart with a field that there is not."""
