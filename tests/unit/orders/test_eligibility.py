from datetime import date
from typing import get_args

import pytest

from schemas import provisioning
from schemas.storefront import Customer, FilledChannel, Line
from schemas.vocabulary import BuyerKind, Channel, LineAction, Product, ServiceStatus
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    OTHER_VAT,
    RECEIVE_ONLY,
    TAX_CODE,
    VAT,
    customer,
    documents_activated,
    owner,
)
from tests.unit.orders.outcomes import codes, named
from tests.unit.orders.spec import Desk


async def buyer_codes(buyer: Customer, *products: Product) -> list[str]:
    return await codes(Desk(), *(products or (BASE,)), buyer=buyer)


class TestWhenNothingIsOwned:
    async def test_both_together_on_the_site_is_fine(self) -> None:
        assert await codes(Desk(), BASE, DOCUMENTS) == []

    async def test_e_invoicing_alone_is_fine(self) -> None:
        assert await codes(Desk(), BASE) == []

    async def test_receive_only_alone_is_fine(self) -> None:
        assert await codes(Desk(), RECEIVE_ONLY) == []

    async def test_documents_alone_needs_its_base(self) -> None:
        assert await codes(Desk(), DOCUMENTS) == ["BASE_REQUIRED"]

    async def test_documents_with_receive_only_is_refused(self) -> None:
        assert await codes(Desk(), RECEIVE_ONLY, DOCUMENTS) == ["BASE_RECEIVE_ONLY"]

    async def test_an_empty_cart_is_refused(self) -> None:
        assert await codes(Desk()) == ["EMPTY_CART"]

    async def test_one_product_twice_is_refused(self) -> None:
        assert await codes(Desk(), BASE, BASE) == ["DUPLICATE_LINE"]

    async def test_both_variants_are_refused(self) -> None:
        assert await codes(Desk(), BASE, RECEIVE_ONLY) == ["DUPLICATE_LINE"]

    @pytest.mark.parametrize("channel", [Channel.CUSTOMER_AREA, Channel.PANEL])
    async def test_a_first_purchase_is_for_the_site(self, channel: Channel) -> None:
        assert await codes(Desk(), BASE, DOCUMENTS, channel=channel) == ["CHANNEL_NOT_ALLOWED"]

    async def test_a_renewal_has_nothing_to_renew(self) -> None:
        lines = [Line(product=BASE, action=LineAction.RENEW, years=2)]
        assert await codes(Desk(), lines=lines) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_every_violation_is_told_at_once(self) -> None:
        buyer = customer(kind=BuyerKind.ACCOUNTANT, vat_number="123", tax_code="ABC")
        assert await codes(Desk(), DOCUMENTS, DOCUMENTS, buyer=buyer) == [
            "ACCOUNTANT_USER",
            "BASE_REQUIRED",
            "DUPLICATE_LINE",
            "TAX_CODE_INVALID",
            "VAT_NUMBER_INVALID",
        ]


class TestBuyers:
    @pytest.mark.parametrize("typed", [VAT, f"IT{VAT}", "it 123 4567 0017", "12345670017 "])
    async def test_a_vat_number_may_be_typed_in_many_ways(self, typed: str) -> None:
        assert await buyer_codes(customer(vat_number=typed)) == []

    @pytest.mark.parametrize("typed", ["12345670018", "1234567001", "DE123456789", "00000000000", "ITIT12345670017"])
    async def test_a_malformed_vat_number_is_refused(self, typed: str) -> None:
        assert await buyer_codes(customer(vat_number=typed)) == ["VAT_NUMBER_INVALID"]

    async def test_a_legal_person_may_have_a_tax_code_alone(self) -> None:
        assert await buyer_codes(customer(vat_number=None, tax_code=OTHER_VAT)) == []

    async def test_a_legal_person_has_no_tax_code_of_a_person(self) -> None:
        assert await buyer_codes(customer(vat_number=None, tax_code=TAX_CODE)) == ["TAX_CODE_INVALID"]
        assert await buyer_codes(customer(tax_code=TAX_CODE)) == ["TAX_CODE_INVALID"]

    async def test_a_tax_code_with_a_leading_it_is_tidied(self) -> None:
        assert await buyer_codes(customer(vat_number=None, tax_code=f"IT{OTHER_VAT}")) == []

    @pytest.mark.parametrize("typed", ["RCCMNL83S18D969X", "RCCMNL83S18", "00743110158"])
    async def test_a_malformed_tax_code_is_refused(self, typed: str) -> None:
        assert await buyer_codes(customer(vat_number=None, tax_code=typed)) == ["TAX_CODE_INVALID"]

    @pytest.mark.parametrize("blank", [None, "", "  "])
    async def test_a_legal_person_without_any_identifier_is_not_eligible(self, blank: str | None) -> None:
        assert await buyer_codes(customer(vat_number=blank, tax_code=blank)) == ["BUYER_NOT_ELIGIBLE"]

    async def test_a_foreign_citizenship_says_nothing_about_a_legal_person(self) -> None:
        assert await buyer_codes(customer(citizenship="FR")) == []

    async def test_an_italian_vat_holder_is_fine(self) -> None:
        assert await buyer_codes(customer(kind=BuyerKind.VAT_HOLDER, tax_code=TAX_CODE), BASE, DOCUMENTS) == []

    async def test_a_vat_holder_needs_a_vat_number(self) -> None:
        buyer = customer(kind=BuyerKind.VAT_HOLDER, vat_number=None, tax_code=TAX_CODE)
        assert await buyer_codes(buyer) == ["BUYER_NOT_ELIGIBLE"]

    async def test_a_vat_holder_of_other_citizenship_is_not_eligible(self) -> None:
        assert await buyer_codes(customer(kind=BuyerKind.VAT_HOLDER, citizenship="FR")) == ["BUYER_NOT_ELIGIBLE"]

    async def test_two_reasons_are_one_violation(self) -> None:
        buyer = customer(kind=BuyerKind.VAT_HOLDER, vat_number=None, tax_code=TAX_CODE, citizenship="FR")
        assert await buyer_codes(buyer) == ["BUYER_NOT_ELIGIBLE"]

    @pytest.mark.parametrize("kind", [BuyerKind.PRIVATE_PERSON, BuyerKind.PUBLIC_ADMINISTRATION])
    async def test_private_persons_and_administrations_are_not_sold_to(self, kind: BuyerKind) -> None:
        assert await buyer_codes(customer(kind=kind)) == ["BUYER_NOT_ELIGIBLE"]

    async def test_an_accountant_can_have_e_invoicing(self) -> None:
        assert await buyer_codes(customer(kind=BuyerKind.ACCOUNTANT)) == []

    async def test_an_accountant_is_judged_as_a_vat_holder(self) -> None:
        assert await buyer_codes(customer(kind=BuyerKind.ACCOUNTANT, citizenship="FR")) == ["BUYER_NOT_ELIGIBLE"]

    async def test_an_accountant_can_t_have_documents(self) -> None:
        assert await buyer_codes(customer(kind=BuyerKind.ACCOUNTANT), BASE, DOCUMENTS) == ["ACCOUNTANT_USER"]

    async def test_the_kind_recorded_on_the_service_counts_too(self) -> None:
        desk = await owner(kind=BuyerKind.ACCOUNTANT)
        assert await codes(desk, DOCUMENTS) == ["ACCOUNTANT_USER"]


class TestWhenEInvoicingIsOwned:
    @pytest.mark.parametrize("channel", get_args(FilledChannel))
    async def test_documents_is_sold_on_every_channel(self, channel: Channel) -> None:
        assert await codes(await owner(), DOCUMENTS, channel=channel) == []

    async def test_both_products_are_refused(self) -> None:
        assert await codes(await owner(), BASE, DOCUMENTS) == ["BASE_ALREADY_OWNED"]

    async def test_both_products_are_refused_for_documents_too_where_it_is_owned(self) -> None:
        desk = await owner()
        await desk.when(documents_activated())
        assert await codes(desk, BASE, DOCUMENTS) == ["ADDON_ALREADY_ACTIVE", "BASE_ALREADY_OWNED"]

    async def test_documents_can_t_be_bought_twice(self) -> None:
        desk = await owner()
        await desk.when(documents_activated())
        assert await codes(desk, DOCUMENTS) == ["ADDON_ALREADY_ACTIVE"]

    async def test_the_last_day_still_counts(self) -> None:
        assert await codes((await owner()).on("2026-06-30", 23), DOCUMENTS) == []

    async def test_the_day_after_it_is_in_grace_before_any_timer_said_so(self) -> None:
        assert await codes((await owner()).on("2026-07-01", 0), DOCUMENTS) == ["BASE_NOT_ACTIVE"]

    async def test_the_last_day_of_grace_is_not_active(self) -> None:
        assert await codes((await owner()).on("2026-09-28"), DOCUMENTS) == ["BASE_NOT_ACTIVE"]

    async def test_after_the_grace_nothing_is_owned(self) -> None:
        assert await codes((await owner()).on("2026-09-29"), DOCUMENTS) == ["BASE_REQUIRED"]

    async def test_in_grace_as_provisioning_says(self) -> None:
        desk = await owner()
        grace = provisioning.ServiceEnteredGrace(
            customer_id="c-1", product=BASE, expires_on=date(2026, 6, 30), grace_until=date(2026, 9, 28)
        )
        await desk.when(grace)
        assert await codes(desk, DOCUMENTS) == ["BASE_NOT_ACTIVE"]

    async def test_suspended_is_not_active(self) -> None:
        desk = await owner()
        suspended = provisioning.ServiceCancelled(
            customer_id="c-1",
            product=BASE,
            cancelled_on=date(2026, 1, 15),
            lapses_on=date(2026, 6, 30),
            status=ServiceStatus.SUSPENDED,
        )
        await desk.when(suspended)
        assert await codes(desk, DOCUMENTS) == ["BASE_NOT_ACTIVE"]

    async def test_terminated_is_as_if_never_owned(self) -> None:
        desk = await owner()
        await desk.when(
            provisioning.ServiceTerminated(
                customer_id="c-1", product=BASE, terminated_on=date(2026, 1, 15), expires_on=date(2025, 10, 1)
            )
        )
        assert await codes(desk, DOCUMENTS) == ["BASE_REQUIRED"]
        assert await codes(desk, BASE, order_id="o-2") == []

    async def test_owned_by_another_customer_is_not_owned(self) -> None:
        assert await codes(await owner(), DOCUMENTS, buyer=customer("c-2")) == ["BASE_REQUIRED"]

    @pytest.mark.parametrize("day", ["2026-01-15", "2026-07-15"])
    async def test_receive_only_has_no_documents_even_in_grace(self, day: str) -> None:
        desk = (await owner(variant=RECEIVE_ONLY)).on(day)
        assert await codes(desk, DOCUMENTS) == ["BASE_RECEIVE_ONLY"]

    async def test_receive_only_is_not_upgraded_in_place(self) -> None:
        assert await codes(await owner(variant=RECEIVE_ONLY), BASE, DOCUMENTS) == ["BASE_ALREADY_OWNED"]


class TestAnAccountIsOneFirm:
    @pytest.mark.parametrize("products", [(DOCUMENTS,), (BASE,), (BASE, DOCUMENTS)], ids=["add-on", "base", "both"])
    async def test_an_order_under_another_identifier_is_refused(self, products: tuple[Product, ...]) -> None:
        buyer = customer(vat_number=OTHER_VAT)
        assert await named(await owner(), *products, buyer=buyer) == [("TAX_IDENTIFIER_DIFFERS", None)]

    async def test_an_open_order_is_named(self) -> None:
        desk = Desk()
        assert await codes(desk, BASE) == []
        buyer = customer(vat_number=OTHER_VAT)
        assert await named(desk, BASE, order_id="o-2", buyer=buyer) == [("TAX_IDENTIFIER_DIFFERS", "o-1")]

    async def test_what_another_customer_has_under_that_identifier_counts_too(self) -> None:
        desk = await owner()
        assert await codes(desk, BASE, order_id="o-2", buyer=customer("c-2", vat_number=OTHER_VAT)) == []
        found = await named(desk, BASE, order_id="o-3", buyer=customer(vat_number=OTHER_VAT))
        assert found == [("BASE_ORDER_PENDING", "o-2"), ("TAX_IDENTIFIER_DIFFERS", None)]

    async def test_nothing_left_of_the_first_firm_lets_the_second_buy(self) -> None:
        desk = (await owner("2026-06-30")).on("2026-09-29")
        assert await codes(desk, BASE, buyer=customer(vat_number=OTHER_VAT)) == []
