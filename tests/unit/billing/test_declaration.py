"""Does billing hang together? Its inputs, its folds, its rows."""

from datetime import UTC, datetime

import pytest

from runtime.service import Decided
from runtime.wire.codec import encode_state
from schemas.billing import ExtensionComputed, InputNoted, OrderPriced, PricingRefused, ServiceNoted
from schemas.ends import ResumptionReason, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.payments import RefundReported
from schemas.provisioning import ExpiryAligned, ServiceCancelled, ServiceEnteredGrace, ServiceTerminated
from schemas.refusal import Refusal
from schemas.topics import BILLING_EVENTS, EVENTS, TOPIC_OF
from schemas.vocabulary import (
    BuyerKind,
    ExpiryReason,
    LineAction,
    PaymentResolution,
    PriceReason,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
    ServiceStatus,
)
from services.billing.domain.charges import ChargedExtension, ChargedLine, ChargedTerm
from services.billing.projections.charges import Charges
from services.billing.projections.services import OwnedRow
from tests.unit.billing.builders import (
    activated,
    cancelled,
    day,
    documents_activated,
    e_invoicing_activated,
    expired,
    granted,
    paid,
    placed,
    resolved,
)
from tests.unit.billing.spec import BILLING, Billing
from tests.unit.billing.test_chargebacks import charged_back, won
from tests.unit.billing.test_ends import ended

SUSPENDED = ServiceSuspended(
    customer_id="c-1",
    order_id="o-0",
    product="E_INVOICING",
    suspended_on=day("2026-03-01"),
    expires_on=day("2026-06-30"),
    reason=SuspensionReason.CHARGEBACK,
)
RESUMED = ServiceResumed(
    customer_id="c-1",
    order_id="o-0",
    product="E_INVOICING",
    resumed_on=day("2026-04-01"),
    expires_on=day("2026-06-30"),
    status=ServiceStatus.ACTIVE,
    reason=ResumptionReason.CHARGEBACK_WON,
)


def aligned(reason: ExpiryReason = ExpiryReason.EXTENSION, new_expiry: str = "2027-01-15") -> ExpiryAligned:
    return ExpiryAligned(
        customer_id="c-1",
        order_id="o-1",
        product="E_INVOICING",
        previous_expiry=day("2026-06-30"),
        new_expiry=day(new_expiry),
        anchor_on=day(new_expiry),
        months=0,
        reason=reason,
    )


GRACE = ServiceEnteredGrace(
    customer_id="c-1", product="E_INVOICING", expires_on=day("2026-06-30"), grace_until=day("2026-09-28")
)
TERMINATED = ServiceTerminated(
    customer_id="c-1", product="E_INVOICING", terminated_on=day("2026-09-29"), expires_on=day("2026-06-30")
)
CANCELLED = ServiceCancelled(
    customer_id="c-1",
    product="E_INVOICING",
    cancelled_on=day("2026-02-01"),
    lapses_on=day("2026-06-30"),
    status=ServiceStatus.ACTIVE,
)


class TestAnOrder:
    def test_placed_is_priced_at_once(self) -> None:
        events = Billing(now=datetime(2026, 1, 15, 23, 30, tzinfo=UTC)).when(placed())
        assert [type(event) for event in events] == [ExtensionComputed, OrderPriced]
        assert events[1].model_dump()["priced_on"] == day("2026-01-16")

    def test_twice_the_same_input_says_the_same(self) -> None:
        billing = Billing()
        before = [event.model_dump_json() for event in billing.when(placed())]
        assert [event.model_dump_json() for event in billing.when(placed())] == before

    def test_without_a_base_is_refused_and_leaves_no_charges(self) -> None:
        billing = Billing()
        assert [type(event) for event in billing.when(placed(owned=[]))] == [PricingRefused]
        assert billing.table("charges") == []

    def test_of_an_unknown_catalogue_waits_for_an_operator(self) -> None:
        outcome = Billing().outcome(placed(catalogue_version="2099-01"))
        assert isinstance(outcome, Refusal)
        assert outcome.code == "CATALOGUE_UNKNOWN"

    def test_leaves_a_row_that_explains_it(self) -> None:
        billing = Billing()
        billing.when(placed())
        assert billing.table("charges") == [
            Charges(
                order_id="o-1",
                customer_id="c-1",
                storefront="pec.it",
                purchase_case=PurchaseCase.ADD_ON_TO_OWNED,
                priced_on=day("2026-01-15"),
                catalogue_version="2026-01",
                lines=(
                    ChargedLine(
                        "DOCUMENTS",
                        LineAction.ACTIVATE,
                        1,
                        2000,
                        2000,
                        PriceReason.FULL_PRICE,
                        "20.00 € a year × 1 = 20.00 €",
                    ),
                ),
                extensions=(
                    ChargedExtension(
                        "E_INVOICING",
                        day("2026-06-30"),
                        day("2027-01-15"),
                        ChargedTerm(6, 16, 31),
                        ProrationMethod.MONTH_FRACTION,
                        3000,
                        1629,
                        "30.00 € a year × (6 + 16/31) / 12 = 16.29 €",
                    ),
                ),
                net_cents=3629,
                vat_percent=22,
                vat_cents=798,
                total_cents=4427,
                credit_cents=0,
            )
        ]


class TestAServiceAsProvisioningTellsOfIt:
    def test_first_activated_then_extended_with_documents_beside_it(self) -> None:
        billing = Billing()
        billing.when(e_invoicing_activated())
        billing.when(aligned())
        billing.when(documents_activated())
        assert billing.table("services") == [
            OwnedRow(
                "c-1",
                "E_INVOICING",
                ProductKind.BASE,
                "E_INVOICING",
                ServiceStatus.ACTIVE,
                day("2027-01-15"),
                day("2027-01-15"),
                BuyerKind.LEGAL_PERSON,
            ),
            OwnedRow(
                "c-1",
                "DOCUMENTS",
                ProductKind.ADD_ON,
                "E_INVOICING",
                ServiceStatus.ACTIVE,
                day("2027-01-15"),
                day("2027-01-15"),
                BuyerKind.LEGAL_PERSON,
            ),
        ]

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            (GRACE, ServiceStatus.GRACE),
            (TERMINATED, ServiceStatus.TERMINATED),
            (CANCELLED, ServiceStatus.ACTIVE),
            (SUSPENDED, ServiceStatus.SUSPENDED),
            (RESUMED, ServiceStatus.ACTIVE),
        ],
        ids=["grace", "terminated", "cancelled", "suspended", "resumed"],
    )
    def test_its_end_is_noted_and_its_anchor_kept(self, change: ServiceEnteredGrace, status: ServiceStatus) -> None:
        billing = Billing()
        billing.when(e_invoicing_activated())
        (event,) = billing.when(change)
        assert isinstance(event, ServiceNoted)
        assert (event.status, event.expires_on) == (status, day("2026-06-30"))
        assert (event.anchor_on, event.buyer_kind) == (day("2025-06-30"), BuyerKind.LEGAL_PERSON)

    def test_a_renewal_ends_grace(self) -> None:
        billing = Billing()
        for change in (e_invoicing_activated(), GRACE, aligned(ExpiryReason.RENEWAL, "2027-06-30")):
            billing.when(change)
        assert billing.table("services")[0].status is ServiceStatus.ACTIVE

    def test_grace_does_not_lift_a_suspension(self) -> None:
        billing = Billing()
        for change in (e_invoicing_activated(), SUSPENDED, GRACE):
            billing.when(change)
        assert billing.table("services")[0].status is ServiceStatus.SUSPENDED

    def test_a_new_expiry_does_not_lift_a_suspension(self) -> None:
        suspended = ServiceNoted(
            customer_id="c-1",
            product="E_INVOICING",
            kind=ProductKind.BASE,
            family="E_INVOICING",
            status=ServiceStatus.SUSPENDED,
            expires_on=day("2026-06-30"),
        )
        billing = Billing().given(suspended)
        billing.when(aligned())
        assert billing.table("services")[0].status is ServiceStatus.SUSPENDED

    @pytest.mark.parametrize("change", [aligned(), GRACE, TERMINATED, CANCELLED])
    def test_a_change_of_a_service_that_was_never_activated_makes_none(self, change: ServiceTerminated) -> None:
        billing = Billing()
        (event,) = billing.when(change)
        assert isinstance(event, InputNoted)
        assert billing.table("services") == []


class TestTheDeclaration:
    def test_every_consumed_event_leaves_an_own_event_of_its_account(self) -> None:
        inputs = [
            placed(),
            paid(),
            resolved(PaymentResolution.REFUND),
            RefundReported(customer_id="c-1", refund_id="r-1", paid_on=day("2026-01-20")),
            cancelled(),
            expired(),
            activated(),
            e_invoicing_activated(),
            aligned(),
            GRACE,
            TERMINATED,
            CANCELLED,
            SUSPENDED,
            RESUMED,
            ended(),
            charged_back(4427, 0),
            won(4427, 0),
        ]
        assert {data.EVENT_TYPE for data in inputs} == {name for name in BILLING.consumed if name in TOPIC_OF}
        for data in inputs:
            outcome = Billing().outcome(data)
            assert isinstance(outcome, Decided)
            assert outcome.events
            assert all(type(event) in EVENTS[BILLING_EVENTS] for event in outcome.events)
            assert all(event.customer_id == "c-1" for event in outcome.events)

    def test_other_types_are_ignored_whole(self) -> None:
        assert "orders.OrderSettled.v1" not in BILLING.consumed

    def test_a_state_reads_back_as_it_was_written(self) -> None:
        billing = Billing()
        billing.when(e_invoicing_activated())
        billing.given(granted())
        before = encode_state(billing.state)
        assert encode_state(billing.given().state) == before

    def test_a_price_leaves_the_state_as_it_was(self) -> None:
        billing = Billing()
        billing.when(placed())
        assert billing.state == BILLING.initial()

    def test_every_row_names_its_columns_in_the_table_order(self) -> None:
        for projection in BILLING.projections:
            lines = [line.strip() for line in projection.ddl.splitlines() if line.startswith("    ")]
            columns = tuple(line.split()[0] for line in lines if not line.startswith(("PRIMARY", "UNIQUE")))
            assert columns == projection.columns
