"""What no code names: a second add-on of e-invoicing, and a second family with a base and an add-on of its own."""

import pytest

from schemas.provisioning import (
    ActivationHeld,
    ConfigurationCompleted,
    ServiceActivated,
    ServiceTerminated,
    SignInSealed,
)
from schemas.vocabulary import HoldReason
from services.provisioning.domain.commands import (
    CancelService,
    ReissueCredentials,
    Settlement,
    SwitchDdtPreservation,
)
from tests.unit.provisioning.builders import (
    CERTIFIED_MAIL,
    DOCUMENTS,
    E_INVOICING,
    MAIL_ARCHIVE,
    RECEIVE_ONLY,
    SEALED,
    SIGNATURES,
    active,
    credentials,
    day,
    e_invoicing,
    first_purchase,
)
from tests.unit.provisioning.spec import Provisioning, names

SETTLED = "orders.OrderSettled.v1"


def expiries(owner: Provisioning) -> dict[str, str]:
    return {row.product: str(row.expires_on) for row in owner.table("services") if row.is_alive}


def statuses(owner: Provisioning) -> dict[str, str]:
    return {row.product: row.status.value for row in owner.table("services")}


def owner_of_documents(e_invoicing_to: str = "2026-06-30", documents_to: str = "2026-06-30") -> Provisioning:
    return Provisioning().given(e_invoicing(e_invoicing_to), active(DOCUMENTS, documents_to))


def owner_of_two_families() -> Provisioning:
    owner = Provisioning()
    order = first_purchase("2026-01-15", E_INVOICING, DOCUMENTS)
    owner.when(Settlement(order, credentials()), SETTLED)
    return owner.given(active(CERTIFIED_MAIL, "2026-06-30"), active(MAIL_ARCHIVE, "2026-06-30"))


class TestWhenSeveralFamiliesAreBoughtTogether:
    def test_each_base_is_activated_with_its_add_ons_and_one_sign_in(self) -> None:
        newcomer = Provisioning()
        order = first_purchase("2026-01-15", DOCUMENTS, E_INVOICING, MAIL_ARCHIVE, CERTIFIED_MAIL, SIGNATURES)

        events = newcomer.when(Settlement(order, credentials()), SETTLED)

        activated = [event for event in events if isinstance(event, ServiceActivated)]
        assert [(event.product, event.family, event.requires) for event in activated] == [
            (E_INVOICING, E_INVOICING, None),
            (DOCUMENTS, E_INVOICING, E_INVOICING),
            (SIGNATURES, E_INVOICING, E_INVOICING),
            (CERTIFIED_MAIL, CERTIFIED_MAIL, None),
            (MAIL_ARCHIVE, CERTIFIED_MAIL, CERTIFIED_MAIL),
        ]
        assert names(events[5:]) == "CredentialsIssued SignInSealed OrderActivated"
        assert {event.origin.value for event in activated} == {"BUNDLED"}
        assert set(expiries(newcomer).values()) == {"2027-01-15"}

    def test_the_tax_identifier_is_held_by_the_bases(self) -> None:
        order = first_purchase("2026-01-15", E_INVOICING, DOCUMENTS, CERTIFIED_MAIL)
        events = Provisioning().when(Settlement(order, credentials()), SETTLED)
        held_by = [
            event.product for event in events if isinstance(event, ServiceActivated) and event.tax_identifier_hash
        ]
        assert held_by == [E_INVOICING, CERTIFIED_MAIL]

    def test_a_second_familys_base_keeps_the_sign_in_that_there_is(self) -> None:
        owner = owner_of_two_families()
        owner.when(CancelService("c-1", CERTIFIED_MAIL, 0), CancelService.TYPE)
        sign_in = owner.state.sign_in

        order = first_purchase("2026-01-15", CERTIFIED_MAIL, order_id="o-2")
        events = owner.when(Settlement(order, credentials("cr-2")), SETTLED)

        assert names(events) == "ServiceActivated OrderActivated"
        assert [each.origin for each in events if isinstance(each, ServiceActivated)] == ["ADD_ON"]
        assert owner.state.sign_in == sign_in

    @pytest.mark.parametrize("product", [E_INVOICING, RECEIVE_ONLY])
    def test_another_base_of_a_family_that_lives_is_held(self, product: str) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        order = first_purchase("2026-01-15", CERTIFIED_MAIL, product)
        (held,) = owner.when(Settlement(order, credentials()), SETTLED)
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_ALREADY_ACTIVE

    def test_an_add_on_whose_base_is_not_bought_is_held(self) -> None:
        order = first_purchase("2026-01-15", E_INVOICING, MAIL_ARCHIVE)
        (held,) = Provisioning().when(Settlement(order, credentials()), SETTLED)
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_TERMINATED

    def test_both_variants_one_after_the_other_leave_one_living_base(self) -> None:
        owner = Provisioning().given(active(RECEIVE_ONLY, "2026-06-30"))
        owner.when(CancelService("c-1", RECEIVE_ONLY, 0), CancelService.TYPE)
        order = first_purchase("2026-01-15", E_INVOICING)
        owner.when(Settlement(order, credentials()), SETTLED)
        assert statuses(owner) == {RECEIVE_ONLY: "TERMINATED", E_INVOICING: "ACTIVE"}


class TestWhenOneFamilyEnds:
    def test_its_base_and_add_on_enter_grace_and_end_together(self) -> None:
        owner = owner_of_two_families().at("2026-06-30T22:00:00Z")
        assert names(owner.fire()) == "ServiceEnteredGrace ServiceEnteredGrace"
        assert statuses(owner) == {
            E_INVOICING: "ACTIVE",
            DOCUMENTS: "ACTIVE",
            CERTIFIED_MAIL: "GRACE",
            MAIL_ARCHIVE: "GRACE",
        }

        assert names(owner.at("2026-09-28T22:00:00Z").fire()) == "ServiceTerminated ServiceTerminated"
        assert expiries(owner) == {E_INVOICING: "2027-01-15", DOCUMENTS: "2027-01-15"}

    def test_the_sign_in_lives_until_the_last_base_ends(self) -> None:
        owner = owner_of_two_families()
        owner.when(CancelService("c-1", E_INVOICING, 0), CancelService.TYPE)
        assert owner.state.sign_in is not None
        assert len(owner.table("sign_ins")) == 1

        events = owner.when(CancelService("c-1", CERTIFIED_MAIL, 2), CancelService.TYPE)

        ended = [event for event in events if isinstance(event, ServiceTerminated)]
        assert [(event.product, event.ends_sign_in) for event in ended] == [
            (MAIL_ARCHIVE, False),
            (CERTIFIED_MAIL, True),
        ]
        assert names(events[2:3]) == "CredentialsVoided"
        assert owner.state.sign_in is None
        assert owner.table("sign_ins") == []

    def test_credentials_are_issued_anew_while_one_base_lives(self) -> None:
        owner = owner_of_two_families()
        owner.when(CancelService("c-1", E_INVOICING, 0), CancelService.TYPE)
        events = owner.when(ReissueCredentials("c-1", 1, credentials("cr-2")), ReissueCredentials.TYPE)
        assert names(events) == "CredentialsVoided CredentialsIssued SignInSealed"

    def test_an_add_on_that_expires_while_its_base_lives_on_has_no_grace(self) -> None:
        owner = owner_of_documents("2028-06-30", "2027-01-15").at("2027-01-16T09:00:00Z")
        (ended,) = owner.fire()
        assert isinstance(ended, ServiceTerminated)
        assert (ended.product, ended.terminated_on) == (DOCUMENTS, day("2027-01-16"))
        assert statuses(owner) == {E_INVOICING: "ACTIVE", DOCUMENTS: "TERMINATED"}

    def test_long_after_both_have_ended_each_ended_on_its_own_day(self) -> None:
        owner = owner_of_documents("2026-06-30", "2026-03-31").at("2027-01-16T09:00:00Z")
        ended = [event for event in owner.fire() if isinstance(event, ServiceTerminated)]
        assert {event.product: str(event.terminated_on) for event in ended} == {
            DOCUMENTS: "2026-04-01",
            E_INVOICING: "2026-09-29",
        }


class TestDdtPreservation:
    def test_it_is_switched_for_every_active_service_that_opens_it(self) -> None:
        owner = signed_in(owner_of_two_families())

        events = owner.when(SwitchDdtPreservation("c-1", 0, enabled=True), SwitchDdtPreservation.TYPE)

        assert names(events) == "DdtPreservationActivated DdtPreservationActivated"
        assert preserved(owner) == {DOCUMENTS, MAIL_ARCHIVE}

    def test_the_end_of_one_service_leaves_the_other_switched_on(self) -> None:
        owner = signed_in(owner_of_two_families())
        owner.when(SwitchDdtPreservation("c-1", 0, enabled=True), SwitchDdtPreservation.TYPE)
        events = owner.at("2026-07-01T09:00:00Z").fire()
        assert names(events) == "ServiceEnteredGrace ServiceEnteredGrace DdtPreservationDeactivated"
        assert preserved(owner) == {DOCUMENTS}

        assert names(owner.when(SwitchDdtPreservation("c-1", 0, enabled=False), SwitchDdtPreservation.TYPE)) == (
            "DdtPreservationDeactivated"
        )


def signed_in(owner: Provisioning) -> Provisioning:
    """Let the customer choose a password and configure, as panel commands would."""
    return owner.given(
        SignInSealed(customer_id="c-1", username_hash="uh-1", sealed=SEALED, temporary=False),
        ConfigurationCompleted(customer_id="c-1", sections=["company"], sealed=SEALED, completed_on=day("2026-01-15")),
    )


def preserved(owner: Provisioning) -> set[str]:
    return {row.product for row in owner.table("services") if row.ddt_preservation}
