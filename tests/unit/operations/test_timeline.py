"""Does a timeline put causes before effects, whatever the clocks say, and tell what an order waits for?"""

import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

from rich.console import Console

from operations.history.journals import History, RecordedEvent
from operations.history.timeline import causal, cause_of, gist, of_order
from operations.history.waiting import waits_for
from operations.history.where_is import Whereabouts, draw
from services.billing.declaration import declare as billing
from services.notifications.declaration import declare as notifications
from services.orders.declaration import declare as orders
from services.provisioning.declaration import declare as provisioning

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def recorded(service: str, version: int, name: str, cause: str = "outside", at: int = 0, **more: Any) -> RecordedEvent:
    order_id = more.pop("order_id", "o-1")
    identity = f"{service}-{version}"
    cause_type = more.pop("cause_type", None)
    data = {"customer_id": "c-1", **more}
    at_ = NOON + timedelta(seconds=at)
    return RecordedEvent(service, version, identity, f"{service}.{name}.v1", at_, order_id, cause, data, cause_type)


PLACED = recorded("orders", 1, "OrderPlaced", cause_type="storefront.OrderSubmitted.v1")
PRICED = recorded("billing", 1, "OrderPriced", "orders-1", at=-5, total_cents=3660)
NOTED = recorded("orders", 2, "OrderPriceNoted", "billing-1", at=1)
PAID = recorded(
    "orders", 3, "PaymentRegistered", "payment", 10, amount_cents=3660, cause_type="storefront.PaymentReceived.v1"
)
SETTLED = recorded("orders", 4, "OrderSettled", "payment", at=10, cause_type="storefront.PaymentReceived.v1")


@dataclass
class Row:
    status: str
    customer_id: str = "c-1"
    outstanding_cents: int | None = 3660
    payable_until: date | None = date(2026, 2, 14)
    reason: str | None = None


def held(*events: RecordedEvent, applied: dict[str, dict[str, int]] | None = None) -> dict[str, History]:
    services = [orders(), billing(), provisioning(), notifications()]
    found = {service.name: History(service, [e for e in events if e.service == service.name]) for service in services}
    for history in found.values():
        everything = {
            other.service.topic: max((event.version for event in other.events), default=0) for other in found.values()
        }
        history.applied = (applied or {}).get(history.name, everything)
    return found


class TestTheOrder:
    def test_a_cause_stands_before_its_effect_though_its_clock_ran_ahead(self) -> None:
        assert causal([PRICED, NOTED, PLACED]) == [PLACED, PRICED, NOTED]

    def test_an_accounts_own_versions_stay_in_order_though_its_clock_was_set_back(self) -> None:
        later = replace(SETTLED, at=NOON - timedelta(days=1))
        assert causal([later, PAID, NOTED, PLACED, PRICED]) == [PLACED, PRICED, NOTED, PAID, later]

    def test_of_two_accounts_each_follows_its_own_versions_and_causes_alone(self) -> None:
        priced = replace(PRICED, at=NOON)
        conflict, held_back = (
            replace(
                recorded("orders", version, name, f"payment {version}", at=at, customer_id="c-2"), id=f"c-2 {version}"
            )
            for version, name, at in ((2, "PaymentConflicted", -9), (3, "PaymentHeld", 0))
        )
        for given in permutations([PLACED, priced, conflict, held_back]):
            assert causal(given) == [conflict, PLACED, priced, held_back]

    def test_a_circle_is_shown_rather_than_lost(self) -> None:
        first, second = recorded("orders", 1, "A", "billing-1"), recorded("billing", 1, "B", "orders-1")
        assert causal([first, second]) == [second, first]

    def test_another_orders_events_are_left_out_and_what_names_none_comes_with_its_cause(self) -> None:
        other = recorded("orders", 5, "OrderPlaced", order_id="o-2")
        unnamed = recorded("provisioning", 1, "InputNoted", "orders-4", order_id=None)
        stranger = recorded("provisioning", 2, "PasswordChanged", order_id=None)
        assert of_order([PLACED, other, SETTLED, unnamed, stranger], "o-1") == [PLACED, SETTLED, unnamed]


class TestOn80Columns:
    def test_the_facts_of_an_event_stand_below_it_and_its_cause(self) -> None:
        activated = recorded("provisioning", 12, "ServiceActivated", "orders-4", product="E_INVOICING", months=12)
        asked = recorded("notifications", 12, "EmailRequested", "provisioning-12", template="CREDENTIALS")
        events = [PLACED, PRICED, SETTLED, activated, asked]
        found = Whereabouts("o-1", ["c-1"], "ACTIVATED", events, {event.id: event for event in events}, [], NOON)
        console = Console(file=io.StringIO(), width=80)
        draw(found, console, everything=False)
        drawn = [line.strip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
        assert drawn[1:] == [
            "2026-01-15",
            "12:00:00.000Z  orders 1  OrderPlaced  ← storefront OrderSubmitted",
            "11:59:55.000Z  billing 1  OrderPriced  ← orders OrderPlaced 1",
            "total 36.60 €",
            "12:00:10.000Z  orders 4  OrderSettled  ← storefront PaymentReceived",
            "12:00:00.000Z  provisioning 12  ServiceActivated  ← orders OrderSettled 4",
            "E_INVOICING",
            "12:00:00.000Z  notifications 12  EmailRequested  ← provisioning ServiceActivated",
            "12",
            "CREDENTIALS",
            "it waits for nothing",
        ]


class TestTheCause:
    def test_it_is_the_event_or_who_spoke_from_outside(self) -> None:
        known = {event.id: event for event in (PLACED, PRICED, PAID, SETTLED)}
        assert cause_of(PRICED, known) == "orders OrderPlaced 1"
        assert cause_of(PLACED, known) == "storefront OrderSubmitted"
        from_intake = replace(PLACED, intake=("storefront.intake", 3, 17))
        assert cause_of(from_intake, known) == "storefront OrderSubmitted, storefront.intake[3] offset 17"

    def test_what_a_payment_settles_was_caused_by_the_payment(self) -> None:
        known = {event.id: event for event in (PAID, SETTLED)}
        assert cause_of(SETTLED, known) == "storefront PaymentReceived"

    def test_a_journal_that_was_filled_from_the_topic_does_not_know_it(self) -> None:
        assert cause_of(replace(PLACED, cause_type=None), {}) == "not kept"

    def test_facts_are_written_for_people(self) -> None:
        assert gist({"total_cents": 3660, "lines": [{"product": "DOCUMENTS"}]}) == "DOCUMENTS · total 36.60 €"


class TestWhatItWaitsFor:
    def test_nothing_when_it_is_activated(self) -> None:
        assert waits_for(Row("ACTIVATED"), "o-1", [PLACED], held(PLACED)) == []

    def test_its_price(self) -> None:
        (wait,) = waits_for(Row("AWAITING_PRICE"), "o-1", [PLACED], held(PLACED))
        assert (wait.what, wait.since) == ("its price, from billing", NOON)

    def test_a_payment_since_it_was_priced(self) -> None:
        (wait,) = waits_for(Row("AWAITING_PAYMENT"), "o-1", [PLACED, NOTED], held(PLACED, NOTED))
        assert wait.what == "a payment of 36.60 €, at the latest on 2026-02-14"
        assert wait.since == NOON + timedelta(seconds=1)

    def test_an_operator_who_releases_it(self) -> None:
        hold = recorded("orders", 5, "OrderHeld", "provisioning-1")
        (wait,) = waits_for(Row("HELD", reason="BASE_NOT_ACTIVE"), "o-1", [SETTLED, hold], held(SETTLED, hold))
        assert (wait.what, wait.since) == ("an operator: it is held, BASE_NOT_ACTIVE", NOON)
        assert wait.look == "coterm orders show o-1"

    def test_the_order_itself_when_only_a_payment_came(self) -> None:
        payment = recorded("orders", 1, "PaymentHeld", "payment")
        (wait,) = waits_for(None, "o-1", [payment], held(payment))
        assert (wait.what, wait.since) == ("its order: only a payment for it has come", NOON)

    def test_a_service_that_has_not_taken_a_neighbours_event(self) -> None:
        stuck = held(PLACED, applied={"billing": {}})
        (wait, price) = waits_for(Row("AWAITING_PRICE"), "o-1", [PLACED], stuck)
        assert wait.what == "billing, which has not taken OrderPlaced 1 of orders yet"
        assert (wait.since, price.what) == (NOON, "its price, from billing")

    def test_a_parked_account_and_not_what_queues_behind_it(self) -> None:
        stuck = held(PLACED, applied={"billing": {}})
        stuck["billing"].parked.append(
            {"type": "orders.OrderPlaced.v1", "reason": "HANDLER_FAILED", "detail": "broke", "parked_at": NOON}
        )
        parked, _ = waits_for(Row("AWAITING_PRICE"), "o-1", [PLACED], stuck)
        assert parked.what == "billing, which has parked the account: orders.OrderPlaced.v1: HANDLER_FAILED: broke"
        assert parked.look == "coterm parked show billing c-1"

    def test_kafka_when_an_event_is_not_published(self) -> None:
        unsent = replace(PLACED, is_published=False)
        waits = waits_for(Row("AWAITING_PRICE"), "o-1", [unsent], held(unsent, applied={"billing": {}}))
        assert [wait.what for wait in waits][:1] == ["Kafka, which has not acknowledged OrderPlaced 1 of orders"]

    def test_the_mail_server_or_an_operator_for_a_mail(self) -> None:
        request = recorded("notifications", 1, "EmailRequested", "billing-1", email_id="m-1", template="order-received")
        doubt = recorded("notifications", 2, "EmailInDoubt", email_id="m-1", template="order-received", at=9)
        sent = recorded("notifications", 3, "EmailSent", email_id="m-1", template="order-received")
        row = Row("ACTIVATED")
        (wait,) = waits_for(row, "o-1", [request], held(request))
        assert wait.what == "the mail server, to take the mail order-received"
        (wait,) = waits_for(row, "o-1", [request, doubt], held(request, doubt))
        assert (wait.look, wait.since) == ("coterm mails reissue m-1", NOON + timedelta(seconds=9))
        assert waits_for(row, "o-1", [request, doubt, sent], held(request, doubt, sent)) == []
