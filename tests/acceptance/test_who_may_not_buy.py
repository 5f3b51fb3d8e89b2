"""R8: who may not buy, and why? Every violation is returned, as a code; the refused order is stored."""

import pytest

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body, cart, line
from rehearsal.play.refused import FIRST_PURCHASES, Mistake
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, TEN_DAYS_LATER, owner_of_both, owner_until_june
from tests.spec import happened


async def refused(stage: Stage, order: Body, *codes: str) -> list[Body]:
    """Submit a cart that must be refused with exactly these codes, dry run first; return the violations."""
    tried = await stage.front.preview(order)
    assert (tried.status, tried.violations) == (200, sorted(codes))
    assert (await stage.front.order(order["order_id"])).status == 404

    answer = await stage.front.submit(order)

    assert (answer.status, answer.code, answer.violations) == (422, "ORDER_REFUSED", sorted(codes))
    stored = (await stage.front.order(order["order_id"])).body
    assert stored["status"] == "REFUSED"
    assert sorted(violation["code"] for violation in stored["violations"]) == sorted(codes)
    assert all(violation["detail"] for violation in stored["violations"])
    violations: list[Body] = answer.body["violations"]
    return violations


class TestWhenTheBuyerOwnsNothing:
    @pytest.mark.parametrize("mistake", FIRST_PURCHASES, ids=lambda mistake: mistake.what)
    async def test_the_order_is_refused_and_stored(self, stage: Stage, mistake: Mistake) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer(**mistake.changes)

        order = cart(stage.names.order(), buyer, *mistake.products, channel=mistake.channel)
        await refused(stage, order, *mistake.codes)

        seen = await happened(stage, buyer, orders="OrderRefused")
        codes = [violation["code"] for violation in seen.one("OrderRefused")["violations"]]
        assert sorted(codes) == sorted(mistake.codes)

    async def test_a_vat_holder_needs_a_vat_number(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer("VAT_HOLDER", vat_number=None, tax_code=stage.names.tax_code())

        await refused(stage, cart(stage.names.order(), buyer, E_INVOICING), "BUYER_NOT_ELIGIBLE")

    async def test_over_kafka_the_refusal_is_an_event(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer("PRIVATE_PERSON")
        order = cart(stage.names.order(), buyer, E_INVOICING)
        await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, order)

        seen = await happened(stage, buyer, intake="OrderSubmitted", orders="OrderRefused")

        assert [violation["code"] for violation in seen.one("OrderRefused")["violations"]] == ["BUYER_NOT_ELIGIBLE"]


class TestWhenEInvoicingIsOwned:
    async def test_a_second_one_is_refused(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        await refused(stage, cart(stage.names.order(), buyer, E_INVOICING), "BASE_ALREADY_OWNED")

    async def test_both_products_are_refused_for_the_base(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        await refused(stage, cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS), "BASE_ALREADY_OWNED")

    async def test_under_the_same_tax_identifier_it_counts_as_owned(self, stage: Stage) -> None:
        owner = await owner_until_june(stage)
        other = stage.names.buyer().but(vat_number=f"IT{owner.body['vat_number']}")

        await refused(stage, cart(stage.names.order(), other, E_INVOICING), "BASE_ALREADY_OWNED")

    async def test_documents_for_another_customer_needs_a_base_of_their_own(self, stage: Stage) -> None:
        owner = await owner_until_june(stage)
        other = stage.names.buyer().but(vat_number=owner.body["vat_number"])

        await refused(stage, cart(stage.names.order(), other, DOCUMENTS), "BASE_REQUIRED")

    async def test_receive_only_takes_no_documents(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-06-30T09:00:00+00:00", RECEIVE_ONLY)
        await stage.at(ORDER_DAY)
        await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "BASE_RECEIVE_ONLY")

    async def test_receive_only_in_grace_takes_none_either(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-01-10T09:00:00+00:00", RECEIVE_ONLY)
        await stage.at(ORDER_DAY)
        await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "BASE_RECEIVE_ONLY")

    async def test_on_its_last_day_documents_may_be_bought(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-01-15T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        order = await stage.add_documents(buyer)
        assert order["total_cents"] == 6100

    async def test_in_grace_documents_is_refused(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-01-14T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "BASE_NOT_ACTIVE")

    async def test_once_terminated_documents_has_no_base(self, stage: Stage) -> None:
        buyer = await stage.owner("2024-06-30T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "BASE_REQUIRED")

    async def test_an_accountant_takes_no_documents_whatever_the_order_says(self, stage: Stage) -> None:
        buyer = stage.names.buyer("ACCOUNTANT")
        await stage.owner("2025-06-30T09:00:00+00:00", buyer=buyer)
        await stage.at(ORDER_DAY)
        await refused(stage, cart(stage.names.order(), buyer.but(kind="LEGAL_PERSON"), DOCUMENTS), "ACCOUNTANT_USER")


class TestWhenDocumentsIsActiveOrOnItsWay:
    async def test_active_it_is_refused(self, stage: Stage) -> None:
        buyer = await owner_of_both(stage)
        await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "ADDON_ALREADY_ACTIVE")

    async def test_both_again_are_refused_for_both(self, stage: Stage) -> None:
        buyer = await owner_of_both(stage)
        await refused(
            stage,
            cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS),
            "BASE_ALREADY_OWNED",
            "ADDON_ALREADY_ACTIVE",
        )

    async def test_a_pending_order_is_named(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        pending = await stage.add_documents(buyer)

        (violation,) = await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "ADDON_ORDER_PENDING")

        assert violation["order_id"] == pending["order_id"]

    async def test_once_cancelled_it_may_be_ordered_again(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        pending = await stage.add_documents(buyer)
        assert (await stage.front.cancel(pending["order_id"])).status == 200

        again = await stage.add_documents(buyer)

        assert again["status"] == "AWAITING_PAYMENT"

    async def test_a_pending_bundle_is_named_for_documents(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        pending = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))

        (violation,) = await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "ADDON_ORDER_PENDING")

        assert violation["order_id"] == pending["order_id"]

    async def test_a_pending_base_is_named_for_documents(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        pending = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))

        (violation,) = await refused(stage, cart(stage.names.order(), buyer, DOCUMENTS), "BASE_ORDER_PENDING")

        assert violation["order_id"] == pending["order_id"]

    async def test_documents_alone_is_never_renewed(self, stage: Stage) -> None:
        buyer = await owner_of_both(stage)
        await refused(stage, cart(stage.names.order(), buyer, line(DOCUMENTS, "RENEW")), "RENEWAL_NOT_POSSIBLE")


class TestWhenTheBuyerMayBuy:
    @pytest.mark.parametrize(
        ("kind", "products"),
        [
            ("LEGAL_PERSON", [E_INVOICING, DOCUMENTS]),
            ("VAT_HOLDER", [E_INVOICING, DOCUMENTS]),
            ("ACCOUNTANT", [E_INVOICING]),
            ("LEGAL_PERSON", [RECEIVE_ONLY]),
        ],
    )
    async def test_each_eligible_kind_is_served(self, stage: Stage, kind: str, products: list[str]) -> None:
        await stage.at(ORDER_DAY)
        order = await stage.buy(stage.names.buyer(kind), *products)
        assert order["status"] == "ACTIVATED"

    async def test_a_firm_may_give_its_tax_code_alone(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer(vat_number=None, tax_code=stage.names.vat_number())
        assert (await stage.buy(buyer, E_INVOICING))["status"] == "ACTIVATED"

    async def test_a_leading_country_code_is_stripped(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer: Buyer = stage.names.buyer()
        assert (await stage.buy(buyer.but(vat_number=f"IT{buyer.body['vat_number']}"), E_INVOICING))["status"] == (
            "ACTIVATED"
        )

    async def test_a_vat_holder_who_owns_e_invoicing_adds_documents_later(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-06-30T09:00:00+00:00", buyer=stage.names.buyer("VAT_HOLDER"))
        await stage.at(TEN_DAYS_LATER)
        assert (await stage.buy(buyer, DOCUMENTS, channel="PANEL"))["status"] == "ACTIVATED"
