from typing import Any

from schemas.cart import OrderLine
from schemas.catalogue import catalogue_version
from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.provisioning import (
    ConfigurationCompleted,
    DdtPreservationActivated,
    ExpiryAligned,
    InputNoted,
    SignInSealed,
)
from schemas.refusal import Refusal
from schemas.vocabulary import Branch, ExpiryReason, LineAction
from services.provisioning.domain import panel
from services.provisioning.domain.commands import Settlement
from tests.unit.provisioning.builders import (
    DOCUMENTS,
    E_INVOICING,
    SEALED,
    active,
    credentials,
    day,
    e_invoicing,
    first_purchase,
    settled,
    showing,
)
from tests.unit.provisioning.spec import Provisioning, names


def charged_back(order_id: str, on: str, **changes: Any) -> PaymentChargedBack:
    return PaymentChargedBack.model_validate(
        {**_money(order_id), "charged_back_on": on, "was_settled": True, **changes}
    )


def won(order_id: str, on: str, **changes: Any) -> ChargebackWon:
    return ChargebackWon.model_validate({**_money(order_id), "won_on": on, **changes})


def _money(order_id: str) -> dict[str, Any]:
    return {
        "customer_id": "c-1",
        "order_id": order_id,
        "payment_source": "card",
        "payment_id": "p-1",
        "content_hash": "ab12",
        "method": "CARD",
        "amount_cents": 3660,
        "order_cents": 3660,
        "surplus_cents": 0,
        "why": "the bank said so",
    }


def owner_of_both() -> Provisioning:
    """An owner of e-invoicing and Documents by one order, o-1, until 2027-01-15."""
    owner = Provisioning()
    order = first_purchase("2026-01-15", E_INVOICING, DOCUMENTS)
    owner.when(Settlement(order, credentials()), "orders.OrderSettled.v1")
    return owner


def extended() -> Provisioning:
    """E-invoicing by o-0 until 2026-06-30, extended to 2027-01-15 by order o-1 of Documents."""
    owner = Provisioning().given(e_invoicing("2026-06-30", "2025-06-30", 12))
    owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
    return owner


def renewed(on: str = "2026-12-01") -> Provisioning:
    """Both by o-0 until 2027-01-15, renewed by o-1 to 2028-01-15."""
    owner = Provisioning().given(
        e_invoicing("2027-01-15", "2026-01-15", 12), active(DOCUMENTS, "2027-01-15", "2026-01-15", 12)
    )
    owner.at(f"{on}T09:00:00Z").when(renewal("o-1", on, "2027-01-15", "2026-01-15"))
    return owner


def renewal(order_id: str, on: str, shown: str, anchor: str, *, products: Any = (E_INVOICING, DOCUMENTS)) -> Any:
    shows = [showing(product, shown, anchor_on=day(anchor)) for product in products]
    lines = [OrderLine(product=product, action=LineAction.RENEW) for product in products]
    return settled(Branch.RENEWED, on, order_id=order_id, lines=lines, expiries_shown=shows)


SIGNED_IN = SignInSealed(customer_id="c-1", username_hash="uh-1", sealed=SEALED, temporary=False)
CONFIGURED = ConfigurationCompleted(
    customer_id="c-1", sections=["company"], sealed=SEALED, completed_on=day("2026-01-15")
)


def switched_on(owner: Provisioning) -> Any:
    catalogue = catalogue_version("2026-01")
    return panel.switch_ddt_preservation(owner.state, "c-1", catalogue, enabled=True, today=day("2026-03-01"))


def stands(owner: Provisioning) -> dict[str, tuple[str, str]]:
    return {row.product: (str(row.status), row.expires_on.isoformat()) for row in owner.table("services")}


def moves(events: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (event.product, event.new_expiry.isoformat(), str(event.reason))
        for event in events
        if isinstance(event, ExpiryAligned)
    ]


class TestWhenAFirstPurchaseIsChargedBack:
    def test_what_it_activated_is_suspended_and_nothing_deleted(self) -> None:
        owner = owner_of_both()

        events = owner.when(charged_back("o-1", "2026-03-01"))

        assert names(events) == "ChargebackNoted ServiceSuspended ServiceSuspended"
        event = events[1]
        assert isinstance(event, ServiceSuspended)
        assert (event.product, event.order_id, event.suspended_on) == (E_INVOICING, "o-1", day("2026-03-01"))
        suspended = ("SUSPENDED", "2027-01-15")
        assert stands(owner) == {E_INVOICING: suspended, DOCUMENTS: suspended}
        assert owner.state.sign_in is not None

    def test_won_back_it_resumes(self) -> None:
        owner = owner_of_both()
        owner.when(charged_back("o-1", "2026-03-01"))

        events = owner.when(won("o-1", "2026-04-01"))

        assert names(events) == "ChargebackNoted ServiceResumed ServiceResumed"
        active_again = ("ACTIVE", "2027-01-15")
        assert stands(owner) == {E_INVOICING: active_again, DOCUMENTS: active_again}

    def test_of_two_payments_both_must_be_back(self) -> None:
        owner = owner_of_both()
        owner.when(charged_back("o-1", "2026-03-01"))
        assert names(owner.when(charged_back("o-1", "2026-03-02", payment_id="p-2"))) == "ChargebackNoted"
        assert names(owner.when(won("o-1", "2026-04-01"))) == "ChargebackNoted"
        assert stands(owner)[E_INVOICING] == ("SUSPENDED", "2027-01-15")
        assert "ServiceResumed" in names(owner.when(won("o-1", "2026-04-02", payment_id="p-2")))

    def test_a_surplus_suspends_nothing(self) -> None:
        events = owner_of_both().when(
            charged_back("o-1", "2026-03-01", order_cents=0, surplus_cents=3660, was_settled=False)
        )
        assert [type(event) for event in events] == [InputNoted]

    def test_an_order_that_activated_nothing_here_is_noted(self) -> None:
        events = owner_of_both().when(charged_back("o-9", "2026-03-01"))
        assert [type(event) for event in events] == [InputNoted]

    def test_preservation_switches_off(self) -> None:
        owner = owner_of_both()
        on = DdtPreservationActivated(customer_id="c-1", product=DOCUMENTS, activated_on=day("2026-02-01"))
        owner.given(on)
        events = owner.when(charged_back("o-1", "2026-03-01"))
        assert "DdtPreservationDeactivated" in names(events)
        assert owner.service(DOCUMENTS).ddt_preservation is False


class TestThePanelOfASuspendedBase:
    def test_sells_no_add_on_and_switches_nothing_on(self) -> None:
        owner = Provisioning().given(
            e_invoicing("2027-01-15", order_id="o-1"), active(DOCUMENTS, "2027-01-15", order_id="o-2")
        )
        owner.given(SIGNED_IN, CONFIGURED)
        assert not isinstance(switched_on(owner), Refusal)
        owner.when(charged_back("o-1", "2026-03-01"))
        assert stands(owner) == {E_INVOICING: ("SUSPENDED", "2027-01-15"), DOCUMENTS: ("ACTIVE", "2027-01-15")}
        refused = switched_on(owner)
        assert isinstance(refused, Refusal)
        assert refused.code == "DOCUMENTS_NOT_ACTIVE"
        assert panel.add_ons_on_sale(owner.state, catalogue_version("2026-01"), day("2026-03-01")) == []


class TestTheDatesOfASuspendedService:
    def test_run_on_through_grace_to_the_end(self) -> None:
        owner = owner_of_both()
        owner.when(charged_back("o-1", "2026-03-01"))

        assert owner.at("2027-01-15T22:59:59Z").fire() == []
        assert names(owner.at("2027-01-15T23:00:00Z").fire()) == "ServiceEnteredGrace ServiceEnteredGrace"
        assert stands(owner)[E_INVOICING] == ("SUSPENDED", "2027-01-15")
        assert owner.at("2027-04-15T21:59:59Z").fire() == []
        assert names(owner.at("2027-04-15T22:00:00Z").fire()).endswith("ServiceTerminated ServiceTerminated")

    def test_won_back_in_grace_it_resumes_in_grace(self) -> None:
        owner = owner_of_both()
        owner.when(charged_back("o-1", "2026-03-01"))
        owner.at("2027-02-01T09:00:00Z").fire()

        events = owner.when(won("o-1", "2027-02-01"))

        resumed = [event for event in events if isinstance(event, ServiceResumed)]
        assert {str(event.status) for event in resumed} == {"GRACE"}
        assert stands(owner)[E_INVOICING] == ("GRACE", "2027-01-15")
        assert names(owner.at("2027-04-15T22:00:00Z").fire()).endswith("ServiceTerminated ServiceTerminated")

    def test_won_back_after_the_end_nothing_resumes(self) -> None:
        owner = owner_of_both()
        owner.when(charged_back("o-1", "2026-03-01"))
        owner.at("2027-05-01T09:00:00Z").fire()
        assert names(owner.when(won("o-1", "2027-05-01"))) == "InputNoted"

    def test_on_the_day_of_expiry_it_is_suspended_and_not_yet_in_grace(self) -> None:
        owner = owner_of_both().at("2027-01-15T09:00:00Z")
        assert "ServiceEnteredGrace" not in names(owner.when(charged_back("o-1", "2027-01-15")))


class TestWhenAnExtensionIsChargedBack:
    def test_the_base_goes_back_and_documents_is_suspended(self) -> None:
        owner = extended()

        events = owner.when(charged_back("o-1", "2026-03-01"))

        assert moves(events) == [(E_INVOICING, "2026-06-30", "REVERSAL"), (DOCUMENTS, "2026-06-30", "REVERSAL")]
        assert stands(owner) == {E_INVOICING: ("ACTIVE", "2026-06-30"), DOCUMENTS: ("SUSPENDED", "2026-06-30")}
        base = owner.service(E_INVOICING)
        assert (base.anchor_on, base.months) == (day("2025-06-30"), 12)

    def test_won_back_both_run_as_before(self) -> None:
        owner = extended()
        before = stands(owner)
        owner.when(charged_back("o-1", "2026-03-01"))

        events = owner.when(won("o-1", "2026-04-01"))

        assert moves(events) == [(E_INVOICING, "2027-01-15", "EXTENSION"), (DOCUMENTS, "2027-01-15", "ALIGNMENT")]
        assert stands(owner) == before

    def test_charged_back_again_it_goes_back_again(self) -> None:
        owner = extended()
        owner.when(charged_back("o-1", "2026-03-01"))
        owner.when(won("o-1", "2026-04-01"))
        owner.when(charged_back("o-1", "2026-05-01"))
        assert stands(owner) == {E_INVOICING: ("ACTIVE", "2026-06-30"), DOCUMENTS: ("SUSPENDED", "2026-06-30")}

    def test_an_expiry_that_moved_on_stays(self) -> None:
        owner = extended()
        owner.when(renewal("o-2", "2026-02-01", "2027-01-15", "2027-01-15", products=(E_INVOICING,)))
        events = owner.when(charged_back("o-1", "2026-03-01"))
        assert moves(events) == []
        assert stands(owner) == {E_INVOICING: ("ACTIVE", "2028-01-15"), DOCUMENTS: ("SUSPENDED", "2027-01-15")}

    def test_renewed_meanwhile_the_base_is_not_extended_again(self) -> None:
        owner = extended()
        owner.when(charged_back("o-1", "2026-03-01"))
        owner.when(renewal("o-2", "2026-03-15", "2026-06-30", "2025-06-30", products=(E_INVOICING,)))

        events = owner.when(won("o-1", "2026-04-01"))

        assert moves(events) == [(DOCUMENTS, "2027-01-15", "ALIGNMENT")]
        assert stands(owner) == {E_INVOICING: ("ACTIVE", "2027-06-30"), DOCUMENTS: ("ACTIVE", "2027-01-15")}

    def test_where_the_old_expiry_is_over_the_base_enters_grace(self) -> None:
        owner = extended().at("2026-07-15T09:00:00Z")
        events = owner.when(charged_back("o-1", "2026-07-15"))
        assert "ServiceEnteredGrace" in names(events)
        assert stands(owner)[E_INVOICING] == ("GRACE", "2026-06-30")


class TestWhenARenewalIsChargedBack:
    def test_base_and_add_on_go_back_and_stay_active(self) -> None:
        owner = renewed()
        assert stands(owner)[DOCUMENTS] == ("ACTIVE", "2028-01-15")

        events = owner.when(charged_back("o-1", "2026-12-20"))

        assert "ServiceSuspended" not in names(events)
        assert stands(owner) == dict.fromkeys((E_INVOICING, DOCUMENTS), ("ACTIVE", "2027-01-15"))

    def test_won_back_both_are_renewed_again(self) -> None:
        owner = renewed()
        owner.when(charged_back("o-1", "2026-12-20"))
        events = owner.when(won("o-1", "2027-01-10"))
        assert {reason for *_, reason in moves(events)} == {str(ExpiryReason.RENEWAL)}
        assert stands(owner) == dict.fromkeys((E_INVOICING, DOCUMENTS), ("ACTIVE", "2028-01-15"))

    def test_of_two_renewals_only_the_later_can_go_back(self) -> None:
        owner = renewed()
        owner.when(renewal("o-2", "2026-12-10", "2028-01-15", "2026-01-15"))
        assert moves(owner.when(charged_back("o-1", "2026-12-20"))) == []
        owner.when(charged_back("o-2", "2026-12-21", payment_id="p-2"))
        assert stands(owner) == dict.fromkeys((E_INVOICING, DOCUMENTS), ("ACTIVE", "2028-01-15"))

    def test_a_leap_day_comes_back_from_its_anchor(self) -> None:
        owner = Provisioning().given(e_invoicing("2029-02-28", "2028-02-29", 12)).at("2029-01-10T09:00:00Z")
        lines = [OrderLine(product=E_INVOICING, action=LineAction.RENEW, years=3)]
        shows = [showing(E_INVOICING, "2029-02-28", anchor_on=day("2028-02-29"))]
        owner.when(settled(Branch.RENEWED, "2029-01-10", lines=lines, expiries_shown=shows))
        assert stands(owner)[E_INVOICING] == ("ACTIVE", "2032-02-29")

        owner.when(charged_back("o-1", "2029-02-01"))
        assert stands(owner)[E_INVOICING] == ("ACTIVE", "2029-02-28")
        owner.when(won("o-1", "2029-02-10"))
        assert stands(owner)[E_INVOICING] == ("ACTIVE", "2032-02-29")
