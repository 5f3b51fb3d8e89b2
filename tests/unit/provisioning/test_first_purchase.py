from schemas.provisioning import ActivationHeld, ServiceActivated
from schemas.vocabulary import HoldReason
from services.provisioning.domain.commands import Settlement
from tests.unit.provisioning.builders import DOCUMENTS, E_INVOICING, credentials, day, e_invoicing, first_purchase
from tests.unit.provisioning.spec import Provisioning, names

SETTLED = "orders.OrderSettled.v1"


def expiries(owner: Provisioning) -> tuple[str, str]:
    return str(owner.service("E_INVOICING").expires_on), str(owner.service("DOCUMENTS").expires_on)


class TestWhenBothAreBoughtTogether:
    def test_both_run_twelve_months_from_the_payment(self) -> None:
        newcomer = Provisioning()
        order = first_purchase("2026-01-15", E_INVOICING, DOCUMENTS)

        events = newcomer.when(Settlement(order, credentials()), SETTLED)

        assert names(events) == "ServiceActivated ServiceActivated CredentialsIssued SignInSealed OrderActivated"
        base = events[0]
        assert isinstance(base, ServiceActivated)
        assert (base.anchor_on, base.months, base.expires_on) == (day("2026-01-15"), 12, day("2027-01-15"))
        assert expiries(newcomer) == ("2027-01-15", "2027-01-15")

    def test_documents_comes_only_if_it_was_added(self) -> None:
        newcomer = Provisioning()
        order = first_purchase("2026-01-15", E_INVOICING)
        events = newcomer.when(Settlement(order, credentials()), SETTLED)
        assert names(events) == "ServiceActivated CredentialsIssued SignInSealed OrderActivated"

    def test_a_leap_day_ends_on_28_february(self) -> None:
        newcomer = Provisioning().at("2028-02-29T09:00:00Z")
        order = first_purchase("2028-02-29", E_INVOICING, DOCUMENTS)
        newcomer.when(Settlement(order, credentials()), SETTLED)
        assert expiries(newcomer) == ("2029-02-28", "2029-02-28")

    def test_a_second_base_is_held(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        order = first_purchase("2026-01-15", E_INVOICING)
        (held,) = owner.when(Settlement(order, credentials()), SETTLED)
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_ALREADY_ACTIVE

    def test_an_erased_customer_is_held(self) -> None:
        order = first_purchase("2026-01-15", E_INVOICING)
        (held,) = Provisioning().when(Settlement(order, None), SETTLED)
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.OPERATOR_REQUEST
