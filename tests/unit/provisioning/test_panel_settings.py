import pytest

from schemas.catalogue import catalogue_on
from schemas.provisioning import ConfigurationCompleted
from schemas.vocabulary import BuyerKind
from services.provisioning.domain import panel
from tests.unit.memory_edge import OPERATOR, OTHER_STOREFRONT, STOREFRONT
from tests.unit.provisioning.builders import (
    DOCUMENTS,
    E_INVOICING,
    RECEIVE_ONLY,
    day,
    e_invoicing,
    first_purchase,
    instant,
)
from tests.unit.provisioning.customers import CHOSEN, CONFIGURATION, DDT, Customer, is_problem
from tests.unit.provisioning.spec import Provisioning, names


class TestWhenTheServiceIsToBeConfigured:
    @pytest.mark.parametrize("section", ["company", "fiscal_regime", "delivery", "address"])
    async def test_a_missing_section_leaves_nothing_behind(self, customer: Customer, section: str) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        partly = {name: value for name, value in CONFIGURATION.items() if name != section}
        before = len(customer.edge.journal())

        answer = await customer.does("POST", "/v1/panel/configuration", partly)

        assert is_problem(answer, 422, "CONFIGURATION_INCOMPLETE")
        assert answer.json()["missing"] == [section]
        assert len(customer.edge.journal()) == before

    async def test_empty_sections_are_missing(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        empty = {"company": {}, "fiscal_regime": " ", "delivery": {"recipient_code": None}, "address": None}
        answer = await customer.does("POST", "/v1/panel/configuration", empty)
        assert answer.json()["missing"] == ["company", "fiscal_regime", "delivery", "address"]

    async def test_complete_it_is_kept_as_a_row_with_its_content_sealed(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)

        (kept,) = Provisioning().given(*customer.edge.journal()).table("configurations")

        assert (kept.customer_id, kept.completed_on) == ("c-1", day("2026-01-15"))
        assert kept.sections == ("company", "fiscal_regime", "delivery", "address")
        assert not any(str(value) in str(kept.sealed) for value in CONFIGURATION.values())

    async def test_complete_it_opens_the_rest(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)
        completed = customer.edge.journal()[-1]
        assert isinstance(completed, ConfigurationCompleted)
        assert completed.sections == ["company", "fiscal_regime", "delivery", "address"]
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 200


class TestWhenDdtPreservationIsSwitched:
    async def test_it_goes_on_and_off_and_twice_is_once(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING, DOCUMENTS)
        before = len(customer.edge.journal())

        for enabled in (True, True, False, True):
            answer = await customer.does("PUT", DDT, {"enabled": enabled})
            assert (answer.status_code, answer.json()) == (200, {"enabled": enabled})

        assert names(customer.edge.journal()[before:]) == (
            "DdtPreservationActivated DdtPreservationDeactivated DdtPreservationActivated"
        )

    async def test_without_documents_it_is_refused(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)
        assert is_problem(await customer.does("PUT", DDT, {"enabled": True}), 409, "DOCUMENTS_NOT_ACTIVE")

    async def test_the_day_after_the_expiry_it_is_refused_before_any_timer(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING, DOCUMENTS)
        customer.edge.clock.instant = instant("2027-01-15T23:00:00Z")
        await customer.sign_in("U12345670017", CHOSEN)
        assert is_problem(await customer.does("PUT", DDT, {"enabled": True}), 409, "DOCUMENTS_NOT_ACTIVE")

    async def test_it_ends_with_documents(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING, DOCUMENTS)
        await customer.does("PUT", DDT, {"enabled": True})
        answer = await customer.client.post(
            "/v1/operator/customers/c-1/services/E_INVOICING/cancellation", headers=OPERATOR
        )
        assert [service["ddt_preservation"] for service in answer.json()["services"]] == [False, False]
        assert [service["status"] for service in answer.json()["services"]] == ["TERMINATED", "TERMINATED"]


class TestWhatTheServiceStatusShows:
    async def test_services_and_the_add_ons_on_sale_for_the_customer(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)
        body = (await customer.does("GET", "/v1/panel/service-status")).json()
        assert body["customer_id"] == "c-1"
        assert [service["product"] for service in body["services"]] == ["E_INVOICING"]
        assert body["can_add"] == ["DOCUMENTS"]

    async def test_an_add_on_that_is_owned_is_not_on_sale(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING, DOCUMENTS)
        assert (await customer.does("GET", "/v1/panel/service-status")).json()["can_add"] == []

    async def test_nor_is_one_whose_base_is_not_owned(self, customer: Customer) -> None:
        await customer.arrives(RECEIVE_ONLY)
        assert (await customer.does("GET", "/v1/panel/service-status")).json()["can_add"] == []

    async def test_a_base_goes_by_its_family_and_names_what_was_bought(self, customer: Customer) -> None:
        await customer.arrives(RECEIVE_ONLY)
        (service,) = (await customer.does("GET", "/v1/panel/service-status")).json()["services"]
        assert (service["product"], service["variant"]) == ("E_INVOICING", "E_INVOICING_RECEIVE_ONLY")

    async def test_of_a_familys_bases_the_living_one_shows(self, customer: Customer) -> None:
        await customer.edge.buys(RECEIVE_ONLY)
        cancellation = "/v1/operator/customers/c-1/services/E_INVOICING_RECEIVE_ONLY/cancellation"
        assert (await customer.client.post(cancellation, headers=OPERATOR)).status_code == 200
        sealed = await customer.edge.keyring.seal("c-1", "o-2", {"vat_number": "12345670017"})
        await customer.edge.receives(first_purchase("2026-01-15", E_INVOICING, order_id="o-2", personal=sealed))

        (service,) = (await customer.client.get("/v1/customers/c-1/services", headers=OPERATOR)).json()["services"]

        assert (service["variant"], service["status"]) == ("E_INVOICING", "ACTIVE")

    async def test_an_add_on_is_not_on_sale_for_whom_the_catalogue_excludes(self) -> None:
        accountant = Provisioning().given(e_invoicing("2027-01-15", buyer_kind=BuyerKind.ACCOUNTANT))
        today = day("2026-01-15")
        assert panel.add_ons_on_sale(accountant.state, catalogue_on(today), today) == []


class TestWhatOperatorsAsk:
    async def test_services_are_listed_to_the_letter(self, customer: Customer) -> None:
        await customer.edge.buys(E_INVOICING, DOCUMENTS)
        answer = await customer.client.get("/v1/customers/c-1/services", headers=OPERATOR)
        assert answer.json()["services"][0] == {
            "product": "E_INVOICING",
            "variant": "E_INVOICING",
            "status": "ACTIVE",
            "activated_on": "2026-01-15",
            "expires_on": "2027-01-15",
            "origin": "BUNDLED",
            "ddt_preservation": False,
        }
        assert answer.json()["services"][1]["product"] == "DOCUMENTS"

    async def test_an_unknown_customer_has_none(self, customer: Customer) -> None:
        answer = await customer.client.get("/v1/customers/c-9/services", headers=OPERATOR)
        assert (answer.status_code, answer.json()) == (200, {"services": [], "next": None})

    async def test_keys_are_asked_for(self, customer: Customer) -> None:
        assert (await customer.client.get("/v1/customers/c-1/services")).status_code == 401
        path = "/v1/operator/customers/c-1/credentials"
        assert (await customer.client.post(path, headers=STOREFRONT)).status_code == 403

    async def test_a_storefront_reads_the_services_of_its_own_customers(self, customer: Customer) -> None:
        await customer.edge.buys(E_INVOICING)
        services = "/v1/customers/c-1/services"
        own = await customer.client.get(services, headers=STOREFRONT)
        assert [each["product"] for each in own.json()["services"]] == [E_INVOICING]
        assert is_problem(await customer.client.get(services, headers=OTHER_STOREFRONT), 403, "STOREFRONT_DIFFERS")
        unknown = await customer.client.get("/v1/customers/c-9/services", headers=OTHER_STOREFRONT)
        assert (unknown.status_code, unknown.json()) == (200, {"services": [], "next": None})

    async def test_credentials_to_be_issued_anew_are_shown(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        answer = await customer.client.get("/v1/operator/credentials?status=ISSUED", headers=OPERATOR)
        assert [entry["credential_id"] for entry in answer.json()["credentials"]] == [mailed["credential_id"]]

    async def test_a_cancelled_service_is_not_cancelled_again(self, customer: Customer) -> None:
        await customer.edge.buys(E_INVOICING, DOCUMENTS)
        path = "/v1/operator/customers/c-1/services/DOCUMENTS/cancellation"
        before = len(customer.edge.journal())
        rehearsed = await customer.client.post(f"{path}?dry_run=true", headers=OPERATOR)
        assert [event["type"] for event in rehearsed.json()["events"]] == ["provisioning.ServiceCancelled.v1"]
        assert len(customer.edge.journal()) == before
        first = await customer.client.post(path, headers=OPERATOR)
        again = await customer.client.post(f"{path}?dry_run=true", headers=OPERATOR)
        assert is_problem(again, 409, "CANCELLATION_REFUSED")
        second = await customer.client.post(path, headers=OPERATOR)
        assert first.status_code == 200
        assert is_problem(second, 409, "CANCELLATION_REFUSED")

    async def test_rehearsing_a_re_issue_leaves_the_password_as_it_is(self, customer: Customer) -> None:
        await customer.edge.buys(E_INVOICING)
        before = len(customer.edge.journal())
        answer = await customer.client.post("/v1/operator/customers/c-1/credentials?dry_run=true", headers=OPERATOR)
        events = [event["type"] for event in answer.json()["events"]]
        assert (answer.status_code, events[:1]) == (200, ["provisioning.CredentialsVoided.v1"])
        assert len(customer.edge.journal()) == before

    async def test_an_unknown_customer_gets_no_credentials(self, customer: Customer) -> None:
        answer = await customer.client.post("/v1/operator/customers/c-9/credentials", headers=OPERATOR)
        assert is_problem(answer, 404, "CUSTOMER_UNKNOWN")
