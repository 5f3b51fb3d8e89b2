"""Does the client make each call as the interface wants it, and read every answer?"""

import json
from typing import Any

import httpx
import pytest

from coterm_client import (
    AccountParked,
    Channel,
    IdempotencyConflict,
    InvalidRequest,
    Line,
    NotUnderstood,
    NotYet,
    OrderRefused,
    OrderStatus,
    OrderUnknown,
    PaymentConflict,
    Problem,
    Storefront,
    Unauthorized,
    ViolationCode,
)
from tests.unit.client.answering import CART, ORDER, PAYMENT, Server, good, problem

HELD = {"status": "HELD"}


class TestWhenAnOrderIsSubmitted:
    async def test_its_id_is_the_idempotency_key_and_it_waits_for_the_price(self) -> None:
        server = Server([good()])
        async with server.storefront() as shop:
            placed = await shop.submit(CART)

        (request,) = server.requests
        assert (request.method, request.url.path) == ("POST", "/v1/orders")
        assert request.headers["idempotency-key"] == "o-1"
        assert request.headers["prefer"] == "wait=5"
        assert request.headers["authorization"] == "Bearer key"
        assert (placed.is_repeated, placed.is_published) == (False, True)
        assert placed.order.status is OrderStatus.AWAITING_PAYMENT
        (extension,) = placed.order.extensions
        assert (placed.order.total_cents, extension.missing_term.days) == (4427, 16)

    async def test_what_was_left_out_is_not_sent(self) -> None:
        server = Server([good()])
        async with server.storefront() as shop:
            await shop.submit(CART, wait=0)

        (request,) = server.requests
        assert "prefer" not in request.headers
        assert b"null" not in request.content
        assert b"expected_total_cents" not in request.content

    async def test_the_same_again_is_told_apart(self) -> None:
        async with Server([good(200)]).storefront() as shop:
            assert (await shop.submit(CART)).is_repeated

    async def test_one_that_kafka_has_not_yet_is_told_apart(self) -> None:
        async with Server([good(202)]).storefront() as shop:
            assert not (await shop.submit(CART)).is_published

    async def test_every_violation_of_a_refusal_is_read(self) -> None:
        violations = [
            {"code": "ADDON_ORDER_PENDING", "detail": "ordered already", "order_id": "o-0"},
            {"code": "CHANNEL_NOT_ALLOWED", "detail": "not here"},
        ]
        async with Server([problem(422, "ORDER_REFUSED", violations=violations)]).storefront() as shop:
            with pytest.raises(OrderRefused) as refused:
                await shop.submit(CART)

        assert [each.code for each in refused.value.violations] == [
            ViolationCode.ADDON_ORDER_PENDING,
            ViolationCode.CHANNEL_NOT_ALLOWED,
        ]
        assert refused.value.violations[0].order_id == "o-0"

    def test_a_key_of_the_cart_that_is_wrong_never_leaves(self) -> None:
        with pytest.raises(ValueError, match="order_id"):
            CART.model_validate({**CART.written(), "order_id": "o/1"})
        with pytest.raises(ValueError, match="discount"):
            CART.model_validate({**CART.written(), "discount": 1})
        with pytest.raises(ValueError, match="only RENEW"):
            Line(product="DOCUMENTS", years=2)


class TestWhenAPaymentIsTold:
    async def test_it_goes_to_its_order(self) -> None:
        server = Server([good()])
        async with server.storefront() as shop:
            paid = await shop.pay("o-1", PAYMENT)

        assert server.requests[0].url.path == "/v1/orders/o-1/payments"
        assert paid.order is not None
        assert not paid.is_held

    async def test_one_that_waits_is_held(self) -> None:
        async with Server([good(202, HELD)]).storefront() as shop:
            paid = await shop.pay("o-1", PAYMENT)
        assert (paid.is_held, paid.order) == (True, None)

    async def test_one_on_its_way_into_the_log_is_not_held(self) -> None:
        async with Server([good(202)]).storefront() as shop:
            paid = await shop.pay("o-1", PAYMENT)
        assert (paid.is_held, paid.is_published) == (False, False)

    async def test_a_contradiction_is_an_exception_of_its_own(self) -> None:
        async with Server([problem(409, "PAYMENT_CONFLICT")]).storefront() as shop:
            with pytest.raises(PaymentConflict, match="409 PAYMENT_CONFLICT: because"):
                await shop.pay("o-1", PAYMENT)


class TestWhenSomethingElseIsAsked:
    async def test_an_id_can_not_lead_to_another_path(self) -> None:
        server = Server([problem(404, "ORDER_UNKNOWN")])
        async with server.storefront() as shop:
            with pytest.raises(OrderUnknown):
                await shop.order("../customers/c-1?x")
        assert server.requests[0].url.raw_path == b"/v1/orders/..%2Fcustomers%2Fc-1%3Fx"

    async def test_a_quote_comes_from_billing(self) -> None:
        quote = {
            "customer_id": "c-1", "quoted_on": "2026-01-15", "purchase_case": "ADD_ON_TO_OWNED",
            "catalogue_version": "2026-01",
            "outcomes": [{
                "extend_active_services": False, "branch": "ALIGNED_SHORT", "lines": ORDER["lines"], "extensions": [],
                "net_cents": 2000, "vat_cents": 440, "total_cents": 2440, "expiries": {"DOCUMENTS": "2026-06-30"},
                "net_cents_per_month": {"DOCUMENTS": None}, "warnings": ["SHORT_RESIDUAL"],
            }],
        }  # fmt: skip
        server = Server([good(200, quote)])
        async with server.storefront() as shop:
            answer = await shop.quote("c-1", Channel.SITE, [Line(product="DOCUMENTS")])

        assert server.requests[0].url == "http://billing/v1/quotes"
        assert answer.outcomes[0].total_cents == 2440

    async def test_a_dry_run_stores_nothing(self) -> None:
        server = Server([good(200, {"order_id": "o-1", "violations": [], "warnings": ["PEC_ADDRESS"]})])
        async with server.storefront() as shop:
            assert (await shop.preview(CART)).warnings == ["PEC_ADDRESS"]
        assert server.requests[0].url.query == b"dry_run=true"

    async def test_waiting_for_a_status_ends_with_it(self) -> None:
        server = Server([good(200), good(200), good(200, {**ORDER, "status": "ACTIVATED"})])
        async with server.storefront() as shop:
            order = await shop.until("o-1", OrderStatus.ACTIVATED, seconds=5)
        assert (order.status, len(server.requests)) == (OrderStatus.ACTIVATED, 3)

    async def test_or_says_where_the_order_stands_instead(self) -> None:
        async with Server([good(200)]).storefront() as shop:
            with pytest.raises(NotYet, match="o-1 is AWAITING_PAYMENT after 0 s, not ACTIVATED"):
                await shop.until("o-1", OrderStatus.ACTIVATED, seconds=0)

    async def test_an_order_that_is_not_there_yet_is_waited_for(self) -> None:
        server = Server([problem(404, "ORDER_UNKNOWN"), good(200, {**ORDER, "status": "ACTIVATED"})])
        async with server.storefront() as shop:
            assert (await shop.until("o-1", OrderStatus.ACTIVATED, seconds=60)).order_id == "o-1"

    async def test_not_for_ever(self) -> None:
        async with Server([problem(404, "ORDER_UNKNOWN")]).storefront() as shop:
            with pytest.raises(OrderUnknown):
                await shop.until("o-1", OrderStatus.ACTIVATED, seconds=0)

    @pytest.mark.parametrize("status", ["REFUSED", "CANCELLED", "EXPIRED"])
    async def test_where_an_order_stays_otherwise_nobody_waits(self, status: str) -> None:
        server = Server([good(200, {**ORDER, "status": status})])
        async with server.storefront() as shop:
            with pytest.raises(NotYet, match=f"o-1 is {status} and stays so, not ACTIVATED"):
                await shop.until("o-1", OrderStatus.ACTIVATED, seconds=3600)
        assert len(server.requests) == 1

    async def test_without_billings_address_there_are_no_quotes(self) -> None:
        async with Storefront("http://orders", "key") as shop:
            with pytest.raises(ValueError, match="billing"):
                await shop.quote("c-1", Channel.SITE, [])


class TestWhenAListIsLong:
    async def test_it_is_read_to_its_end(self) -> None:
        orders = [{**ORDER, "order_id": f"o-{number}"} for number in range(3)]
        pages = [{"orders": orders[:2], "next": "a b"}, {"orders": orders[2:], "next": None}]
        server = Server([good(200, page) for page in pages])
        async with server.storefront() as shop:
            found = await shop.orders_of("c-1")
        assert [order.order_id for order in found] == ["o-0", "o-1", "o-2"]
        asked = [dict(request.url.params) for request in server.requests]
        assert asked == [{"limit": "200"}, {"limit": "200", "after": "a b"}]


class TestWhenTheAnswerIsNewerThanTheClient:
    async def test_a_new_field_and_a_new_status_break_nothing(self) -> None:
        async with Server([good(200, {**ORDER, "status": "SUSPENDED", "colour": "green"})]).storefront() as shop:
            order = await shop.order("o-1")
        assert order.status == "SUSPENDED"

    async def test_a_problem_says_what_to_do_and_where_to_read_about_it(self) -> None:
        more: Any = {"type": "/problems/ORDER_UNKNOWN", "hint": "Check the order id."}
        async with Server([problem(404, "ORDER_UNKNOWN", **more)]).storefront() as shop:
            with pytest.raises(Problem) as caught:
                await shop.order("o-1")
        assert (caught.value.page, caught.value.hint) == ("http://orders/problems/ORDER_UNKNOWN", "Check the order id.")

    async def test_a_new_code_is_a_problem_with_that_code(self) -> None:
        async with Server([problem(409, "SOMETHING_NEW")]).storefront() as shop:
            with pytest.raises(Problem) as caught:
                await shop.cancel("o-1")
        assert (type(caught.value), caught.value.code, caught.value.request_id) == (Problem, "SOMETHING_NEW", "r-1")


class TestWhenTheAnswerIsAProblem:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (401, "UNAUTHORIZED", Unauthorized),
            (409, "IDEMPOTENCY_CONFLICT", IdempotencyConflict),
            (503, "ACCOUNT_PARKED", AccountParked),
        ],
    )
    async def test_it_has_a_type_of_its_own(self, status: int, code: str, kind: type[Problem]) -> None:
        async with Server([problem(status, code)]).storefront() as shop:
            with pytest.raises(kind) as caught:
                await shop.submit(CART)
        assert (caught.value.status, caught.value.code, caught.value.detail) == (status, code, "because")

    async def test_the_wrong_fields_are_named(self) -> None:
        errors = [{"field": "customer.email", "detail": "no address"}]
        async with Server([problem(422, "INVALID_REQUEST", errors=errors)]).storefront() as shop:
            with pytest.raises(InvalidRequest) as caught:
                await shop.submit(CART)
        assert caught.value.errors == {"customer.email": "no address"}

    async def test_a_page_of_something_in_between_is_one_too(self) -> None:
        async with Server([lambda: httpx.Response(403, text="<html>no</html>")]).storefront() as shop:
            with pytest.raises(Problem, match="HTTP_403"):
                await shop.order("o-1")

    async def test_a_good_answer_of_somebody_else_is_not_understood(self) -> None:
        async with Server([lambda: httpx.Response(200, text="<html>welcome</html>")]).storefront() as shop:
            with pytest.raises(NotUnderstood):
                await shop.order("o-1")


class TestAutomaticRenewal:
    async def test_is_chosen_for_a_base_and_read_back(self) -> None:
        bases = [{"base": "E_INVOICING", "enabled": True, "years": 2, "add_ons": ["DOCUMENTS"], "order_id": None}]
        answer = good(200, {"customer_id": "c-1", "bases": bases})
        server = Server([answer])
        async with server.storefront() as shop:
            (chosen,) = await shop.choose_automatic_renewal(
                "c-1", "E_INVOICING", enabled=True, years=2, add_ons=["DOCUMENTS"]
            )
        (request,) = server.requests
        assert (request.method, request.url.path) == ("PUT", "/v1/customers/c-1/automatic-renewal")
        sent = json.loads(request.content)
        assert sent == {"base": "E_INVOICING", "enabled": True, "years": 2, "add_ons": ["DOCUMENTS"]}
        assert (chosen.enabled, chosen.years) == (True, 2)


class TestWhatIntakeRefused:
    async def test_is_read_to_its_end_a_page_at_a_time(self) -> None:
        refused = {
            "event_id": None, "topic": "storefront.intake", "partition": 3, "offset": 7,
            "order_id": "o-1", "storefront": "example", "code": "INVALID_DATA", "detail": "lines: at least one",
            "rejected_at": "2026-01-15T09:00:00Z",
        }  # fmt: skip
        pages = [{"rejections": [refused], "next": "a:1"}, {"rejections": [{**refused, "offset": 8}], "next": None}]
        server = Server([good(200, page) for page in pages])
        async with server.storefront() as shop:
            found = await shop.rejections()

        assert [request.url.path for request in server.requests] == ["/v1/intake/rejections"] * 2
        assert [request.url.params.get("after") for request in server.requests] == [None, "a:1"]
        assert [(each.order_id, each.offset) for each in found.rejections] == [("o-1", 7), ("o-1", 8)]
