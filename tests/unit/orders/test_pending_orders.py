from datetime import date

from schemas import provisioning
from schemas.orders import OrderPlaced, OrderRefused
from schemas.vocabulary import HoldReason
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    OTHER_VAT,
    VAT,
    activated,
    base_activated,
    customer,
    documents_activated,
    order,
    owner,
    payment,
    priced,
)
from tests.unit.orders.outcomes import codes, named
from tests.unit.orders.spec import Desk


class TestWhenAnOrderIsPending:
    async def test_documents_ordered_and_unpaid_is_named(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("ADDON_ORDER_PENDING", "o-1")]

    async def test_documents_settled_is_named(self) -> None:
        desk = await owner()
        for input_ in (order(DOCUMENTS), priced(), payment()):
            await desk.when(input_)
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("ADDON_ORDER_PENDING", "o-1")]

    async def test_documents_held_is_named(self) -> None:
        desk = await owner()
        for input_ in (order(DOCUMENTS), priced(), payment()):
            await desk.when(input_)
        await desk.when(
            provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
        )
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("ADDON_ORDER_PENDING", "o-1")]

    async def test_both_ordered_unpaid_says_to_cancel(self) -> None:
        desk = Desk()
        await desk.when(order(BASE, DOCUMENTS))
        (refused,) = await desk.when(order(DOCUMENTS, order_id="o-2"))
        assert isinstance(refused, OrderRefused)
        (violation,) = refused.violations
        assert (violation.code, violation.order_id) == ("ADDON_ORDER_PENDING", "o-1")
        assert "cancel that order and order both together" in violation.detail

    async def test_e_invoicing_ordered_unpaid_is_no_second_case(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        (refused,) = await desk.when(order(DOCUMENTS, order_id="o-2"))
        assert isinstance(refused, OrderRefused)
        (violation,) = refused.violations
        assert (violation.code, violation.order_id) == ("BASE_ORDER_PENDING", "o-1")
        assert "cancel that order and order both together" in violation.detail

    async def test_e_invoicing_settled_is_not_yet_active(self) -> None:
        desk = Desk()
        for input_ in (order(BASE), priced(3660), payment(3660)):
            await desk.when(input_)
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("BASE_NOT_ACTIVE", "o-1")]

    async def test_between_activation_and_its_confirmation_it_is_owned(self) -> None:
        desk = Desk()
        for input_ in (order(BASE), priced(3660), payment(3660), base_activated("2027-01-15", order_id="o-1")):
            await desk.when(input_)
        assert await codes(desk, DOCUMENTS, order_id="o-2") == []

    async def test_an_activated_order_is_not_in_the_way(self) -> None:
        desk = await owner()
        for input_ in (order(DOCUMENTS), priced(), payment(), documents_activated(order_id="o-1"), activated()):
            await desk.when(input_)
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("ADDON_ALREADY_ACTIVE", None)]

    async def test_a_second_first_purchase_is_refused_naming_the_first(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await named(desk, BASE, order_id="o-2") == [("BASE_ORDER_PENDING", "o-1")]

    async def test_an_overdue_order_is_not_in_the_way(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await codes(desk.on("2026-02-15", 0), BASE, order_id="o-2") == []
        assert desk.order("o-1").status == "EXPIRED"


class TestOneServicePerTaxIdentifier:
    async def test_of_two_orders_in_one_batch_one_wins(self) -> None:
        desk = Desk()
        first, second = await desk.take(
            desk.incoming(order(BASE)), desk.incoming(order(BASE, order_id="o-2", buyer=customer("c-2")))
        )
        assert isinstance(first.recorded[0].event, OrderPlaced)
        refused = second.recorded[0].event
        assert isinstance(refused, OrderRefused)
        assert [(each.code, each.order_id) for each in refused.violations] == [("BASE_ORDER_PENDING", "o-1")]

    async def test_it_is_free_again_when_the_order_closes(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.on("2026-02-15", 0).fire()
        assert await codes(desk, BASE, order_id="o-2", buyer=customer("c-2")) == []

    async def test_it_belongs_to_the_service_once_activated(self) -> None:
        desk = Desk()
        (placed,) = await desk.when(order(BASE))
        assert isinstance(placed, OrderPlaced)
        for input_ in (
            priced(3660),
            payment(3660),
            base_activated("2027-01-15", order_id="o-1", tax_identifier_hash=placed.tax_identifier_hash),
            activated(),
        ):
            await desk.when(input_)
        assert await codes(desk, BASE, DOCUMENTS, order_id="o-2", buyer=customer("c-2")) == ["BASE_ALREADY_OWNED"]

    async def test_it_is_free_again_when_the_service_terminates(self) -> None:
        desk = Desk()
        (placed,) = await desk.when(order(BASE))
        assert isinstance(placed, OrderPlaced)
        for input_ in (
            base_activated("2025-10-01", order_id="o-1", tax_identifier_hash=placed.tax_identifier_hash),
            provisioning.ServiceTerminated(
                customer_id="c-1", product=BASE, terminated_on=date(2026, 1, 1), expires_on=date(2025, 10, 1)
            ),
        ):
            await desk.when(input_)
        assert await codes(desk, BASE, order_id="o-2", buyer=customer("c-2")) == []

    async def test_another_identifier_is_another_service(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await codes(desk, BASE, order_id="o-2", buyer=customer("c-2", vat_number=OTHER_VAT)) == []

    async def test_a_vat_number_and_the_same_tax_code_are_one_identifier(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        buyer = customer("c-2", vat_number=None, tax_code=VAT)
        assert await codes(desk, BASE, order_id="o-2", buyer=buyer) == ["BASE_ORDER_PENDING"]
