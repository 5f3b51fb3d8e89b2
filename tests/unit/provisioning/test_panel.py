import pytest

from schemas.provisioning import PasswordChanged
from tests.unit.provisioning.builders import DOCUMENTS, E_INVOICING, instant
from tests.unit.provisioning.customers import CHOSEN, CONFIGURATION, DDT, Customer, is_problem
from tests.unit.provisioning.memory_edge import OPERATOR
from tests.unit.provisioning.spec import names


class TestWhenSigningIn:
    async def test_the_mailed_password_opens_a_session_and_says_what_is_first(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)

        answer = await customer.sign_in(mailed["username"], mailed["password"])

        assert answer.status_code == 200
        assert answer.json() == {
            "session_token": customer.session,
            "expires_at": "2026-01-15T17:00:00Z",
            "must_change_password": True,
            "must_complete_configuration": True,
        }

    async def test_it_is_no_event_and_spends_nothing(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        before = len(customer.edge.journal())
        await customer.sign_in(mailed["username"], mailed["password"])
        assert (await customer.sign_in(mailed["username"].lower(), mailed["password"])).status_code == 200
        assert len(customer.edge.journal()) == before

    async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        wrong = await customer.sign_in(mailed["username"], "not the password")
        unknown = await customer.sign_in("U00000000000", "not the password")
        assert is_problem(wrong, 401, "SIGN_IN_FAILED")
        assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}

    @pytest.mark.parametrize(
        ("moment", "status"), [("2026-01-18T08:59:59Z", 200), ("2026-01-18T09:00:00Z", 401)], ids=["before", "after"]
    )
    async def test_the_temporary_password_lasts_72_hours(self, customer: Customer, moment: str, status: int) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        customer.edge.clock.instant = instant(moment)
        assert (await customer.sign_in(mailed["username"], mailed["password"])).status_code == status

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
        mailed = await customer.edge.buys(E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])
        answer = await customer.does("PUT", DDT, {"enabled": "yes"})
        assert is_problem(answer, 403, "PASSWORD_CHANGE_REQUIRED")

    async def test_nothing_but_its_change_is_open(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING, DOCUMENTS)
        await customer.sign_in(mailed["username"], mailed["password"])

        for method, path, body in (
            ("POST", "/v1/panel/configuration", CONFIGURATION),
            ("GET", "/v1/panel/service-status", None),
            ("PUT", DDT, {"enabled": True}),
        ):
            assert is_problem(await customer.does(method, path, body), 403, "PASSWORD_CHANGE_REQUIRED")

    async def test_bad_choices_are_rejected_with_reasons(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
        await customer.sign_in(mailed["username"], mailed["password"])

        short = await customer.chooses("short")
        same = await customer.chooses(mailed["password"])
        named = await customer.chooses(f"my name is {mailed['username']}")

        assert is_problem(short, 422, "PASSWORD_REJECTED")
        assert short.json()["reasons"] == ["TOO_SHORT"]
        assert same.json()["reasons"] == ["SAME_AS_TEMPORARY"]
        assert named.json()["reasons"] == ["CONTAINS_USERNAME"]

    async def test_the_change_spends_it_and_the_session_goes_on(self, customer: Customer) -> None:
        mailed = await customer.edge.buys(E_INVOICING)
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
        mailed = await customer.edge.buys(E_INVOICING)
        other = (await customer.sign_in(mailed["username"], mailed["password"])).json()["session_token"]
        customer.edge.clock.instant = instant("2026-01-15T09:01:00Z")
        await customer.sign_in(mailed["username"], mailed["password"])
        await customer.chooses(CHOSEN)
        assert is_problem(
            await customer.does("POST", "/v1/panel/password", {"new_password": "x"}, other), 401, "UNAUTHORIZED"
        )

    async def test_the_chosen_password_stands_nowhere(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)
        kept = b"".join(row.recorded.value for row in customer.edge.store.contents.journal)
        for canary in (CHOSEN, "argon2", "ABC1234", "Via Roma"):
            assert canary.encode() not in kept

    async def test_a_reissue_voids_the_session(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)

        answer = await customer.client.post("/v1/operator/customers/c-1/credentials", headers=OPERATOR)

        assert answer.status_code == 202
        assert answer.json() == {"credential_id": customer.edge.mailed()["credential_id"]}
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 401
        assert (await customer.sign_in("U12345670017", CHOSEN)).status_code == 401
        anew = await customer.sign_in("U12345670017", customer.edge.mailed()["password"])
        assert anew.json()["must_change_password"] is True


class TestSessions:
    @pytest.mark.parametrize("token", ["no-such-session", "a.b", "é.ü", "", "e30.e30", "AAAA"])
    async def test_a_forged_one_opens_nothing(self, customer: Customer, token: str) -> None:
        await customer.edge.buys(E_INVOICING)
        headers = [(b"authorization", b"Bearer " + token.encode())]
        answer = await customer.client.get("/v1/panel/service-status", headers=headers)
        assert answer.status_code == 401

    async def test_it_ends_after_eight_hours(self, customer: Customer) -> None:
        await customer.arrives(E_INVOICING)
        customer.edge.clock.instant = instant("2026-01-15T17:00:00Z")
        assert (await customer.does("GET", "/v1/panel/service-status")).status_code == 401
