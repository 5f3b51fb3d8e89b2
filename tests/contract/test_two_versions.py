"""Is an event of two versions one event to whoever reads it?

`billing.PricingRefused` is: v1 told why in a sentence, v2 tells it in a word too, and the log holds both.
"""

import copy
import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from operations.reading import Survey
from operations.verify.evidence import Evidence, Held, read
from operations.verify.log_and_journal import schemas
from runtime.fold.account import Folded
from runtime.fold.replay import fold_values
from runtime.kafka.log import LogRecord
from runtime.service import Service
from runtime.wire.codec import encode_event, encode_state, headers_of
from runtime.wire.fingerprint import fingerprint_of
from runtime.wire.reading import read_record
from schemas import superseded
from schemas.billing import CreditGranted, PricingRefused
from schemas.envelope import Event
from schemas.orders import OrderPlaced
from schemas.superseded import PricingRefusedV1
from schemas.topics import BILLING_EVENTS, TYPES
from schemas.upcasts import UPCASTS, Data, Upcast, upcast
from schemas.vocabulary import Branch, PricingRefusal
from services.billing.declaration import declare as billing
from services.billing.domain.pricing import price_order
from services.notifications.declaration import declare as notifications
from services.orders.declaration import declare as orders
from tests.unit.billing.builders import CATALOGUE, DOCUMENTS, RECEIVE_ONLY, bundle, granted, owned, placed, renew
from tests.unit.orders.builders import BASE, order, payment
from tests.unit.orders.spec import Desk, names

OLD, NEW = PricingRefusedV1.EVENT_TYPE, PricingRefused.EVENT_TYPE
SENTENCES = {
    "Documents for an owner, but the order shows no e-invoicing service.": PricingRefusal.BASE_MISSING,
    "Documents needs e-invoicing, in the same order or active": PricingRefusal.BASE_MISSING,
    "DOCUMENTS needs E_INVOICING in the same order": PricingRefusal.BASE_MISSING,
    "DOCUMENTS needs E_INVOICING": PricingRefusal.BASE_MISSING,
    "an empty cart has no price": PricingRefusal.EMPTY_CART,
    "E_INVOICING runs to 2027-06-30: there is nothing to extend": PricingRefusal.NOTHING_TO_EXTEND,
    "E_INVOICING expired on 2025-12-31": PricingRefusal.BASE_EXPIRED,
    "an add-on is renewed together with its base only": PricingRefusal.BASE_NOT_RENEWED,
}
"""Every sentence that a v1 record ever told, and one that none did is NOT_SAID."""
REFUSED: Sequence[OrderPlaced] = (
    placed(owned=[]),
    bundle(lines=[RECEIVE_ONLY, DOCUMENTS]),
    bundle(lines=[]),
    placed(owned=[owned("2027-06-30")]),
    placed(branch=Branch.ALIGNED_LONG, owned=[owned("2026-01-14")]),
    placed(branch=Branch.RENEWED, lines=[renew("DOCUMENTS")]),
    placed(branch=Branch.RENEWED, lines=[renew("E_INVOICING_RECEIVE_ONLY"), renew("DOCUMENTS")]),
)
"""An order of each kind that has no price."""

BACK: dict[str, Callable[[Data], Data]] = {
    OLD: lambda new: {name: said for name, said in new.items() if name != "reason"},
}
"""The way back of each step: what an old record said can be read from the new one."""
OLD_DATA = {step.old: st.builds(TYPES[step.old]).map(lambda event: event.model_dump(mode="json")) for step in UPCASTS}

OLD_REFUSAL = PricingRefusedV1(customer_id="c-1", order_id="o-1", detail="an empty cart has no price")
NEW_REFUSAL = PricingRefused(
    customer_id="c-1", order_id="o-1", reason=PricingRefusal.EMPTY_CART, detail="an empty cart has no price"
)


def record(event: Event, version: int = 1, fingerprint: str | None = None) -> LogRecord:
    """Write an event as billing writes it: an old one as billing once did."""
    value = encode_event(
        event,
        service="billing",
        event_id=UUID(int=version),
        version=version,
        at=datetime(2026, 2, 1, tzinfo=UTC),
        causation=UUID(int=99),
        correlation=None,
        cause_sequence=version,
        fingerprint=fingerprint,
        traceparent=None,
    )
    return LogRecord(BILLING_EVENTS, 0, version, b"c-1", value, headers_of(event.EVENT_TYPE, version))


def folded(service: Service, *events: Event) -> Folded:
    """Fold a topic of these events, each with the fingerprint that its own billing gave it."""
    state, values = service.initial(), []
    for version, event in enumerate(events, start=1):
        if not isinstance(event, PricingRefusedV1):  # Its own billing left the state as it was; ours never sees one.
            state = service.evolve(state, event)
        values.append(record(event, version, fingerprint_of(service.fold_version, encode_state(state))).value)
    return fold_values(service, values)


def misfits(*records: LogRecord) -> list[str]:
    """Let the checker look at invariant 6 of a topic of these records."""
    log = [read(each) for each in records]
    held = Held(billing(), log, [], {}, {}, {}, {}, [], [], [])
    evidence = Evidence(Survey({}, {}, {}), {}, {"billing": held}, [], [], None)
    return [violation.what for violation in schemas(evidence).violations]


@cache
def schema_of(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(Path(f"schemas/json/{event_type}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("step", UPCASTS, ids=lambda step: step.old)
class TestAnyValidOldRecord:
    @given(st.data())
    def test_becomes_a_valid_new_one_and_says_all_it_said(self, step: Upcast, data: st.DataObject) -> None:
        old = data.draw(OLD_DATA[step.old])
        before = copy.deepcopy(old)
        event_type, read = upcast(step.old, old, [step])
        assert event_type == step.new
        schema_of(step.old).validate(old)
        schema_of(step.new).validate(read)
        assert BACK[step.old](read) == old == before

    @given(st.data())
    def test_becomes_the_same_each_time_and_is_changed_no_further(self, step: Upcast, data: st.DataObject) -> None:
        old = data.draw(OLD_DATA[step.old])
        newest = upcast(step.old, old)
        assert upcast(step.old, old) == newest
        assert upcast(*newest) == newest

    def test_is_of_a_version_that_nothing_can_write_any_more(self, step: Upcast) -> None:
        assert TYPES[step.old].__module__ == superseded.__name__


class TestEveryVersionThatIsNotTheNewest:
    def test_has_a_step_to_the_next(self) -> None:
        old = {name for name, model in TYPES.items() if model.__module__ == superseded.__name__}
        assert old == {step.old for step in UPCASTS}


class TestTheReasonOfAnOldRefusal:
    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_is_read_from_its_sentence(self, sentence: str) -> None:
        _, read = upcast(OLD, {"customer_id": "c-1", "order_id": "o-1", "detail": sentence})
        assert read["reason"] == SENTENCES[sentence]

    def test_that_its_sentence_does_not_tell_is_not_said(self) -> None:
        _, read = upcast(OLD, {"customer_id": "c-1", "order_id": "o-1", "detail": "no price today"})
        assert read["reason"] == PricingRefusal.NOT_SAID

    @pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.branch)
    def test_is_the_one_that_billing_states_today(self, refused: OrderPlaced) -> None:
        (today,) = price_order(refused, CATALOGUE, refused.ordered_on)
        assert isinstance(today, PricingRefused)
        _, read = upcast(OLD, {"customer_id": "c-1", "order_id": "o-1", "detail": today.detail})
        assert read["reason"] == today.reason


class TestWhenANeighbourMeetsEitherVersion:
    async def _closed_by(self, refusal: Event) -> tuple[list[str], bytes, list[bytes]]:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.when(payment())
        read = read_record(desk.service, BILLING_EVENTS, record(refusal))
        (result,) = await desk.take(dataclasses.replace(read, origin=None))
        state = await desk.state("c-1")
        assert state is not None
        return (
            names([recorded.event for recorded in result.recorded]),
            encode_state(msgspec.structs.replace(state, on_record=None)),  # sealed with a key that each run draws
            [encode_state(row) for row in desk.table("orders")],
        )

    async def test_orders_closes_the_order_alike(self) -> None:
        old, new = await self._closed_by(OLD_REFUSAL), await self._closed_by(NEW_REFUSAL)
        assert old[0] == ["OrderCancelled", "PaymentRegistered"]
        assert old == new

    @pytest.mark.parametrize("refusal", [OLD_REFUSAL, NEW_REFUSAL], ids=["v1", "v2"])
    def test_notifications_remembers_its_version_and_goes_on(self, refusal: Event) -> None:
        read = read_record(notifications(), BILLING_EVENTS, record(refusal, 7))
        assert (read.type, read.ignored, read.sequence, read.fault) == (NEW, True, 7, None)


class TestWhenATopicHoldsBothVersions:
    CREDIT: CreditGranted = granted()

    def test_a_rebuild_folds_it_to_what_either_version_alone_leaves(self) -> None:
        service = billing()
        both = folded(service, OLD_REFUSAL, self.CREDIT, NEW_REFUSAL)
        new = folded(service, NEW_REFUSAL, self.CREDIT, NEW_REFUSAL)
        assert both.states == new.states
        assert both.rows == new.rows
        assert [row.amount_cents for row in both.rows["credit_entries"].values()] == [200]

    def test_the_fingerprints_of_old_records_still_hold(self) -> None:
        both = folded(billing(), OLD_REFUSAL, self.CREDIT, NEW_REFUSAL)
        assert (both.compared, both.mismatches, both.gaps) == (3, [], [])

    def test_the_checker_reads_an_old_record_as_the_newest(self) -> None:
        assert read(record(OLD_REFUSAL)).event == read(record(NEW_REFUSAL)).event == NEW_REFUSAL

    def test_the_checker_finds_nothing_wrong_with_either(self) -> None:
        assert misfits(record(OLD_REFUSAL), record(NEW_REFUSAL, 2)) == []

    @pytest.mark.parametrize(
        ("refusal", "spoilt", "sentence"),
        [
            (OLD_REFUSAL, (b'"detail":', b'"reason":"EMPTY_CART","detail":'), "reason"),
            (NEW_REFUSAL, (b'"detail":', b'"surprise":1,"detail":'), "surprise"),
            (OLD_REFUSAL, (b'"order_id":"o-1"', b'"order_id":1'), "does not fit its schema"),
            (OLD_REFUSAL, (b"PricingRefused.v1", b"PricingRefused.v2"), "does not fit its schema"),
        ],
    )
    def test_the_checker_names_what_is_of_neither(
        self, refusal: Event, spoilt: tuple[bytes, bytes], sentence: str
    ) -> None:
        good = record(refusal)
        assert good.value is not None
        (misfit, *_) = misfits(dataclasses.replace(good, value=good.value.replace(*spoilt)))
        assert sentence in misfit

    def test_a_reader_that_still_knows_v1_only_stops_and_says_so(self) -> None:
        service = orders()
        kept = tuple(entry for entry in service.inputs if entry.type != NEW)
        older = dataclasses.replace(service, inputs=(*kept, dataclasses.replace(service.by_type[NEW], type=OLD)))
        with pytest.raises(Exception, match=NEW.replace(".", r"\.")) as stopped:
            read_record(older, BILLING_EVENTS, record(NEW_REFUSAL))
        assert type(stopped.value).__name__ == "UnknownType"
