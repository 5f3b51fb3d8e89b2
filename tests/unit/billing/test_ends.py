"""What does a customer get back of a service that ends on a day? Whole unused months, as far as paid (R29)."""

from typing import Any

import pytest

from schemas.billing import CreditGranted, InputNoted, RefundDue
from schemas.ends import ServiceEnded
from schemas.orders import OrderPlaced
from schemas.payments import MoneyDestination, RefundReason
from schemas.provisioning import ServiceTerminated
from schemas.reversals import ServiceChargesNoted
from schemas.vocabulary import Branch, CreditOrigin, PurchaseCase
from services.billing.domain.pricing import price_order
from tests.unit.billing.builders import (
    CATALOGUE,
    activated,
    bundle,
    day,
    e_invoicing_activated,
    moved,
    paid,
    placed,
    renew,
)
from tests.unit.billing.spec import Billing

TERMINATED = ServiceTerminated(
    customer_id="c-1", product="E_INVOICING", terminated_on=day("2026-05-20"), expires_on=day("2027-01-15")
)


def bought(billing: Billing, order: OrderPlaced, *extended: Any, pays: str = "p-1") -> list[Any]:
    """Price, pay and activate an order."""
    billing.given(*price_order(order, CATALOGUE, order.ordered_on))
    billing.when(paid(order_id=order.order_id, payment_id=pays))
    return billing.when(activated(*extended, order_id=order.order_id, branch=order.branch))


def owner() -> Billing:
    """E-invoicing and Documents bought together on 2026-01-15: 30.00 and nothing."""
    billing = Billing()
    bought(billing, bundle(order_id="o-0"), pays="p-0")
    return billing


def ended(product: str = "E_INVOICING", on: str = "2026-05-20", expires_on: str = "2027-01-15", **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "customer_id": "c-1",
        "product": product,
        "ended_on": day(on),
        "expires_on": day(expires_on),
        "money": MoneyDestination.TO_CREDIT,
        "why": "moves abroad",
    }
    return ServiceEnded(**(fields | changes))


def credit(billing: Billing, ending: ServiceEnded) -> int:
    (event,) = billing.when(ending)
    assert isinstance(event, CreditGranted | InputNoted)
    return event.amount_cents if isinstance(event, CreditGranted) else 0


class TestAnEndedService:
    def test_gives_its_whole_unused_months_with_vat(self) -> None:
        (event,) = owner().when(ended())
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.origin, event.order_id) == (2135, CreditOrigin.SERVICE_ENDED, "o-0")
        assert event.explanation == (
            "E_INVOICING ended on 2026-05-20, 7 unused months until 2027-01-15: 30.00 € a year × 7 / 12 = 17.50 €; "
            "with VAT 22 %: 17.50 € + 3.85 € = 21.35 €"
        )

    def test_or_is_due_by_the_payment_that_it_came_by(self) -> None:
        (event,) = owner().when(ended(money=MoneyDestination.TO_REFUND))
        assert isinstance(event, RefundDue)
        assert (event.amount_cents, event.reason, event.due_on) == (2135, RefundReason.SERVICE_ENDED, day("2026-05-20"))
        assert (event.order_id, event.payment_source, event.payment_id) == ("o-0", "bank", "p-0")

    @pytest.mark.parametrize(
        ("on", "expires_on", "cents"),
        [
            ("2026-12-15", "2027-01-15", 305),
            ("2026-12-16", "2027-01-15", 0),
            ("2027-01-15", "2027-01-15", 0),
            ("2027-03-01", "2027-01-15", 0),
            ("2026-01-15", "2027-01-15", 3660),
            ("2028-02-29", "2028-03-31", 305),
            ("2028-02-29", "2028-03-28", 0),
            ("2027-01-31", "2027-02-28", 305),
            ("2027-01-31", "2027-02-27", 0),
        ],
        ids=[
            "one month",
            "a day less",
            "the day of expiry",
            "in grace",
            "all",
            "leap day",
            "leap day, a day less",
            "month end",
            "month end, a day less",
        ],
    )
    def test_counts_whole_months(self, on: str, expires_on: str, cents: int) -> None:
        assert credit(owner(), ended(on=on, expires_on=expires_on)) == cents

    def test_a_free_first_term_gives_nothing(self) -> None:
        assert credit(owner(), ended("DOCUMENTS")) == 0

    def test_never_more_than_was_paid_for_it(self) -> None:
        assert credit(owner(), ended(on="2026-01-15", expires_on="2030-01-15")) == 3660

    def test_ended_it_is_paid_for_no_more(self) -> None:
        billing = owner()
        billing.when(e_invoicing_activated())
        assert credit(billing, ended()) == 2135
        billing.when(TERMINATED)
        assert credit(billing, ended()) == 0


class TestWhatSeveralOrdersPaidFor:
    def test_is_given_back_by_the_latest_first(self) -> None:
        billing = owner()
        renewal = placed(
            order_id="o-2",
            lines=[renew("E_INVOICING", 2)],
            branch=Branch.RENEWED,
            purchase_case=PurchaseCase.RENEWAL,
            ordered_on=day("2026-02-01"),
        )
        bought(billing, renewal, pays="p-2")
        ending = ended(on="2026-02-15", expires_on="2029-01-15", money=MoneyDestination.TO_REFUND)
        refunds = [event for event in billing.when(ending) if isinstance(event, RefundDue)]
        assert [(each.payment_id, each.amount_cents) for each in refunds] == [("p-2", 7320), ("p-0", 3355)]

    def test_an_extension_counts_less_what_was_given_back_of_it(self) -> None:
        billing = Billing()
        noted, granted = bought(billing, placed(), moved("2026-09-30"))
        assert isinstance(noted, ServiceChargesNoted)
        assert isinstance(granted, CreditGranted)
        charged = {each.product: (each.net_cents, each.gross_cents) for each in noted.charges}
        assert charged == {"DOCUMENTS": (2000, 2440), "E_INVOICING": (879, 1072)}
        assert sum(gross for _, gross in charged.values()) == 4427 - granted.amount_cents

    def test_the_shares_of_vat_add_up_to_the_total(self) -> None:
        noted, *_ = bought(Billing(), placed())
        assert isinstance(noted, ServiceChargesNoted)
        assert sum(each.gross_cents for each in noted.charges) == 4427
