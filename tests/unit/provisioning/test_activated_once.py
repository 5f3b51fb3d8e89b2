import pytest

from schemas.orders import OrderClosureRequested
from schemas.payments import MoneyDestination
from schemas.provisioning import ActivationHeld, ExpiryAligned
from schemas.vocabulary import Branch, CloseReason, HoldReason
from services.provisioning.domain.model import evolve
from services.provisioning.domain.owned import ExpiryConflict
from tests.unit.provisioning.builders import e_invoicing, released, settled
from tests.unit.provisioning.spec import Provisioning, names

ASKED = OrderClosureRequested(customer_id="c-1", order_id="o-1", money=MoneyDestination.TO_REFUND, why="twice")


class TestWhenASettledOrderIsToBeClosed:
    def test_an_active_one_stays_active(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert names(owner.when(ASKED)) == "InputNoted"

    def test_one_that_is_held_is_given_up_and_a_late_release_activates_nothing(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30", order_id="o-0"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        (given_up,) = owner.when(ASKED)
        assert isinstance(given_up, ActivationHeld)
        assert given_up.closes is CloseReason.OPERATOR_REQUEST
        before = owner.state
        assert names(owner.when(released(Branch.EXTENDED, "2026-01-15", "2026-06-30"))) == "InputNoted"
        assert owner.state == before

    def test_one_that_never_came_is_given_up_and_not_activated_when_it_comes(self) -> None:
        """Its settlement was discarded while the account was parked, and is told again."""
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        assert names(owner.when(ASKED)) == "ActivationHeld"
        assert names(owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))) == "InputNoted"


class TestWhenTheSameComesTwice:
    def test_a_settled_order_is_activated_once(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        before = owner.state

        events = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))

        assert names(events) == "InputNoted"
        assert owner.state == before

    def test_a_release_after_the_activation_extends_nothing(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert names(owner.when(released(Branch.EXTENDED, "2026-01-15", "2026-06-30"))) == "InputNoted"

    def test_another_documents_order_is_held(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        (held,) = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30", order_id="o-2"))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.ADDON_ALREADY_ACTIVE

    def test_a_move_that_is_there_already_is_no_move(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        moved = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))[0]
        assert isinstance(moved, ExpiryAligned)
        assert evolve(owner.state, moved) == owner.state

    def test_a_move_from_another_expiry_is_a_conflict(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        moved = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))[0]
        assert isinstance(moved, ExpiryAligned)
        elsewhere = Provisioning().given(e_invoicing("2026-07-31")).state
        with pytest.raises(ExpiryConflict):
            evolve(elsewhere, moved)
