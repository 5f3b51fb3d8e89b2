import pytest

from runtime.service import Decided, Duplicate
from schemas.provisioning import CredentialsVoided, ServiceEnteredGrace, ServiceTerminated
from schemas.refusal import Refusal
from schemas.vocabulary import Branch
from services.provisioning.domain.commands import CancelService, Settlement
from tests.unit.provisioning.builders import (
    E_INVOICING,
    RECEIVE_ONLY,
    active,
    credentials,
    day,
    e_invoicing,
    first_purchase,
    instant,
    settled,
)
from tests.unit.provisioning.spec import Provisioning, names


def owner_of_both(expiry: str = "2026-06-30") -> Provisioning:
    owner = Provisioning().given(e_invoicing(expiry))
    owner.when(settled(Branch.ALIGNED_SHORT, "2026-01-15", expiry))
    return owner


class TestWhenAnExpiryPasses:
    def test_the_last_instant_of_the_day_is_still_active(self) -> None:
        owner = owner_of_both().at("2026-06-30T21:59:59.999999Z")
        assert owner.due() == []

    def test_both_enter_grace_at_midnight_in_rome(self) -> None:
        owner = owner_of_both().at("2026-06-30T22:00:00Z")

        events = owner.fire()

        assert names(events) == "ServiceEnteredGrace ServiceEnteredGrace"
        base = events[0]
        assert isinstance(base, ServiceEnteredGrace)
        assert (base.product, base.expires_on, base.grace_until) == (
            E_INVOICING,
            day("2026-06-30"),
            day("2026-09-28"),
        )
        assert {row.status for row in owner.table("services")} == {"GRACE"}

    def test_in_winter_midnight_is_an_hour_later(self) -> None:
        owner = Provisioning().given(e_invoicing("2027-01-15"))
        assert owner.table("deadlines")[0].due_at == instant("2027-01-15T23:00:00Z")

    def test_it_fires_once(self) -> None:
        owner = owner_of_both().at("2026-07-01T09:00:00Z")
        deadline = owner.due()[0]
        owner.fire()
        assert owner.fire() == []
        assert isinstance(owner.outcome(deadline, "provisioning.grace"), Duplicate)

    def test_a_deadline_that_no_longer_stands_does_nothing(self) -> None:
        owner = owner_of_both()
        deadline = owner.table("deadlines")[0]
        assert isinstance(owner.outcome(deadline, "provisioning.grace"), Duplicate)

    def test_the_clock_set_back_changes_nothing(self) -> None:
        owner = owner_of_both().at("2026-07-01T09:00:00Z")
        owner.fire()
        assert owner.at("2026-01-15T09:00:00Z").fire() == []

    def test_an_extension_moves_the_deadline(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert owner.at("2026-07-01T09:00:00Z").fire() == []
        assert {row.due_at for row in owner.table("deadlines")} == {instant("2027-01-15T23:00:00Z")}


class TestWhenGracePasses:
    def test_day_90_is_grace_and_day_91_the_end(self) -> None:
        owner = owner_of_both().at("2026-07-01T09:00:00Z")
        owner.fire()
        assert owner.at("2026-09-28T21:59:59Z").fire() == []

        events = owner.at("2026-09-28T22:00:00Z").fire()

        assert names(events) == "ServiceTerminated ServiceTerminated"
        last = events[-1]
        assert isinstance(last, ServiceTerminated)
        assert (last.product, last.terminated_on) == (E_INVOICING, day("2026-09-29"))
        assert owner.table("deadlines") == []

    def test_a_long_jump_passes_through_grace(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30")).at("2027-06-30T09:00:00Z")
        assert names(owner.fire()) == "ServiceEnteredGrace ServiceTerminated"

    def test_unused_credentials_end_with_the_service(self) -> None:
        owner = Provisioning()
        order = first_purchase("2026-01-15", E_INVOICING)
        owner.when(Settlement(order, credentials()), "orders.OrderSettled.v1")

        events = owner.at("2028-01-15T09:00:00Z").fire()

        assert names(events) == "ServiceEnteredGrace CredentialsVoided ServiceTerminated"
        (voided,) = [event for event in events if isinstance(event, CredentialsVoided)]
        assert voided.expires_at == credentials().expires_at
        assert owner.state.sign_in is None
        assert owner.table("sign_ins") == []

    def test_a_new_first_purchase_begins_anew(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30")).at("2026-12-01T09:00:00Z")
        owner.fire()
        order = first_purchase("2026-12-01", E_INVOICING)
        events = owner.when(Settlement(order, credentials()), "orders.OrderSettled.v1")
        assert names(events) == "ServiceActivated CredentialsIssued SignInSealed OrderActivated"
        assert owner.service("E_INVOICING").status == "ACTIVE"


class TestWhenAServiceIsCancelled:
    def test_e_invoicing_takes_documents_with_it(self) -> None:
        owner = owner_of_both()
        events = owner.when(CancelService("c-1", "E_INVOICING", 0), CancelService.TYPE)
        assert names(events) == "ServiceCancelled ServiceCancelled ServiceTerminated ServiceTerminated"
        assert {row.status for row in owner.table("services")} == {"TERMINATED"}

    def test_documents_alone_lapses_at_its_expiry_and_leaves_e_invoicing_extended(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))

        assert names(owner.when(CancelService("c-1", "DOCUMENTS", 0), CancelService.TYPE)) == "ServiceCancelled"
        assert owner.service("DOCUMENTS").status == "ACTIVE"
        assert owner.service("E_INVOICING").expires_on == day("2027-01-15")

        assert names(owner.at("2027-01-16T09:00:00Z").fire()) == "ServiceEnteredGrace ServiceTerminated"
        assert owner.service("DOCUMENTS").status == "TERMINATED"
        assert owner.service("E_INVOICING").status == "GRACE"

    def test_documents_alone_in_grace_ends_at_once_since_its_expiry_is_over(self) -> None:
        owner = owner_of_both().at("2026-07-01T09:00:00Z")
        owner.fire()
        events = owner.when(CancelService("c-1", "DOCUMENTS", 0), CancelService.TYPE)
        assert names(events) == "ServiceCancelled ServiceTerminated"
        assert owner.service("E_INVOICING").status == "GRACE"

    def test_twice_is_refused(self) -> None:
        owner = owner_of_both()
        owner.when(CancelService("c-1", "DOCUMENTS", 0), CancelService.TYPE)
        assert names(owner.when(CancelService("c-1", "DOCUMENTS", 1), CancelService.TYPE)) == "CancellationRefused"

    def test_the_same_command_again_does_nothing(self) -> None:
        owner = owner_of_both()
        owner.when(CancelService("c-1", "DOCUMENTS", 0), CancelService.TYPE)
        assert isinstance(owner.outcome(CancelService("c-1", "DOCUMENTS", 0), CancelService.TYPE), Duplicate)

    @pytest.mark.parametrize("product", ["DOCUMENTS", "E_INVOICING_RECEIVE_ONLY"])
    def test_what_was_never_owned_is_unknown(self, product: str) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        outcome = owner.outcome(CancelService("c-1", product, 0), CancelService.TYPE)
        assert isinstance(outcome, Refusal)
        assert outcome.status == 404

    def test_receive_only_frees_the_way_for_another(self) -> None:
        owner = Provisioning().given(active(RECEIVE_ONLY, "2026-06-30"))
        outcome = owner.outcome(CancelService("c-1", "E_INVOICING", 0), CancelService.TYPE)
        assert isinstance(outcome, Decided)
        assert names(list(outcome.events)) == "ServiceCancelled ServiceTerminated"
