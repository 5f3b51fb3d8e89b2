"""Does a lens see what the contract sees: the same fields of what fits, and nothing of what does not?"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.rebuild.folders import catalogue_words
from operations.surroundings import SERVICES, declaration
from runtime.errors import Unreadable
from runtime.service import Service
from runtime.wire.codec import decode_attributes, decode_event, encode_event, encode_state, headers_of
from runtime.wire.lens import lens_of, read_own
from schemas.envelope import Event
from schemas.topics import EVENTS
from schemas.upcasts import UPCASTS

EXAMPLES = Path("schemas/examples")
OLD = {step.old for step in UPCASTS}
OWN = {
    event.EVENT_TYPE: declaration(name)
    for name in SERVICES
    for event in EVENTS[declaration(name).topic]
    if event.EVENT_TYPE not in OLD
}
CAUSE = UUID("5f0c2f0e-8d0c-5e0b-9c0a-6d1f3a7b2c4d")
AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
TRUE_TO_LIFE = "orders.OrderPlaced.v1"
KNOWN = frozenset(catalogue_words())
BY_SIGHT = pytest.mark.parametrize("words", [frozenset[str](), KNOWN], ids=["by pattern", "by sight"])


def example(event_type: str) -> bytes:
    return (EXAMPLES / f"{event_type}.json").read_bytes()


def type_header(event_type: str) -> tuple[tuple[str, bytes | None], ...]:
    return headers_of(event_type, 1)


def in_full(value: bytes) -> Event:
    return decode_event(decode_attributes(value))


def plain(event: Any) -> Any:
    """Write an event as JSON, whether its parts are the contract's or a lens's."""
    return {name: msgspec.json.decode(_text(held)) for name, held in vars(event).items()}


def _text(value: Any) -> bytes:
    def enc_hook(part: Any) -> Any:
        return vars(part)

    return msgspec.json.encode(value, enc_hook=enc_hook, order="sorted")


def varied(event_type: str, data: st.DataObject) -> bytes:
    """Take the golden example, with a field left out or replaced by another value here and there."""
    value = json.loads(example(event_type))
    value["data"] = data.draw(_varied(value["data"]))
    return json.dumps(value).encode()


def _varied(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, dict):
        kept = st.sets(st.sampled_from(sorted(value)), max_size=1) if value else st.just(set[str]())
        whole = st.fixed_dictionaries({name: _varied(held) for name, held in value.items()})
        return st.tuples(whole, kept).map(lambda both: {n: h for n, h in both[0].items() if n not in both[1]})
    if isinstance(value, list):
        return st.lists(st.sampled_from(value).flatmap(_varied), max_size=3) if value else st.just([])
    instants = ("2028-02-29", "2026-01-15T09:00:00.1Z", "2026-01-15T09:00:00")
    odd = st.sampled_from([None, "", "x", "X_1", "X_1\n", *instants, -1, 0, 7, 1.5])
    return st.one_of(st.just(value), st.just(value), st.just(value), odd, st.booleans())


class TestWhenARecordFitsItsContract:
    @BY_SIGHT
    @pytest.mark.parametrize("event_type", sorted(OWN))
    def test_a_lens_reads_the_golden_example_as_the_contract_does(self, event_type: str, words: frozenset[str]) -> None:
        value = example(event_type)
        lens = lens_of(event_type.encode(), words)
        assert lens is not None
        read = lens.read(value)
        assert read is not None
        attributes = decode_attributes(value)
        assert (read.subject, str(read.version), read.fingerprint) == (
            attributes.subject, attributes.sequence, attributes.statefp,
        )  # fmt: skip
        assert type(read.event) is type(in_full(value))
        assert plain(read.event) == plain(in_full(value))

    @pytest.mark.parametrize("event_type", sorted(OWN))
    def test_a_fold_of_it_leaves_the_same_bytes(self, event_type: str) -> None:
        service, value = OWN[event_type], example(event_type)
        read = read_own(value, type_header(event_type)).event
        assert folded(service, read) == folded(service, in_full(value))

    def test_its_name_is_kept_once_for_all_events_of_an_account(self) -> None:
        account = "".join(["c", "-1"])
        read = read_own(example(TRUE_TO_LIFE), type_header(TRUE_TO_LIFE), account)
        assert read.subject is account
        assert read.event.customer_id is account

    def test_it_may_be_copied_compared_and_written_like_any_event(self) -> None:
        written = in_full(example("orders.OrderCancelled.v1"))
        read = read_own(example("orders.OrderCancelled.v1"), type_header("orders.OrderCancelled.v1")).event
        assert read == written
        assert read.model_copy().model_dump_json() == written.model_dump_json()


class TestWhenAWordIsNotKnownBySight:
    def test_its_record_is_read_through_the_contract(self) -> None:
        value = example(TRUE_TO_LIFE)
        lens = lens_of(TRUE_TO_LIFE.encode(), KNOWN - {"E_INVOICING"})
        assert lens is not None
        assert lens.read(value) is None
        read = read_own(value, type_header(TRUE_TO_LIFE), words=KNOWN - {"E_INVOICING"})
        assert plain(read.event) == plain(in_full(value))

    def test_one_that_is_no_word_is_refused_in_the_contracts_words(self) -> None:
        value = example(TRUE_TO_LIFE).replace(b"E_INVOICING", b"e-invoicing")
        with pytest.raises(Unreadable, match="product"):
            read_own(value, type_header(TRUE_TO_LIFE), words=KNOWN)


class TestWhenARecordIsAnything:
    @BY_SIGHT
    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(event_type=st.sampled_from(sorted(OWN)), data=st.data())
    def test_a_lens_takes_nothing_that_the_contract_refuses_and_sees_the_same_fields(
        self, words: frozenset[str], event_type: str, data: st.DataObject
    ) -> None:
        value = varied(event_type, data)
        lens = lens_of(event_type.encode(), words)
        assert lens is not None
        read = lens.read(value)
        if read is not None:
            assert plain(read.event) == plain(in_full(value))

    @pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"type":"orders.OrderPlaced.v1"}', b"\xff", b"[" * 10_000])
    def test_what_is_no_event_is_refused_in_the_contracts_words(self, spoilt: bytes) -> None:
        with pytest.raises(Unreadable, match="no structured CloudEvent"):
            read_own(spoilt, type_header(TRUE_TO_LIFE))

    @pytest.mark.parametrize(
        ("event_type", "field", "value"),
        [
            ("orders.PaymentHeld.v1", "taken_at", "2026-01-15T09:00:00"),
            ("orders.PaymentRegistered.v1", "surplus_cents", -1),
            ("orders.OrderPlaced.v1", "ordered_on", "15/01/2026"),
            ("orders.OrderPlaced.v1", "channel", "FAX"),
            ("orders.OrderPlaced.v1", "personal", None),
        ],
    )
    def test_a_value_that_the_contract_refuses_is_refused(self, event_type: str, field: str, value: object) -> None:
        envelope = json.loads(example(event_type))
        envelope["data"][field] = value
        with pytest.raises(Unreadable, match=field):
            read_own(json.dumps(envelope).encode(), type_header(event_type))

    def test_a_header_that_names_another_type_is_not_believed(self) -> None:
        read = read_own(example(TRUE_TO_LIFE), type_header("orders.OrderRefused.v1"))
        assert read.event.EVENT_TYPE == TRUE_TO_LIFE

    def test_without_its_headers_it_is_read_all_the_same(self) -> None:
        assert plain(read_own(example(TRUE_TO_LIFE)).event) == plain(in_full(example(TRUE_TO_LIFE)))

    def test_an_old_version_is_brought_to_the_newest(self) -> None:
        (step,) = UPCASTS
        read = read_own(example(step.old), type_header(step.old))
        assert lens_of(step.old.encode()) is None
        assert step.new == read.event.EVENT_TYPE


class TestWhenALensWasMadeOfAnEventJustWritten:
    def test_it_reads_back_what_the_commit_page_writes(self) -> None:
        event = in_full(example(TRUE_TO_LIFE))
        value = encode_event(
            event, service="orders", event_id=CAUSE, version=7, at=AT, causation=CAUSE, correlation=None,
            cause_sequence=None, fingerprint="1:ab", traceparent=None,
        )  # fmt: skip
        lens = lens_of(TRUE_TO_LIFE.encode())
        assert lens is not None
        read = lens.read(value)
        assert read is not None
        assert (read.version, read.fingerprint) == (7, "1:ab")
        assert plain(read.event) == plain(event)


def folded(service: Service, event: Event) -> object:
    """Fold one event into an empty account, and say what that leaves, or how it fails."""
    try:
        state = encode_state(service.evolve(service.initial(), event))
        rows = {
            (projection.table, key): encode_state(projection.evolve(None, event, key))
            for projection in service.touched[type(event)]
            for key in projection.keys_of(event)
        }
    except Exception as error:  # an event that can't come first fails in both ways alike
        return repr(error)
    return state, rows
