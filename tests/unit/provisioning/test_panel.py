from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.provisioning import ConfigurationCompleted, PasswordChanged
from schemas.vocabulary import Product
from services.provisioning.adapters import panel as http
from tests.unit.provisioning.builders import instant
from tests.unit.provisioning.memory_edge import OPERATOR, STOREFRONT, MemoryEdge
from tests.unit.provisioning.spec import names

CHOSEN = "nebbia in val padana"
CONFIGURATION: dict[str, Any] = {
    "company": {"name": "Rossi Srl"},
    "fiscal_regime": "RF01",
    "delivery": {"recipient_code": "ABC1234"},
    "address": {"street": "Via Roma 1", "town": "Firenze"},
}
DDT = "/v1/panel/settings/ddt-preservation"


class Customer:
    """Use the panel as c-1."""

    def __init__(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        self.edge = edge
        self.client = client
        self.session = ""

    async def sign_in(self, username: str, password: str) -> httpx.Response:
        answer = await self.client.post("/v1/panel/sign-in", json={"username": username, "password": password})
        if answer.status_code == 200:
            self.session = answer.json()["session_token"]
        return answer

    async def does(self, method: str, path: str, body: Any = None, session: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {session or self.session}"}
        return await self.client.request(method, path, json=body, headers=headers)

    async def chooses(self, password: str) -> httpx.Response:
        return await self.does("POST", "/v1/panel/password", {"new_password": password})

    async def arrives(self, *products: Product) -> dict[str, str]:
        """Buy, sign in with the mailed password, choose one's own and configure."""
        mailed = await self.edge.buys(*products)
        await self.sign_in(mailed["username"], mailed["password"])
        assert (await self.chooses(CHOSEN)).status_code == 204
        assert (await self.does("POST", "/v1/panel/configuration", CONFIGURATION)).status_code == 204
        return mailed


@pytest.fixture(autouse=True)
def _answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FAILED_ANSWERS_AFTER", 0.0)


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    edge = MemoryEdge()
    async with edge.client() as client:
        yield Customer(edge, client)


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestWhenSigningIn:
    async def test_the_mailed_password_opens_a_session_and_says_what_is_first(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)

        answer = await customer.sign_in(mailed["username"], mailed["password"])

        assert answer.status_code == 200
        assert answer.json() == {
            "session_token": customer.session,
            "expires_at": "2026-01-15T17:00:00Z",
            "must_change_password": True,
            "must_complete_configuration": True,
        }

    async def test_it_is_no_event_and_spends_nothing(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        before = len(customer.edge.journal())
        await customer.sign_in(mailed["username"], mailed["password"])
        assert (await customer.sign_in(mailed["username"].lower(), mailed["password"])).status_code == 200
        assert len(customer.edge.journal()) == before

    async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        wrong = await customer.sign_in(mailed["username"], "not the password")
        unknown = await customer.sign_in("U00000000000", "not the password")
        assert is_problem(wrong, 401, "SIGN_IN_FAILED")
        assert wrong.json() == unknown.json()

    @pytest.mark.parametrize(
        ("moment", "status"), [("2026-01-18T08:59:59Z", 200), ("2026-01-18T09:00:00Z", 401)], ids=["before", "after"]
    )
    async def test_the_temporary_password_lasts_72_hours(self, customer: Customer, moment: str, status: int) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        customer.edge.clock.instant = instant(moment)
        assert (await customer.sign_in(mailed["username"], mailed["password"])).status_code == status

    async def test_an_account_is_tried_ten_times_then_429(self, customer: Customer) -> None:
        answers = [await customer.sign_in("U00000000000", "guess") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert (await customer.sign_in("U00000000001", "guess")).status_code == 401

    async def test_an_address_is_limited_too(self, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        async def none(*_: object) -> bool:
            return False

        monkeypatch.setattr(http.Vault, "matches", none)
        answers = [await customer.sign_in(f"U{number:011}", "guess") for number in range(120)]
        assert answers[-1].status_code == 429

    async def test_unknown_fields_are_refused(self, customer: Customer) -> None:
        answer = await customer.client.post("/v1/panel/sign-in", json={"username": "u", "password": "p", "role": "x"})
        assert is_problem(answer, 422, "INVALID_REQUEST")


class TestWhenNobodyIsSignedIn:
    @pytest.mark.parametrize("session", ["", "forged.token"])
    async def test_it_is_401_whatever_the_body_says(self, customer: Customer, session: str) -> None:
        headers = {"Authorization": f"Bearer {session}"} if session else {}
        for method, path in (
            ("POST", "/v1/panel/password"),
            ("POST", "/v1/panel/configuration"),
            ("GET", "/v1/panel/service-status"),
            ("PUT", DDT),
        ):
            answer = await customer.client.request(method, path, json={"unknown": 1}, headers=headers)
            assert is_problem(answer, 401, "UNAUTHORIZED"), path


class TestWhenThePasswordIsTemporary:
    async def test_it_is_403_before_the_body_is_looked_at(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        answer = await customer.does("PUT", DDT, {"enabled": "yes"})
        assert is_problem(answer, 403, "PASSWORD_CHANGE_REQUIRED")

    async def test_nothing_but_its_change_is_open(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING, Product.DOCUMENTS)
        await customer.sign_in(mailed["username"], mailed["password"])

        for method, path, body in (
            ("POST", "/v1/panel/configuration", CONFIGURATION),
            ("GET", "/v1/panel/service-status", None),
            ("PUT", DDT, {"enabled": True}),
        ):
            assert is_problem(await customer.does(method, path, body), 403, "PASSWORD_CHANGE_REQUIRED")

    async def test_bad_choices_are_rejected_with_reasons(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])

        short = await customer.chooses("short")
        same = await customer.chooses(mailed["password"])
        named = await customer.chooses(f"my name is {mailed['username']}")

        assert is_problem(short, 422, "PASSWORD_REJECTED")
        assert short.json()["reasons"] == ["TOO_SHORT"]
        assert same.json()["reasons"] == ["SAME_AS_TEMPORARY"]
        assert named.json()["reasons"] == ["CONTAINS_USERNAME"]

    async def test_the_change_spends_it_and_the_session_goes_on(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])

        assert (await customer.chooses(CHOSEN)).status_code == 204

        assert names(customer.edge.journal()[-3:]) == "FirstSignInCompleted PasswordChanged SignInSealed"
        changed = customer.edge.journal()[-2]
        assert isinstance(changed, PasswordChanged)
        assert changed.first
        assert is_problem(await customer.does("GET", "/v1/panel/service-status"), 403, "CONFIGURATION_REQUIRED")
        assert (await customer.sign_in(mailed["username"], mailed["password"])).status_code == 401
        assert (await customer.sign_in(mailed["username"], CHOSEN)).json()["must_change_password"] is False

    async def test_another_open_session_is_void(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        other = (await customer.sign_in(mailed["username"], mailed["password"])).json()["session_token"]
        customer.edge.clock.instant = instant("2026-01-15T09:01:00Z")
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        assert is_problem(
            await customer.does("POST", "/v1/panel/password", {"new_password": "x"}, other), 401, "UNAUTHORIZED"
        )

    async def test_the_chosen_password_stands_nowhere(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING)
        kept = b"".join(row.recorded.value for row in customer.edge.store.contents.journal)
        for canary in (CHOSEN, "argon2", "ABC1234", "Via Roma"):
            assert canary.encode() not in kept

    async def test_a_reissue_voids_the_session(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING)

        answer = await customer.client.post("/v1/operator/customers/c-1/credentials", headers=OPERATOR)

        assert answer.status_code == 202
        assert answer.json() == {"credential_id": customer.edge.mailed()["credential_id"]}
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 401
        assert (await customer.sign_in("U12345670017", CHOSEN)).status_code == 401
        anew = await customer.sign_in("U12345670017", customer.edge.mailed()["password"])
        assert anew.json()["must_change_password"] is True


class TestWhenTheServiceIsToBeConfigured:
    @pytest.mark.parametrize("section", ["company", "fiscal_regime", "delivery", "address"])
    async def test_a_missing_section_leaves_nothing_behind(self, customer: Customer, section: str) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        partly = {name: value for name, value in CONFIGURATION.items() if name != section}
        before = len(customer.edge.journal())

        answer = await customer.does("POST", "/v1/panel/configuration", partly)

        assert is_problem(answer, 422, "CONFIGURATION_INCOMPLETE")
        assert answer.json()["missing"] == [section]
        assert len(customer.edge.journal()) == before

    async def test_empty_sections_are_missing(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        empty = {"company": {}, "fiscal_regime": " ", "delivery": {"recipient_code": None}, "address": None}
        answer = await customer.does("POST", "/v1/panel/configuration", empty)
        assert answer.json()["missing"] == ["company", "fiscal_regime", "delivery", "address"]

    async def test_complete_it_opens_the_rest(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING)
        completed = customer.edge.journal()[-1]
        assert isinstance(completed, ConfigurationCompleted)
        assert completed.sections == ["company", "fiscal_regime", "delivery", "address"]
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 200


class TestWhenDdtPreservationIsSwitched:
    async def test_it_goes_on_and_off_and_twice_is_once(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING, Product.DOCUMENTS)
        before = len(customer.edge.journal())

        for enabled in (True, True, False, True):
            answer = await customer.does("PUT", DDT, {"enabled": enabled})
            assert (answer.status_code, answer.json()) == (200, {"enabled": enabled})

        assert names(customer.edge.journal()[before:]) == (
            "DdtPreservationActivated DdtPreservationDeactivated DdtPreservationActivated"
        )

    async def test_without_documents_it_is_refused(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING)
        assert is_problem(await customer.does("PUT", DDT, {"enabled": True}), 409, "DOCUMENTS_NOT_ACTIVE")

    async def test_the_day_after_the_expiry_it_is_refused_before_any_timer(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING, Product.DOCUMENTS)
        customer.edge.clock.instant = instant("2027-01-15T23:00:00Z")
        await customer.sign_in("U12345670017", CHOSEN)
        assert is_problem(await customer.does("PUT", DDT, {"enabled": True}), 409, "DOCUMENTS_NOT_ACTIVE")

    async def test_it_ends_with_documents(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING, Product.DOCUMENTS)
        await customer.does("PUT", DDT, {"enabled": True})
        answer = await customer.client.post(
            "/v1/operator/customers/c-1/services/E_INVOICING/cancellation", headers=OPERATOR
        )
        assert [service["ddt_preservation"] for service in answer.json()["services"]] == [False, False]
        assert [service["status"] for service in answer.json()["services"]] == ["TERMINATED", "TERMINATED"]


class TestSessions:
    @pytest.mark.parametrize("token", ["no-such-session", "a.b", "é.ü", "", "e30.e30", "AAAA"])
    async def test_a_forged_one_opens_nothing(self, customer: Customer, token: str) -> None:
        await customer.edge.buys(Product.E_INVOICING)
        headers = [(b"authorization", b"Bearer " + token.encode())]
        answer = await customer.client.get("/v1/panel/service-status", headers=headers)
        assert answer.status_code == 401

    async def test_it_ends_after_eight_hours(self, customer: Customer) -> None:
        await customer.arrives(Product.E_INVOICING)
        customer.edge.clock.instant = instant("2026-01-15T17:00:00Z")
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 401


class TestWhatOperatorsAsk:
    async def test_services_are_listed_to_the_letter(self, customer: Customer) -> None:
        await customer.edge.buys(Product.E_INVOICING, Product.DOCUMENTS)
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
        assert (answer.status_code, answer.json()) == (200, {"services": []})

    async def test_keys_are_asked_for(self, customer: Customer) -> None:
        services = "/v1/customers/c-1/services"
        assert (await customer.client.get(services)).status_code == 401
        assert (await customer.client.get(services, headers=STOREFRONT)).status_code == 403
        path = "/v1/operator/customers/c-1/credentials"
        assert (await customer.client.post(path, headers=STOREFRONT)).status_code == 403

    async def test_credentials_to_be_issued_anew_are_shown(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(Product.E_INVOICING)
        answer = await customer.client.get("/v1/operator/credentials?status=ISSUED", headers=OPERATOR)
        assert [entry["credential_id"] for entry in answer.json()["credentials"]] == [mailed["credential_id"]]

    async def test_a_cancelled_service_is_not_cancelled_again(self, customer: Customer) -> None:
        await customer.edge.buys(Product.E_INVOICING, Product.DOCUMENTS)
        path = "/v1/operator/customers/c-1/services/DOCUMENTS/cancellation"
        first = await customer.client.post(path, headers=OPERATOR)
        second = await customer.client.post(path, headers=OPERATOR)
        assert first.status_code == 200
        assert is_problem(second, 409, "CANCELLATION_REFUSED")

    async def test_an_unknown_customer_gets_no_credentials(self, customer: Customer) -> None:
        answer = await customer.client.post("/v1/operator/customers/c-9/credentials", headers=OPERATOR)
        assert is_problem(answer, 404, "CUSTOMER_UNKNOWN")
