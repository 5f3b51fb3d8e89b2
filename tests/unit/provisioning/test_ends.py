from typing import Any

import pytest

from schemas.ends import ServiceEnded
from schemas.payments import MoneyDestination
from schemas.provisioning import ServiceTerminated
from schemas.refusal import Refusal
from services.provisioning.domain.commands import EndService
from tests.unit.provisioning.builders import DOCUMENTS, E_INVOICING, active, day, e_invoicing
from tests.unit.provisioning.spec import Provisioning, names


def owner() -> Provisioning:
    """Both until 2027-01-15; it is 20 May 2026."""
    both = (
        e_invoicing("2027-01-15", activated_on="2026-01-15"),
        active(DOCUMENTS, "2027-01-15", activated_on="2026-02-01"),
    )
    return Provisioning().given(*both).at("2026-05-20T09:00:00Z")


def end(product: str = E_INVOICING, on: str = "2026-05-20", cancellations: int = 0) -> EndService:
    return EndService("c-1", product, day(on), MoneyDestination.TO_CREDIT, "moves abroad", cancellations)


def ended(events: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (event.product, event.ended_on.isoformat(), event.expires_on.isoformat())
        for event in events
        if isinstance(event, ServiceEnded)
    ]


class TestWhenABaseEndsOnADay:
    def test_its_add_ons_end_with_it_each_for_its_own_money(self) -> None:
        events = owner().when(end(), EndService.TYPE)
        assert names(events) == "ServiceEnded ServiceEnded ServiceTerminated ServiceTerminated"
        assert ended(events) == [
            (DOCUMENTS, "2026-05-20", "2027-01-15"),
            (E_INVOICING, "2026-05-20", "2027-01-15"),
        ]

    def test_nothing_is_due_any_more_and_a_new_first_purchase_is_possible(self) -> None:
        gone = owner()
        gone.when(end(), EndService.TYPE)
        assert gone.table("deadlines") == []
        assert gone.state.living_bases() == ()

    def test_an_earlier_day_counts_and_an_add_on_ends_no_earlier_than_it_began(self) -> None:
        events = owner().when(end(on="2026-01-20"), EndService.TYPE)
        assert ended(events) == [
            (DOCUMENTS, "2026-02-01", "2027-01-15"),
            (E_INVOICING, "2026-01-20", "2027-01-15"),
        ]
        terminated = [event for event in events if isinstance(event, ServiceTerminated)]
        assert [event.terminated_on for event in terminated] == [day("2026-02-01"), day("2026-01-20")]

    def test_by_its_family_too(self) -> None:
        assert ended(owner().when(end("E_INVOICING"), EndService.TYPE))


class TestWhenAnAddOnEndsOnADay:
    def test_its_base_stays(self) -> None:
        only = owner()
        assert names(only.when(end(DOCUMENTS), EndService.TYPE)) == "ServiceEnded ServiceTerminated"
        assert only.service(E_INVOICING).status == "ACTIVE"


class TestWhatCannotEnd:
    @pytest.mark.parametrize("on", ["2026-05-21", "2026-01-14"], ids=["in the future", "before it began"])
    def test_a_day_outside(self, on: str) -> None:
        outcome = owner().outcome(end(on=on), EndService.TYPE)
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.status) == ("INVALID_REQUEST", 422)

    def test_what_was_never_owned(self) -> None:
        outcome = owner().outcome(end("SIGNATURES"), EndService.TYPE)
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.status) == ("SERVICE_UNKNOWN", 404)

    def test_what_has_ended(self) -> None:
        gone = owner()
        gone.when(end(), EndService.TYPE)
        outcome = gone.outcome(end(cancellations=2), EndService.TYPE)
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.status) == ("SERVICE_ENDED", 409)

    def test_what_ended_by_its_dates_though_no_timer_said_so(self) -> None:
        late = owner().at("2027-04-16T09:00:00Z")
        outcome = late.outcome(end(on="2027-04-16"), EndService.TYPE)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "SERVICE_ENDED"


class TestTheLastDay:
    def test_a_service_can_end_in_grace(self) -> None:
        late = owner().at("2027-04-15T09:00:00Z")
        events = late.when(end(on="2027-04-15"), EndService.TYPE)
        assert names(events).endswith("ServiceEnded ServiceEnded ServiceTerminated ServiceTerminated")
