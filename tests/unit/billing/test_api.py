"""Does billing answer over HTTP as the interface says? Over the real commit page, in memory."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.billing.adapters.api import router
from services.billing.adapters.bodies import CHARGES, QUOTE
from services.billing.declaration import declare
from tests.unit import memory_edge
from tests.unit.billing.builders import activated, bundle, cancelled, day, e_invoicing_activated, moved, paid, placed
from tests.unit.memory_edge import OPERATOR, OTHER_STOREFRONT, STOREFRONT

CUSTOMER = {
    "customer_id": "c-9",
    "kind": "LEGAL_PERSON",
    "citizenship": "IT",
    "name": "Rossi Srl",
    "email": "a@rossi.example",
    "vat_number": "12345670017",
    "tax_code": None,
    "locale": "it",
}

RENEWED_APART = (("E_INVOICING", 2), ("DOCUMENTS", 3))


class MemoryEdge(memory_edge.MemoryEdge):
    """Stand between billing and the commit page."""

    def __init__(self) -> None:
        super().__init__(lambda _: declare(), router)


@pytest.fixture
def edge() -> MemoryEdge:
    return MemoryEdge()


@pytest.fixture
async def client(edge: MemoryEdge) -> AsyncIterator[httpx.AsyncClient]:
    async with edge.client() as client:
        yield client


class TestQuotes:
    async def test_an_owner_reads_both_choices_to_the_letter(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        await edge.receives(e_invoicing_activated())
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert answer.status_code == 200
        assert answer.json() == QUOTE

    async def test_another_storefronts_key_learns_nothing_of_a_customer(self, edge: MemoryEdge) -> None:
        edge.settings.storefront_keys |= {
            "other.it": hashlib.sha256(b"sf_other").hexdigest(), "*": hashlib.sha256(b"sf_all").hexdigest()
        }  # fmt: skip
        await edge.receives(placed(), e_invoicing_activated())
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}

        async def asked(key: str) -> tuple[int, str | None]:
            async with edge.client() as client:
                answer = await client.post("/v1/quotes", json=body, headers={"Authorization": f"Bearer {key}"})
            return answer.status_code, answer.json().get("code")

        assert await asked("sf_other") == (403, "STOREFRONT_DIFFERS")
        assert [await asked(key) for key in ("sf_1", "sf_all")] == [(200, None)] * 2

    async def test_someone_new_is_quoted_and_nothing_is_stored(
        self, edge: MemoryEdge, client: httpx.AsyncClient
    ) -> None:
        lines = [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}]
        answer = await client.post(
            "/v1/quotes", json={"customer": CUSTOMER, "channel": "SITE", "lines": lines}, headers=STOREFRONT
        )
        assert answer.status_code == 200
        assert answer.json()["customer_id"] == "c-9"
        assert [outcome["branch"] for outcome in answer.json()["outcomes"]] == ["BUNDLE"]
        assert answer.json()["outcomes"][0]["total_cents"] == 3660
        assert not edge.store.contents.journal
        assert not edge.store.contents.states

    async def test_anybody_is_quoted_a_first_purchase(self, client: httpx.AsyncClient) -> None:
        body = {"channel": "SITE", "lines": [{"product": "E_INVOICING"}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["customer_id"]) == (200, None)
        assert [outcome["total_cents"] for outcome in answer.json()["outcomes"]] == [3660]

    @pytest.mark.parametrize("product", ["DOCUMENTS", "TIME_TRAVEL"])
    async def test_what_nobody_can_buy_alone_has_no_price(self, client: httpx.AsyncClient, product: str) -> None:
        body = {"channel": "SITE", "lines": [{"product": product}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_PRICEABLE")

    async def test_a_customer_on_record_is_quoted_by_their_id_alone(
        self, edge: MemoryEdge, client: httpx.AsyncClient
    ) -> None:
        await edge.receives(e_invoicing_activated())
        renewal = [{"product": "E_INVOICING", "action": "RENEW", "years": 2}, {"product": "DOCUMENTS"}]
        body = {"channel": "PANEL", "lines": renewal}
        answers = [
            (await client.post("/v1/quotes", json=body | whose, headers=STOREFRONT)).json()
            for whose in ({"customer": {"customer_id": "c-1"}}, {"customer_id": "c-1"})
        ]
        assert answers[0] == answers[1]
        (outcome,) = answers[0]["outcomes"]
        assert (answers[0]["purchase_case"], outcome["branch"]) == ("RENEWAL", "RENEWED")
        assert outcome["expiries"] == {"E_INVOICING": "2028-06-30", "DOCUMENTS": "2028-06-30"}
        assert outcome["extend_active_services"] is None
        assert [line["net_cents"] for line in outcome["lines"]] == [6000, 4917]

    async def test_a_renewal_of_what_nobody_owns_has_no_price(self, client: httpx.AsyncClient) -> None:
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "E_INVOICING", "action": "RENEW"}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_PRICEABLE")

    async def test_the_years_of_an_add_on_are_those_of_its_base(self, client: httpx.AsyncClient) -> None:
        lines = [{"product": product, "action": "RENEW", "years": years} for product, years in RENEWED_APART]
        body = {"customer_id": "c-1", "channel": "SITE", "lines": lines}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
        assert [error["field"] for error in answer.json()["errors"]] == ["lines.1.years"]

    async def test_the_clock_decides_the_day(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        edge.clock.instant = datetime(2026, 1, 15, 23, tzinfo=UTC)
        body = {"customer": CUSTOMER, "channel": "SITE", "lines": [{"product": "E_INVOICING"}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert answer.json()["quoted_on"] == "2026-01-16"

    async def test_without_a_base_it_has_no_price(self, client: httpx.AsyncClient) -> None:
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_PRICEABLE")

    @pytest.mark.parametrize(
        "change",
        [
            {"customer": CUSTOMER},
            {"surprise": 1},
            {"channel": "FAX"},
            {"lines": [{"product": "DOCUMENTS", "years": "2"}]},
        ],
        ids=["two customers", "unknown field", "unknown channel", "years as text"],
    )
    async def test_a_body_that_does_not_fit_is_refused(
        self, client: httpx.AsyncClient, change: dict[str, object]
    ) -> None:
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]} | change
        answer = await client.post("/v1/quotes", json=body, headers=STOREFRONT)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
        assert answer.json()["errors"]

    @pytest.mark.parametrize(("headers", "status"), [({}, 401), (OPERATOR, 403)])
    async def test_it_takes_a_storefronts_key(
        self, client: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        body = {"customer_id": "c-1", "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        assert (await client.post("/v1/quotes", json=body, headers=headers)).status_code == status


class TestCharges:
    async def test_they_are_explained(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        await edge.receives(placed())
        answer = await client.get("/v1/orders/o-1/charges", headers=OPERATOR)
        assert answer.status_code == 200
        assert answer.json() == CHARGES

    async def test_a_first_purchase_has_no_extension(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        await edge.receives(bundle())
        charges = (await client.get("/v1/orders/o-1/charges", headers=OPERATOR)).json()
        assert charges["extensions"] == []
        assert [line["net_cents"] for line in charges["lines"]] == [3000, 0]

    async def test_an_unknown_order(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/orders/o-9/charges", headers=OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (404, "ORDER_UNKNOWN")

    @pytest.mark.parametrize("path", ["/v1/orders/o-1/charges", "/v1/customers/c-1/credit"])
    async def test_a_storefront_reads_those_of_its_own_customers(
        self, edge: MemoryEdge, client: httpx.AsyncClient, path: str
    ) -> None:
        await edge.receives(placed())
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=STOREFRONT)).status_code == 200
        other = await client.get(path, headers=OTHER_STOREFRONT)
        assert (other.status_code, other.json()["code"]) == (403, "STOREFRONT_DIFFERS")


class TestCredit:
    async def test_a_customer_without_any_has_a_balance_of_nothing(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/customers/c-1/credit", headers=OPERATOR)
        assert (answer.status_code, answer.json()) == (
            200,
            {"balance_cents": 0, "expires_next_on": None, "entries": [], "next": None},
        )

    async def test_a_surplus_and_a_moved_base_add_up(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        await edge.receives(
            placed(),
            paid(amount_cents=4627, surplus_cents=200),
            activated(moved("2026-09-30"), activated_on=day("2026-01-20")),
        )
        credit = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()
        assert credit["balance_cents"] == 1115
        assert [(entry["kind"], entry["amount_cents"], entry["on"]) for entry in credit["entries"]] == [
            ("GRANTED", 200, "2026-01-15"),
            ("GRANTED", 915, "2026-01-20"),
        ]
        assert credit["entries"][0]["origin"] == {
            "reason": "PAYMENT_SURPLUS",
            "order_id": "o-1",
            "payment_source": "bank",
            "payment_id": "p-1",
        }
        assert credit["entries"][1]["origin"]["reason"] == "BASE_CHANGED"
        assert credit["expires_next_on"] == "2027-01-15"

    async def test_used_and_given_back_it_still_says_what_it_comes_from(
        self, edge: MemoryEdge, client: httpx.AsyncClient
    ) -> None:
        await edge.receives(paid(order_id="o-0", surplus_cents=200))
        edge.clock.instant += timedelta(days=2)
        await edge.receives(placed(ordered_on=day("2026-01-17"), use_credit=True))
        edge.clock.instant += timedelta(days=3)
        during = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()
        assert (during["balance_cents"], during["expires_next_on"]) == (0, None)
        await edge.receives(cancelled(closed_on=day("2026-01-20")))
        credit = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()
        assert (credit["balance_cents"], credit["expires_next_on"]) == (200, "2027-01-18")
        origin = {"reason": "PAYMENT_SURPLUS", "order_id": "o-0", "payment_source": "bank", "payment_id": "p-1"}
        names = ("kind", "amount_cents", "on", "origin", "order_id", "expires_on")
        assert [tuple(entry[name] for name in names) for entry in credit["entries"]] == [
            ("GRANTED", 200, "2026-01-15", origin, None, "2027-01-15"),
            ("USED", 200, "2026-01-17", origin, "o-1", None),
            ("RETURNED", 200, "2026-01-20", origin, "o-1", "2027-01-18"),
        ]

    async def test_entries_of_one_day_stand_as_they_came_in_whatever_their_ids(
        self, edge: MemoryEdge, client: httpx.AsyncClient
    ) -> None:
        names = ["p-1", "p-2", "p-3", "p-4"]
        for name in names:
            edge.clock.instant += timedelta(minutes=1)
            await edge.receives(paid(payment_id=name, surplus_cents=200))

        entries = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()["entries"]

        assert [entry["origin"]["payment_id"] for entry in entries] == names
        assert entries != sorted(entries, key=lambda entry: str(entry["credit_id"]))

    async def test_an_operator_pays_it_back_once(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        await edge.receives(paid(surplus_cents=200))
        (entry,) = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()["entries"]
        path = f"/v1/operator/customers/c-1/credit/{entry['credit_id']}/refund"
        rehearsed = await client.post(f"{path}?dry_run=true", json={"why": "asked by phone"}, headers=OPERATOR)
        assert [event["type"] for event in rehearsed.json()["events"]] == [
            "billing.CreditRefunded.v1",
            "billing.RefundDue.v1",
        ]
        for events in (["billing.CreditRefunded.v1", "billing.RefundDue.v1"], []):
            answer = await client.post(path, json={"why": "asked by phone"}, headers=OPERATOR)
            assert answer.status_code == 200
            assert [event["type"] for event in answer.json()["events"]] == events
        told = (await client.get("/v1/customers/c-1/credit", headers=OPERATOR)).json()
        assert told["balance_cents"] == 0
        assert [row["kind"] for row in told["entries"]] == ["GRANTED", "REFUNDED"]

    async def test_unknown_credit_cant_be_paid_back(self, client: httpx.AsyncClient) -> None:
        path = "/v1/operator/customers/c-1/credit/credit-9/refund"
        answer = await client.post(path, json={"why": "asked by phone"}, headers=OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (409, "CREDIT_NOT_AVAILABLE")

    async def test_a_storefront_may_not_pay_back(self, client: httpx.AsyncClient) -> None:
        path = "/v1/operator/customers/c-1/credit/credit-9/refund"
        assert (await client.post(path, json={"why": "x"}, headers=STOREFRONT)).status_code == 403


class TestTheDescription:
    async def test_openapi_names_the_routes_and_examples(self, client: httpx.AsyncClient) -> None:
        document = (await client.get("/openapi.json")).json()
        assert set(document["paths"]) == {
            "/v1/quotes",
            "/v1/orders/{order_id}/charges",
            "/v1/customers/{customer_id}/credit",
            "/v1/operator/customers/{customer_id}/credit/{credit_id}/refund",
        }
        assert "examples" in document["paths"]["/v1/quotes"]["post"]["requestBody"]["content"]["application/json"]
