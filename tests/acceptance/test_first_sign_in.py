"""R36, R37: the first sign-in must change the password, then configure as a whole; each step out of turn is refused."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, configuration
from rehearsal.play.stage import CHOSEN_PASSWORD, Stage
from tests.builders import ORDER_DAY, OWNED_BOTH
from tests.spec import happened

DDT = "settings/ddt-preservation"


async def credentials(stage: Stage, *products: str) -> tuple[str, str, object]:
    """Return the mailed username and password of somebody new, and who it is."""
    buyer = await stage.owner(ORDER_DAY, *products)
    lines = (await stage.mail(buyer, "activation-credentials")).credentials
    return lines["Username"], lines["Password"], buyer


class TestWhenTheTemporaryPasswordIsUsed:
    async def test_it_must_be_changed_and_opens_nothing_else(self, stage: Stage) -> None:
        username, password, _ = await credentials(stage, E_INVOICING, DOCUMENTS)

        answer = await stage.front.sign_in(username, password)

        assert answer.status == 200
        assert answer.body["must_change_password"] is True
        assert answer.body["must_complete_configuration"] is True
        session = answer.body["session_token"]
        for method, path, body in (
            ("POST", "configuration", configuration()),
            ("GET", "service-status", None),
            ("PUT", DDT, {"enabled": True}),
        ):
            refused = await stage.front.in_panel(session, method, path, body)
            assert (path, refused.status, refused.code) == (path, 403, "PASSWORD_CHANGE_REQUIRED")

    async def test_signing_in_does_not_spend_it(self, stage: Stage) -> None:
        username, password, _ = await credentials(stage, E_INVOICING)
        await stage.front.sign_in(username, password)
        assert (await stage.front.sign_in(username, password)).status == 200

    async def test_a_weak_password_is_rejected_with_reasons(self, stage: Stage) -> None:
        username, password, _ = await credentials(stage, E_INVOICING)
        session = (await stage.front.sign_in(username, password)).body["session_token"]

        answer = await stage.front.in_panel(session, "POST", "password", {"new_password": "short"})

        assert (answer.status, answer.code) == (422, "PASSWORD_REJECTED")
        assert (await stage.front.sign_in(username, password)).body["must_change_password"] is True

    async def test_after_72_hours_it_no_longer_opens(self, stage: Stage) -> None:
        username, password, _ = await credentials(stage, E_INVOICING)
        await stage.at("2026-01-18T09:00:01+00:00")

        answer = await stage.front.sign_in(username, password)

        assert (answer.status, answer.code) == (401, "SIGN_IN_FAILED")

    async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(self, stage: Stage) -> None:
        username, _, _ = await credentials(stage, E_INVOICING)

        wrong = await stage.front.sign_in(username, "not-the-password-at-all")
        unknown = await stage.front.sign_in("U00000000000", "not-the-password-at-all")

        assert (wrong.status, wrong.code) == (401, "SIGN_IN_FAILED")
        assert (unknown.status, unknown.code) == (401, "SIGN_IN_FAILED")
        one_request = {"instance": None, "request_id": None}
        assert {**wrong.body, **one_request} == {**unknown.body, **one_request}


class TestWhenThePasswordIsChanged:
    async def test_only_the_configuration_is_open_and_only_as_a_whole(self, stage: Stage) -> None:
        username, password, buyer = await credentials(stage, E_INVOICING, DOCUMENTS)
        first = (await stage.front.sign_in(username, password)).body["session_token"]
        changed = await stage.front.in_panel(first, "POST", "password", {"new_password": CHOSEN_PASSWORD})
        assert changed.status == 204
        assert (await stage.front.sign_in(username, password)).status == 401

        answer = await stage.front.sign_in(username, CHOSEN_PASSWORD)
        assert answer.body["must_change_password"] is False
        assert answer.body["must_complete_configuration"] is True
        session = answer.body["session_token"]
        early = await stage.front.in_panel(session, "PUT", DDT, {"enabled": True})
        assert (early.status, early.code) == (403, "CONFIGURATION_REQUIRED")

        for section in ("company", "fiscal_regime", "delivery", "address"):
            partly = {name: value for name, value in configuration().items() if name != section}
            incomplete = await stage.front.in_panel(session, "POST", "configuration", partly)
            assert (incomplete.status, incomplete.code) == (422, "CONFIGURATION_INCOMPLETE")
            assert section in str(incomplete.body)
        assert (await stage.front.in_panel(session, "POST", "configuration", configuration())).status == 204
        assert (await stage.front.sign_in(username, CHOSEN_PASSWORD)).body["must_complete_configuration"] is False

        seen = await happened(
            stage,
            buyer,  # type: ignore[arg-type]
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=f"{OWNED_BOTH} FirstSignInCompleted PasswordChanged ConfigurationCompleted",
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert sorted(seen.one("ConfigurationCompleted")["sections"]) == [
            "address",
            "company",
            "delivery",
            "fiscal_regime",
        ]

    async def test_without_a_session_the_panel_is_closed(self, stage: Stage) -> None:
        answer = await stage.front.in_panel("no-such-session", "GET", "service-status")
        assert answer.status == 401


class TestWhenTheServiceIsConfigured:
    async def test_ddt_preservation_goes_on_and_off_while_documents_is_active(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
        session = await stage.signed_in(buyer)

        assert (await stage.front.services(buyer.customer_id))["DOCUMENTS"]["ddt_preservation"] is False
        on = await stage.front.in_panel(session, "PUT", DDT, {"enabled": True})
        again = await stage.front.in_panel(session, "PUT", DDT, {"enabled": True})
        assert (on.status, again.status) == (200, 200)
        assert (await stage.front.services(buyer.customer_id))["DOCUMENTS"]["ddt_preservation"] is True
        assert (await stage.front.in_panel(session, "PUT", DDT, {"enabled": False})).status == 200

        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=f"{OWNED_BOTH} FirstSignInCompleted PasswordChanged ConfigurationCompleted "
            "DdtPreservationActivated DdtPreservationDeactivated",
            mails="order-received activation-credentials",
            handovers=1,
        )

    async def test_without_documents_ddt_preservation_is_refused(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        session = await stage.signed_in(buyer)

        answer = await stage.front.in_panel(session, "PUT", DDT, {"enabled": True})

        assert (answer.status, answer.code) == (409, "DOCUMENTS_NOT_ACTIVE")

    async def test_the_service_status_shows_both(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
        session = await stage.signed_in(buyer)

        answer = await stage.front.in_panel(session, "GET", "service-status")

        assert answer.status == 200
        assert "2027-01-15" in str(answer.body)
