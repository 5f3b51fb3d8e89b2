"""What does another add-on of an owned base bring about? Worked example O and what lies around it (R16-R20)."""

from typing import Any

from schemas.cart import OwnedService
from schemas.provisioning import (
    ActivationHeld,
    ExpiryAligned,
    MovedService,
    OrderActivated,
    ServiceActivated,
    ServiceTerminated,
)
from schemas.vocabulary import Branch, HoldReason
from tests.unit.provisioning.builders import (
    CERTIFIED_MAIL,
    DOCUMENTS,
    E_INVOICING,
    MAIL_ARCHIVE,
    SIGNATURES,
    active,
    day,
    e_invoicing,
    lines,
    released,
    settled,
    showing,
)
from tests.unit.provisioning.spec import Provisioning, names


def expiries(owner: Provisioning) -> dict[str, str]:
    return {row.product: str(row.expires_on) for row in owner.table("services") if row.is_alive}


def owner_of_documents(e_invoicing_to: str = "2026-06-30", documents_to: str = "2026-06-30") -> Provisioning:
    return Provisioning().given(e_invoicing(e_invoicing_to), active(DOCUMENTS, documents_to))


def shown_both(base: str = "2026-06-30", documents: str = "2026-06-30") -> list[OwnedService]:
    return [showing(E_INVOICING, base), showing(DOCUMENTS, documents)]


class TestWhenAnotherAddOnIsAddedWithTheExtensionOn:
    def test_example_o_extends_the_base_and_the_add_on_that_is_owned(self) -> None:
        owner = owner_of_documents()

        events = owner.when(
            settled(Branch.EXTENDED, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown_both())
        )

        assert names(events) == "ExpiryAligned ExpiryAligned ServiceActivated OrderActivated"
        assert expiries(owner) == {E_INVOICING: "2027-01-15", DOCUMENTS: "2027-01-15", SIGNATURES: "2027-01-15"}
        activated = events[-1]
        assert isinstance(activated, OrderActivated)
        assert activated.extended == [
            MovedService(
                product=product,
                shown_expiry=day("2026-06-30"),
                previous_expiry=day("2026-06-30"),
                new_expiry=day("2027-01-15"),
            )
            for product in (E_INVOICING, DOCUMENTS)
        ]

    def test_two_add_ons_bought_together_extend_the_base_once(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        events = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30", lines=lines(DOCUMENTS, SIGNATURES)))
        assert names(events) == "ExpiryAligned ServiceActivated ServiceActivated OrderActivated"
        assert expiries(owner) == {E_INVOICING: "2027-01-15", DOCUMENTS: "2027-01-15", SIGNATURES: "2027-01-15"}

    def test_another_familys_services_stay_as_they_are(self) -> None:
        owner = owner_of_documents("2027-01-15", "2027-01-15")
        owner.given(active(CERTIFIED_MAIL, "2026-06-30"), active(MAIL_ARCHIVE, "2026-06-30"))
        owner.when(
            settled(
                Branch.EXTENDED,
                "2026-03-15",
                lines=lines(SIGNATURES),
                expiries_shown=[*shown_both("2027-01-15", "2027-01-15"), showing(CERTIFIED_MAIL, "2026-06-30")],
            )
        )
        assert expiries(owner) == {
            E_INVOICING: "2027-03-15",
            DOCUMENTS: "2027-03-15",
            SIGNATURES: "2027-03-15",
            CERTIFIED_MAIL: "2026-06-30",
            MAIL_ARCHIVE: "2026-06-30",
        }

    def test_a_slow_transfer_moves_all_of_them_to_the_payment(self) -> None:
        owner = owner_of_documents().at("2026-01-25T09:00:00Z")
        owner.when(
            settled(
                Branch.EXTENDED,
                "2026-01-25",
                lines=lines(SIGNATURES),
                expiries_shown=shown_both(),
                ordered_on="2026-01-15",
            )
        )
        assert set(expiries(owner).values()) == {"2027-01-25"}

    def test_a_base_that_the_order_did_not_extend_stays_though_d_passed_it_by_the_payment(self) -> None:
        owner = Provisioning().at("2026-01-25T09:00:00Z")
        owner.given(e_invoicing("2027-01-20"), active(CERTIFIED_MAIL, "2026-06-30"))
        owner.when(
            settled(
                Branch.EXTENDED,
                "2026-01-25",
                lines=lines(SIGNATURES, MAIL_ARCHIVE),
                expiries_shown=[showing(E_INVOICING, "2027-01-20"), showing(CERTIFIED_MAIL, "2026-06-30")],
                ordered_on="2026-01-15",
            )
        )
        assert expiries(owner) == {
            E_INVOICING: "2027-01-20",
            SIGNATURES: "2027-01-20",
            CERTIFIED_MAIL: "2027-01-25",
            MAIL_ARCHIVE: "2027-01-25",
        }

    def test_no_add_on_of_a_base_that_runs_as_long_is_extended(self) -> None:
        owner = owner_of_documents("2027-01-15", "2026-06-30").given(active(CERTIFIED_MAIL, "2026-05-15"))
        shown = [*shown_both("2027-01-15", "2026-06-30"), showing(CERTIFIED_MAIL, "2026-05-15")]
        owner.when(settled(Branch.EXTENDED, "2026-01-15", lines=lines(SIGNATURES, MAIL_ARCHIVE), expiries_shown=shown))
        assert expiries(owner)[DOCUMENTS] == "2026-06-30"
        assert expiries(owner)[CERTIFIED_MAIL] == "2027-01-15"

    def test_one_that_had_expired_at_the_order_is_over_and_holds_nothing(self) -> None:
        owner = owner_of_documents("2026-06-30", "2026-01-14")
        shown = shown_both("2026-06-30", "2026-01-14")
        events = owner.when(settled(Branch.EXTENDED, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown))
        assert isinstance(events[-1], OrderActivated)
        assert expiries(owner) == {E_INVOICING: "2027-01-15", SIGNATURES: "2027-01-15"}

    def test_what_was_renewed_in_between_stays_and_is_told_with_the_others(self) -> None:
        owner = owner_of_documents("2027-06-30", "2027-06-30")

        events = owner.when(
            settled(Branch.EXTENDED, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown_both())
        )

        assert expiries(owner) == {E_INVOICING: "2027-06-30", DOCUMENTS: "2027-06-30", SIGNATURES: "2027-01-15"}
        activated = events[-1]
        assert isinstance(activated, OrderActivated)
        assert [(moved.product, moved.previous_expiry, moved.new_expiry) for moved in activated.extended] == [
            (E_INVOICING, day("2027-06-30"), day("2027-06-30")),
            (DOCUMENTS, day("2027-06-30"), day("2027-06-30")),
        ]

    def test_one_that_expires_before_its_base_is_extended_from_its_own_expiry(self) -> None:
        owner = owner_of_documents("2026-12-01", "2026-09-01")
        shown = shown_both("2026-12-01", "2026-09-01")

        events = owner.when(settled(Branch.EXTENDED, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown))

        moves = [(event.product, str(event.previous_expiry)) for event in events if isinstance(event, ExpiryAligned)]
        assert moves == [(E_INVOICING, "2026-12-01"), (DOCUMENTS, "2026-09-01")]
        assert set(expiries(owner).values()) == {"2027-01-15"}

    def test_a_shorter_add_on_is_held_until_an_operator_releases_it(self) -> None:
        owner = owner_of_documents("2026-06-30", "2026-05-31")
        changes: dict[str, Any] = {"lines": lines(SIGNATURES), "expiries_shown": shown_both()}

        (held,) = owner.when(settled(Branch.EXTENDED, "2026-01-15", **changes))
        assert isinstance(held, ActivationHeld)
        assert (held.reason, "DOCUMENTS" in held.detail) == (HoldReason.BASE_SHORTENED, True)

        owner.when(released(Branch.EXTENDED, "2026-01-15", **changes))
        assert set(expiries(owner).values()) == {"2027-01-15"}

    def test_one_that_ended_is_held_and_left_out_when_released(self) -> None:
        owner = owner_of_documents()
        changes: dict[str, Any] = {"lines": lines(SIGNATURES), "expiries_shown": shown_both()}
        owner.given(
            ServiceTerminated(
                customer_id="c-1", product=DOCUMENTS, terminated_on=day("2026-01-10"), expires_on=day("2026-06-30")
            )
        )

        (held,) = owner.when(settled(Branch.EXTENDED, "2026-01-15", **changes))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_TERMINATED

        activated = owner.when(released(Branch.EXTENDED, "2026-01-15", **changes))[-1]
        assert isinstance(activated, OrderActivated)
        assert [moved.product for moved in activated.extended] == [E_INVOICING]
        assert expiries(owner) == {E_INVOICING: "2027-01-15", SIGNATURES: "2027-01-15"}


class TestWhenAnotherAddOnIsAddedWithTheExtensionOff:
    def test_it_is_aligned_to_the_base_and_nothing_else_moves(self) -> None:
        owner = owner_of_documents()

        events = owner.when(
            settled(Branch.ALIGNED_SHORT, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown_both())
        )

        assert names(events) == "ServiceActivated ExpiryAligned OrderActivated"
        assert set(expiries(owner).values()) == {"2026-06-30"}
        activated = events[-1]
        assert isinstance(activated, OrderActivated)
        assert activated.extended == []

    def test_its_base_did_not_move(self) -> None:
        order = settled(Branch.ALIGNED_SHORT, "2026-01-15", lines=lines(SIGNATURES), expiries_shown=shown_both())
        event = owner_of_documents().when(order)[0]
        assert isinstance(event, ServiceActivated)
        assert (event.base_previous_expiry, event.base_expires_on) == (None, None)

    def test_the_one_that_is_owned_is_held(self) -> None:
        (held,) = owner_of_documents().when(settled(Branch.ALIGNED_SHORT, "2026-01-15", "2026-06-30"))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.ADDON_ALREADY_ACTIVE
