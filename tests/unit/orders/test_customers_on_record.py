"""Who buys where an order gives the customer's id alone? Whom the last order that was placed described."""

from datetime import date
from typing import Any, get_args

import httpx
import pytest

from runtime.service import Decided
from schemas.orders import OrderPlaced, OrderRefused
from schemas.storefront import FilledChannel, KnownCustomer, Line, OrderSubmitted
from schemas.vocabulary import BuyerKind, Channel, LineAction, Locale, OrderWarning, Product
from services.orders.domain.commands import ErasePersonalData
from tests.unit.orders.asking import ORDER_BODY, STOREFRONT, code
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    OTHER_VAT,
    base_activated,
    cancellation,
    customer,
    order,
)
from tests.unit.orders.spec import Desk, names

RENEWAL = [Line(product=BASE, action=LineAction.RENEW)]
ID_ALONE = {"customer_id": "c-1"}


def by_id(*products: Product, order_id: str = "o-2", **changes: Any) -> OrderSubmitted:
    """An order that gives the customer's id alone."""
    body = order(*products, order_id=order_id, **changes)
    return body.model_copy(update={"customer": KnownCustomer(customer_id="c-1")})


async def known(**changes: Any) -> Desk:
    """Return orders with a customer on record, who gave their order up."""
    desk = Desk()
    await desk.when(order(BASE, buyer=customer(**changes)))
    await desk.when(cancellation())
    return desk


async def placed(desk: Desk, body: OrderSubmitted) -> OrderPlaced:
    (event,) = await desk.when(body)
    assert isinstance(event, OrderPlaced), event
    return event


class TestAKnownCustomer:
    async def test_is_whom_their_last_order_described(self) -> None:
        desk = await known(kind=BuyerKind.VAT_HOLDER, email="studio@pec.it", locale=Locale.EN)
        event = await placed(desk, by_id(BASE))
        assert (event.buyer_kind, event.locale, event.warnings) == ("VAT_HOLDER", "en", [OrderWarning.PEC_ADDRESS])
        assert event.customer_on_record
        opened = await desk.keyring.open("c-1", event.personal)
        assert (opened["name"], opened["email"], opened["vat_number"]) == ("Rossi Srl", "studio@pec.it", "12345670017")
        assert event.tax_identifier_hash == desk.keyring.lookup("tax_identifier", "12345670017")

    async def test_is_described_anew_by_a_whole_order(self) -> None:
        desk = await known()
        assert not (
            await placed(desk, order(BASE, order_id="o-2", buyer=customer(email="b@rossi.example")))
        ).customer_on_record
        await desk.when(cancellation("o-2"))
        event = await placed(desk, by_id(BASE, order_id="o-3"))
        assert (await desk.keyring.open("c-1", event.personal))["email"] == "b@rossi.example"

    async def test_is_not_described_by_an_order_that_is_refused(self) -> None:
        desk = await known()
        await desk.when(order(DOCUMENTS, order_id="o-2", buyer=customer(email="b@rossi.example")))
        event = await placed(desk, by_id(BASE, order_id="o-3"))
        assert (await desk.keyring.open("c-1", event.personal))["email"] == "a@rossi.example"

    @pytest.mark.parametrize("channel", get_args(FilledChannel))
    async def test_renews_and_adds_from_every_channel(self, channel: Channel) -> None:
        desk = await known()
        await desk.when(base_activated("2026-06-30"))
        event = await placed(desk, by_id(lines=[*RENEWAL, Line(product=DOCUMENTS)], channel=channel))
        assert [line.product for line in event.lines] == [BASE, DOCUMENTS]
        await desk.when(cancellation("o-2"))
        assert (
            await placed(desk, by_id(DOCUMENTS, order_id="o-3", channel=channel))
        ).purchase_case == "ADD_ON_TO_OWNED"

    async def test_is_judged_by_the_kind_on_record(self) -> None:
        desk = await known(kind=BuyerKind.ACCOUNTANT)
        await desk.when(base_activated("2026-06-30", kind=BuyerKind.ACCOUNTANT))
        (refused,) = await desk.when(by_id(DOCUMENTS))
        assert isinstance(refused, OrderRefused)
        assert [violation.code for violation in refused.violations] == ["ACCOUNTANT_USER"]
        assert refused.buyer_kind is BuyerKind.ACCOUNTANT

    async def test_claims_the_tax_identifier_on_record_for_a_new_base(self) -> None:
        desk = await known()
        await placed(desk, by_id(BASE))
        (refused,) = await desk.when(order(BASE, order_id="o-3", buyer=customer("c-2")))
        assert isinstance(refused, OrderRefused)
        assert [(each.code, each.order_id) for each in refused.violations] == [("BASE_ORDER_PENDING", "o-2")]

    async def test_over_kafka_too(self) -> None:
        desk = await known()
        await desk.when(base_activated("2026-06-30"))
        (result,) = await desk.take(desk.over_kafka(by_id(lines=RENEWAL)))
        assert names([recorded.event for recorded in result.recorded]) == ["OrderPlaced"]

    async def test_the_same_order_again_is_the_same(self) -> None:
        desk = await known()
        await placed(desk, by_id(BASE))
        assert await desk.is_duplicate(by_id(BASE))
        assert await desk.refusal(order(BASE, order_id="o-2")) == "IDEMPOTENCY_CONFLICT"


class TestWhenTheyCameOnRecordInTheSameBatch:
    async def test_an_order_of_an_add_on_knows_them(self) -> None:
        desk = Desk()
        first, second = await desk.take(desk.incoming(order(BASE)), desk.incoming(by_id(DOCUMENTS)))
        assert names([recorded.event for recorded in first.recorded]) == ["OrderPlaced"]
        assert names([recorded.event for recorded in second.recorded]) == ["OrderRefused"]  # its base is not active yet

    async def test_an_order_of_a_base_is_to_come_again(self) -> None:
        desk = Desk()
        _, second = await desk.take(desk.incoming(order(BASE)), desk.incoming(by_id(BASE)))
        assert getattr(second.outcome, "code", None) == "CATCHING_UP"
        assert isinstance(await desk.outcome(by_id(BASE)), Decided)

    async def test_under_another_identifier_too(self) -> None:
        desk = await known()
        other = order(BASE, order_id="o-2", buyer=customer(vat_number=OTHER_VAT))
        _, second = await desk.take(desk.incoming(other), desk.incoming(by_id(BASE, order_id="o-3")))
        assert getattr(second.outcome, "code", None) == "CATCHING_UP"


class TestACustomerOfWhomNothingIsKnown:
    async def test_is_told_so_and_nothing_is_stored(self, http: httpx.AsyncClient, desk: Desk) -> None:
        body = {**ORDER_BODY, "customer": {"customer_id": "c-9"}}
        for path in ("/v1/orders", "/v1/orders?dry_run=true"):
            answer = await http.post(path, json=body, headers=STOREFRONT)
            assert code(answer) == (422, "INVALID_REQUEST")
            (error,) = answer.json()["errors"]
            assert error["field"] == "customer.customer_id"
            assert "c-9 is not on record" in error["detail"]
        assert [row.customer_id for row in desk.table("orders")] == []

    async def test_after_an_erasure_nothing_is(self) -> None:
        desk = await known()
        await desk.submit(ErasePersonalData("c-1", "asked for it"))
        assert await desk.refusal(by_id(BASE)) == "INVALID_REQUEST"

    async def test_one_who_was_only_refused_is_none(self) -> None:
        desk = Desk()
        await desk.when(order(DOCUMENTS))
        assert await desk.refusal(by_id(BASE)) == "INVALID_REQUEST"


class TestTheBody:
    @pytest.mark.parametrize(
        ("given", "fields"),
        [
            ({}, ["customer.customer_id", "customer.kind", "customer.name", "customer.email"]),
            ({**ID_ALONE, "kind": "LEGAL_PERSON"}, ["customer.name", "customer.email"]),
            ({**ID_ALONE, "nickname": "x"}, ["customer.kind", "customer.name", "customer.email", "customer.nickname"]),
            ({"customer_id": "?"}, ["customer.customer_id"]),
            ("c-1", ["customer"]),
        ],
        ids=["nothing", "half of it", "another field", "no id", "no object"],
    )
    async def test_is_told_what_is_wrong_with_the_form_that_was_meant(
        self, http: httpx.AsyncClient, given: object, fields: list[str]
    ) -> None:
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "customer": given}, headers=STOREFRONT)
        assert code(answer) == (422, "INVALID_REQUEST")
        assert [error["field"] for error in answer.json()["errors"]] == fields

    async def test_a_dry_run_knows_who_is_on_record(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await http.post("/v1/orders", json=ORDER_BODY, headers=STOREFRONT)
        body = {**ORDER_BODY, "order_id": "o-2", "customer": ID_ALONE}
        answer = await http.post("/v1/orders?dry_run=true", json=body, headers=STOREFRONT)
        assert answer.status_code == 200
        assert [each["code"] for each in answer.json()["violations"]] == ["ADDON_ORDER_PENDING"]
        assert desk.order("o-1").ordered_on == date(2026, 1, 15)
