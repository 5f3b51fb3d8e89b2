from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.orders import OrderPlaced, OrderRefused, OrderSettled
from schemas.payments import PaymentRegistered
from schemas.storefront import Line, OrderSubmitted
from schemas.vocabulary import Branch, Channel, LineAction, PurchaseCase
from services.orders.domain.commands import Submission
from tests.unit.orders.builders import BASE, DOCUMENTS, customer, order, owner, payment, priced, settled
from tests.unit.orders.spec import Desk, names


async def placed(desk: Desk, body: OrderSubmitted) -> OrderPlaced:
    (event,) = await desk.when(body)
    assert isinstance(event, OrderPlaced), event
    return event


class TestTheCase:
    async def test_with_a_base_it_is_a_first_purchase_in_one_bundle(self) -> None:
        event = await placed(Desk(), order(BASE, DOCUMENTS, extend_active_services=False))
        assert (event.purchase_case, event.branch) == (PurchaseCase.FIRST_PURCHASE, Branch.BUNDLE)

    async def test_for_an_owner_it_shows_the_expiry_it_starts_from(self) -> None:
        event = await placed(await owner(), order(DOCUMENTS))
        assert event.purchase_case is PurchaseCase.ADD_ON_TO_OWNED
        assert [(each.product, each.expires_on) for each in event.owned] == [(BASE, date(2026, 6, 30))]

    @pytest.mark.parametrize(
        ("expires_on", "extends", "branch"),
        [
            ("2026-06-30", True, Branch.EXTENDED),
            ("2026-06-30", False, Branch.ALIGNED_SHORT),
            ("2027-01-14", True, Branch.EXTENDED),
            ("2027-01-14", False, Branch.ALIGNED_SHORT),
            ("2027-01-15", True, Branch.ALIGNED_LONG),
            ("2027-01-15", False, Branch.ALIGNED_LONG),
            ("2028-09-30", True, Branch.ALIGNED_LONG),
            ("2026-01-15", True, Branch.EXTENDED),
        ],
    )
    async def test_the_branch_is_frozen_with_the_order_date(
        self, expires_on: str, extends: bool, branch: Branch
    ) -> None:
        event = await placed(await owner(expires_on), order(DOCUMENTS, extend_active_services=extends))
        assert event.branch is branch

    async def test_a_missing_toggle_means_on(self) -> None:
        body = OrderSubmitted.model_validate_json(
            '{"order_id": "o-1", "storefront": "pec.it", "channel": "PANEL", "lines": [{"product": "DOCUMENTS"}],'
            '"customer": {"customer_id": "c-1", "kind": "LEGAL_PERSON", "name": "R", "email": "a@rossi.example",'
            '"vat_number": "12345670017"}}'
        )
        event = await placed(await owner(), body)
        assert event.extend_active_services
        assert event.branch is Branch.EXTENDED

    async def test_the_order_date_is_romes(self) -> None:
        desk = Desk(datetime(2026, 1, 14, 23, tzinfo=UTC))
        assert (await placed(desk, order(BASE))).ordered_on == date(2026, 1, 15)


class TestWarnings:
    @pytest.mark.parametrize("email", ["a@pec.it", "a@studio.LEGALMAIL.it"])
    async def test_a_certified_mail_address_is_accepted_and_flagged(self, email: str) -> None:
        event = await placed(Desk(), order(BASE, buyer=customer(email=email)))
        assert event.warnings == ["PEC_ADDRESS"]

    @pytest.mark.parametrize("email", ["a@rossi.example", "a@notpec.it", "pec.it@rossi.example"])
    async def test_any_other_address_is_not(self, email: str) -> None:
        assert (await placed(Desk(), order(BASE, buyer=customer(email=email)))).warnings == []

    @pytest.mark.parametrize(
        ("expires_on", "warnings"),
        [("2026-01-15", ["SHORT_RESIDUAL"]), ("2026-04-14", ["SHORT_RESIDUAL"]), ("2026-04-15", [])],
    )
    async def test_a_residual_under_ninety_days_is_short(self, expires_on: str, warnings: list[str]) -> None:
        event = await placed(await owner(expires_on), order(DOCUMENTS, extend_active_services=False))
        assert event.warnings == warnings

    async def test_a_refused_order_is_flagged_too(self) -> None:
        (event,) = await Desk().when(order(DOCUMENTS, buyer=customer(email="a@pec.it")))
        assert isinstance(event, OrderRefused)
        assert event.warnings == ["PEC_ADDRESS"]


class TestThePerson:
    async def test_stands_in_the_event_sealed_and_tidied(self) -> None:
        desk = Desk()
        event = await placed(desk, order(BASE, buyer=customer(vat_number="IT 12345670017", tax_code=" ")))
        assert "Rossi" not in event.model_dump_json()
        assert "12345670017" not in event.model_dump_json()
        assert await desk.keyring.open("c-1", event.personal) == {
            "name": "Rossi Srl",
            "email": "a@rossi.example",
            "citizenship": "IT",
            "vat_number": "12345670017",
            "tax_code": None,
        }

    async def test_nothing_of_it_stands_in_state_or_rows(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        kept = f"{desk.store.contents.states} {desk.store.contents.rows}"
        assert "Rossi" not in kept
        assert "rossi.example" not in kept
        assert "12345670017" not in kept


class TestTheSameOrderAgain:
    async def test_changes_nothing(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await desk.is_duplicate(order(BASE))
        assert names(desk.events()) == ["OrderPlaced"]

    async def test_refused_before_changes_nothing(self) -> None:
        desk = Desk()
        await desk.when(order(DOCUMENTS))
        assert await desk.is_duplicate(order(DOCUMENTS))

    async def test_over_kafka_and_http_is_one_order(self) -> None:
        desk = Desk()
        await desk.submit(Submission(order(BASE), "key-1"))
        (result,) = await desk.take(desk.over_kafka(order(BASE)))
        assert result.fault is None
        assert names(desk.events()) == ["OrderPlaced"]

    async def test_with_another_body_is_a_conflict(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await desk.refusal(order(BASE, DOCUMENTS)) == "IDEMPOTENCY_CONFLICT"

    async def test_with_another_body_over_kafka_is_quarantined(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        (result,) = await desk.take(desk.over_kafka(order(BASE, DOCUMENTS)))
        assert result.fault is not None
        assert result.fault.quarantine
        assert result.fault.reason == "IDEMPOTENCY_CONFLICT"

    async def test_under_another_key_its_id_is_taken(self) -> None:
        desk = Desk()
        await desk.submit(Submission(order(BASE), "key-1"))
        submitted = await desk.submit(Submission(order(BASE), "key-2"))
        assert getattr(submitted.outcome, "code", None) == "ORDER_ID_TAKEN"

    async def test_a_refused_id_is_not_used_again(self) -> None:
        desk = Desk()
        await desk.submit(Submission(order(DOCUMENTS), "key-1"))
        submitted = await desk.submit(Submission(order(BASE), "key-2"))
        assert getattr(submitted.outcome, "code", None) == "ORDER_ID_TAKEN"

    async def test_by_another_customer_its_id_is_taken(self) -> None:
        desk = Desk()
        await desk.submit(Submission(order(BASE), "key-1"))
        submitted = await desk.submit(Submission(order(BASE, buyer=customer("c-2")), "key-2"))
        assert getattr(submitted.outcome, "code", None) == "ORDER_ID_TAKEN"


class TestInstantsFromOutside:
    async def test_five_minutes_ahead_is_fine(self) -> None:
        desk = Desk()
        await placed(desk, order(BASE, submitted_at=desk.clock.now() + timedelta(minutes=5)))

    async def test_more_is_refused_and_not_stored(self) -> None:
        desk = Desk()
        ahead = desk.clock.now() + timedelta(minutes=5, microseconds=1)
        assert await desk.refusal(order(BASE, submitted_at=ahead)) == "INVALID_REQUEST"
        assert await desk.refusal(payment(received_at=ahead)) == "INVALID_REQUEST"
        assert desk.events() == []

    async def test_more_over_kafka_is_quarantined(self) -> None:
        desk = Desk()
        (result,) = await desk.take(desk.over_kafka(order(BASE, submitted_at=desk.clock.now() + timedelta(minutes=6))))
        assert result.fault is not None
        assert (result.fault.reason, result.fault.quarantine) == ("INVALID_REQUEST", True)

    async def test_long_ago_is_only_information(self) -> None:
        event = await placed(Desk(), order(BASE, submitted_at=datetime(2020, 1, 1, tzinfo=UTC)))
        assert event.ordered_on == date(2026, 1, 15)


class TestLines:
    def test_only_a_renewal_is_for_several_years(self) -> None:
        assert Line(product=BASE, action=LineAction.RENEW, years=10).years == 10
        with pytest.raises(ValueError, match="only RENEW takes more"):
            Line(product=BASE, years=2)


class TestSettlement:
    async def test_carries_all_that_provisioning_acts_on(self) -> None:
        desk = await settled()
        placed_event = next(event for event in desk.events() if isinstance(event, OrderPlaced))
        event = next(event for event in desk.events() if isinstance(event, OrderSettled))
        assert event.model_dump() == {
            "customer_id": "c-1",
            "order_id": "o-1",
            "storefront": "pec.it",
            "settled_on": date(2026, 1, 15),
            "ordered_on": date(2026, 1, 15),
            "lines": [{"product": DOCUMENTS, "action": "ACTIVATE", "years": 1}],
            "purchase_case": "ADD_ON_TO_OWNED",
            "branch": "EXTENDED",
            "extend_active_services": True,
            "expiries_shown": [
                {
                    "product": "E_INVOICING",
                    "kind": "BASE",
                    "family": "E_INVOICING",
                    "status": "ACTIVE",
                    "expires_on": date(2026, 6, 30),
                    "anchor_on": date(2025, 6, 30),
                    "buyer_kind": "LEGAL_PERSON",
                }
            ],
            "terms": {
                "payable_days": 30,
                "products": [
                    {
                        "product": "DOCUMENTS",
                        "kind": "ADD_ON",
                        "family": "E_INVOICING",
                        "term_months": 12,
                        "requires": "E_INVOICING",
                        "features": ["DDT_PRESERVATION"],
                    }
                ],
            },
            "buyer_kind": "LEGAL_PERSON",
            "locale": "it",
            "personal": placed_event.personal.model_dump(),
            "tax_identifier_hash": placed_event.tax_identifier_hash,
            "total_cents": 4427,
            "catalogue_version": "2026-01",
        }

    async def test_is_dated_by_the_payment(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, channel=Channel.PANEL))
        await desk.when(priced())
        registered, event = await desk.on("2026-01-25").when(payment())
        assert isinstance(registered, PaymentRegistered)
        assert isinstance(event, OrderSettled)
        assert (event.ordered_on, event.settled_on, event.branch) == (
            date(2026, 1, 15),
            date(2026, 1, 25),
            Branch.EXTENDED,
        )
