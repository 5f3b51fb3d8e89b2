"""What does each record become, whatever a storefront or another deployment wrote?"""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import UnknownType, Unreadable
from runtime.kafka.log import LogRecord
from runtime.service import Incoming
from runtime.wire.reading import INTAKE_BYTES, read_record
from schemas.topics import ORDERS_EVENTS, PROVISIONING_EVENTS, STOREFRONT_INTAKE
from services.billing.declaration import declare as billing
from services.orders.declaration import declare as orders

ORDERS, BILLING = orders(), billing()
PAYMENT = {
    "payment_source": "bank",
    "payment_id": "p-1",
    "amount_cents": 4427,
    "currency": "EUR",
    "method": "BANK_TRANSFER",
    "order_id": "o-1",
    "customer_id": "c-1",
}
ENVELOPE = {
    "specversion": "1.0",
    "id": "1",
    "source": "/pec.it",
    "type": "storefront.PaymentReceived.v1",
    "subject": "c-1",
    "data": PAYMENT,
}
BINARY = (
    ("content-type", b"application/json; charset=utf-8"),
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/pec.it"),
    ("ce_type", b"storefront.PaymentReceived.v1"),
    ("ce_subject", b"c-1"),
)
STRUCTURED = (("Content-Type", b"application/cloudevents+json; charset=utf-8"),)
Headers = tuple[tuple[str, bytes], ...]


def taken(value: bytes | None, headers: Headers = STRUCTURED, key: bytes | None = b"c-1") -> Incoming:
    return read_record(ORDERS, STOREFRONT_INTAKE, LogRecord("storefront.intake", 3, 7, key, value, headers))


def reason(value: bytes | None, headers: Headers = STRUCTURED, key: bytes | None = b"c-1") -> str:
    incoming = taken(value, headers, key)
    assert incoming.fault is not None
    assert incoming.fault.quarantine
    assert incoming.raw is not None
    assert (incoming.raw.key, incoming.raw.value, incoming.raw.headers) == (key, value, headers)
    assert "\x00" not in incoming.fault.detail
    incoming.fault.detail.encode()
    return incoming.fault.reason


def envelope(**changed: Any) -> bytes:
    return json.dumps({name: value for name, value in (ENVELOPE | changed).items() if value is not None}).encode()


def without(name: str) -> Headers:
    return tuple(pair for pair in BINARY if pair[0] != name)


class TestWhatAStorefrontMayWrite:
    def test_structured_and_binary_mode_become_the_same_command(self) -> None:
        structured, binary = taken(envelope()), taken(json.dumps(PAYMENT).encode(), BINARY)
        assert structured.fault is None
        assert (structured.id, structured.type, structured.data) == (binary.id, binary.type, binary.data)
        assert structured.customer_id == binary.customer_id == "c-1"

    def test_structured_mode_without_headers_is_taken(self) -> None:
        assert taken(envelope(), ()).fault is None

    def test_unknown_attributes_and_a_trace_are_no_fault(self) -> None:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        incoming = taken(envelope(traceparent=trace, time="2026-01-15T10:00:00Z", partitionkey="x"))
        assert incoming.fault is None
        assert incoming.traceparent == trace

    @pytest.mark.parametrize("trace", ["\ud800" * 55, "\x00" * 55, "x" * 55, 7, ""], ids=ascii)
    def test_a_trace_that_is_none_goes_into_no_event(self, trace: Any) -> None:
        incoming = taken(envelope(traceparent=trace))
        assert incoming.traceparent is None

    @pytest.mark.parametrize("name", ["time", "dataschema", "datacontenttype", "traceparent", "ext", "data_base64"])
    def test_an_attribute_that_is_null_is_absent(self, name: str) -> None:
        with_null = json.dumps({**ENVELOPE, name: None}).encode()
        assert taken(with_null).fault is None
        assert taken(with_null).id == taken(envelope()).id

    def test_the_same_payment_has_the_same_id_whatever_its_envelope(self) -> None:
        assert taken(envelope()).id == taken(envelope(id="other", source="/pecmail.it")).id

    def test_a_record_as_large_as_the_limit_is_taken(self) -> None:
        value = envelope()
        assert taken(value + b" " * (INTAKE_BYTES - len(value))).fault is None


class TestWhatIsNoJson:
    @pytest.mark.parametrize("headers", [STRUCTURED, BINARY], ids=["structured", "binary"])
    @pytest.mark.parametrize(
        "value",
        [
            None,
            b"",
            b"{",
            b"\x00",
            b"\xff\xfe\xfd",
            b'{"specversion": "1.0\xff"}',
            b"[" * 60_000,
            b'{"a":' * 10_000,
            b"1" * 5_000,
            b"NaN",
            b'{"a": -Infinity}',
            b'{"a": 1e999}',
            b'{"a": 1, "b": {"c": 1, "c": 1}}',
            '{"a": 1}'.encode("utf-16"),
            b"\xef\xbb\xbf{}",
        ],
        ids=[
            "tombstone", "empty", "cut", "NUL", "bytes", "bad UTF-8", "deep", "deep objects", "long number",
            "NaN", "Infinity", "beyond a double", "twice the same name", "UTF-16", "byte order mark",
        ],
    )  # fmt: skip
    def test_it_goes_to_quarantine_as_such(self, value: bytes | None, headers: Headers) -> None:
        assert reason(value, headers) == "INVALID_JSON"

    @pytest.mark.parametrize("depth", range(100, 1200, 50))
    def test_no_depth_of_nesting_is_a_crash(self, depth: int) -> None:
        nested = b"[" * depth + b"]" * depth
        value = envelope(data="DATA").replace(b'"DATA"', nested)
        assert reason(value) in {"INVALID_JSON", "SCHEMA_VIOLATION"}
        assert reason(nested, BINARY) in {"INVALID_JSON", "SCHEMA_VIOLATION"}


class TestWhatIsTooLarge:
    def test_a_mebibyte_or_one_byte_more_than_the_limit_goes_to_quarantine(self) -> None:
        assert reason(b" " * (1 << 20)) == "TOO_LARGE"
        assert reason(b"[" * 100_000) == "TOO_LARGE"
        assert reason(envelope() + b" " * (INTAKE_BYTES + 1 - len(envelope()))) == "TOO_LARGE"


class TestWhatIsNoCloudEvent:
    @pytest.mark.parametrize("value", [b"1", b'"x"', b"null", b"[]"])
    def test_a_value_that_is_no_object(self, value: bytes) -> None:
        assert reason(value) == "NOT_A_CLOUDEVENT"

    @pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
    @pytest.mark.parametrize("value", [None, "", 7])
    def test_a_required_attribute_that_is_missing_empty_or_no_text(self, name: str, value: Any) -> None:
        assert reason(envelope(**{name: value})) == "NOT_A_CLOUDEVENT"

    @pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source"])
    def test_a_required_header_that_is_missing(self, name: str) -> None:
        assert reason(json.dumps(PAYMENT).encode(), without(name)) == "NOT_A_CLOUDEVENT"

    def test_another_specversion_or_content_type(self) -> None:
        assert reason(envelope(specversion="0.3")) == "NOT_A_CLOUDEVENT"
        assert reason(envelope(), (("content-type", b"text/plain"),)) == "NOT_A_CLOUDEVENT"
        assert reason(b"x", (("content-type", b"application/avro\xff"), *BINARY[1:])) == "NOT_A_CLOUDEVENT"

    def test_a_header_whose_name_is_no_text(self) -> None:
        assert reason(envelope(), (*STRUCTURED, ("ce_\udcff", b"1"))) == "NOT_A_CLOUDEVENT"

    @pytest.mark.parametrize("again", [("ce_id", b"2"), ("CE_ID", b"1"), ("Content-Type", b"application/json")])
    def test_a_header_that_stands_there_twice(self, again: tuple[str, bytes]) -> None:
        assert reason(json.dumps(PAYMENT).encode(), (*BINARY, again)) == "NOT_A_CLOUDEVENT"

    def test_a_header_that_is_no_text(self) -> None:
        assert reason(json.dumps(PAYMENT).encode(), (*without("ce_id"), ("ce_id", b"\xff"))) == "NOT_A_CLOUDEVENT"

    def test_what_other_headers_say_and_how_often_is_nobodys_business(self) -> None:
        baggage = (("b3", b"\xff"), ("b3", b"1"))
        assert taken(json.dumps(PAYMENT).encode(), (*BINARY, *baggage)).fault is None

    @pytest.mark.parametrize(
        "changed", [{"id": "1\n"}, {"source": "\ud800"}, {"note": "\x00"}, {"\udfff": 1}], ids=ascii
    )
    def test_an_attribute_with_a_control_or_half_a_character(self, changed: dict[str, Any]) -> None:
        assert reason(envelope(**changed)) == "NOT_A_CLOUDEVENT"


class TestWhatAnotherReaderCouldNotRead:
    """The public SDK raises on each of these."""

    @pytest.mark.parametrize(
        "time", ["2026-02-30T09:00:00Z", "2026-01-15T09:00:00", "2026-01-15", "2026-01-15T09:00:00+99:99", "", 5]
    )
    def test_a_time_that_never_is(self, time: Any) -> None:
        assert reason(envelope(time=time)) == "NOT_A_CLOUDEVENT"

    @pytest.mark.parametrize("changed", [{"datacontenttype": 5}, {"dataschema": ""}, {"Trace-Id": "1"}, {"": "1"}])
    def test_an_attribute_that_cannot_be(self, changed: dict[str, Any]) -> None:
        assert reason(envelope(**changed)) == "NOT_A_CLOUDEVENT"


class TestWhatSaysThatItIsOurs:
    @pytest.mark.parametrize("source", ["/orders", "/billing", "/provisioning", "/notifications/"])
    def test_it_goes_to_quarantine_as_forged(self, source: str) -> None:
        assert reason(envelope(source=source)) == "FORGED_SOURCE"
        headers = (*without("ce_source"), ("ce_source", source.encode()))
        assert reason(json.dumps(PAYMENT).encode(), headers) == "FORGED_SOURCE"


class TestWhatIsOfAnUnknownType:
    @pytest.mark.parametrize("name", ["storefront.PaymentReceived.v2", "orders.OrderPlaced.v1", "x", "\x00", "\ud800"])
    def test_it_goes_to_quarantine_with_its_name(self, name: str) -> None:
        assert reason(envelope(type=name)) == "UNKNOWN_TYPE"


class TestAnIdThatNothingCanName:
    @pytest.mark.parametrize("name", [".", "..", "-x"])
    def test_goes_to_quarantine(self, name: str) -> None:
        changed = envelope(subject=name, data={**PAYMENT, "customer_id": name})
        assert reason(changed, key=name.encode()) == "SCHEMA_VIOLATION"
        assert reason(envelope(data={**PAYMENT, "order_id": name})) == "SCHEMA_VIOLATION"


class TestWhatDoesNotFitItsSchema:
    @pytest.mark.parametrize(
        "changed",
        [
            {"amount_cents": "4427"},
            {"amount_cents": 0},
            {"currency": "USD"},
            {"surprise": 1},
            {"\x00": 1},
            {"order_id": "o\x00"},
            {"order_id": "o\ud800"},
            {"customer_id": None},
            {"amount_cents": float("nan")},
        ],
        ids=["text", "zero", "currency", "unknown field", "NUL name", "NUL", "surrogate", "no customer", "NaN"],
    )
    def test_it_goes_to_quarantine_naming_the_field(self, changed: dict[str, Any]) -> None:
        body = PAYMENT | changed
        assert reason(envelope(data=body)) in {"SCHEMA_VIOLATION", "INVALID_JSON"}
        assert reason(json.dumps(body).encode(), BINARY) in {"SCHEMA_VIOLATION", "INVALID_JSON"}

    def test_no_data_at_all(self) -> None:
        assert reason(envelope(data=None)) == "SCHEMA_VIOLATION"


class TestWhenKeySubjectAndCustomerDiffer:
    @pytest.mark.parametrize("key", [None, b"", b"c-2", b"c-1 ", b"\xff", b"c-1\x00"])
    def test_the_record_key_must_be_the_customer(self, key: bytes | None) -> None:
        assert reason(envelope(), key=key) == "WRONG_KEY"

    @pytest.mark.parametrize("subject", [None, "c-2", "", 1])
    def test_the_subject_must_be_the_customer(self, subject: Any) -> None:
        assert reason(envelope(subject=subject)) == "WRONG_KEY"
        assert reason(json.dumps(PAYMENT).encode(), without("ce_subject")) == "WRONG_KEY"


PLACED = json.loads((Path(__file__).parents[3] / "schemas/examples/orders.OrderPlaced.v1.json").read_text())


def noted(topic: str = ORDERS_EVENTS, **changed: Any) -> Incoming:
    value = json.dumps(PLACED | changed).encode()
    return read_record(BILLING, topic, LogRecord(topic, 0, 0, b"c-1", value, ()))


class TestWhatStandsOnANeighboursTopic:
    def test_a_consumed_type_is_read_with_its_version(self) -> None:
        incoming = noted(sequence="17")
        assert (incoming.sequence, incoming.source, incoming.ignored) == (17, ORDERS_EVENTS, False)

    def test_an_unknown_version_of_a_consumed_type_is_no_input(self) -> None:
        with pytest.raises(UnknownType, match=r"orders\.OrderPlaced\.v9"):
            noted(type="orders.OrderPlaced.v9")

    @pytest.mark.parametrize("name", ["orders.OrderAdmired.v1", "orders.OrderRefused.v1"])
    def test_a_whole_type_that_is_not_consumed_is_ignored_but_its_version_is_known(self, name: str) -> None:
        incoming = noted(type=name, data={"anything": 1}, sequence="4")
        assert (incoming.ignored, incoming.sequence, incoming.data) == (True, 4, None)

    @pytest.mark.parametrize(
        "changed",
        [{"id": "no uuid"}, {"sequence": "x"}, {"data": {}}, {"type": "unversioned"}, {"subject": None}],
        ids=["id", "sequence", "data", "type", "subject"],
    )
    def test_what_cannot_be_read_is_said_to_be_unreadable(self, changed: dict[str, Any]) -> None:
        with pytest.raises(Unreadable):
            noted(**changed)

    @pytest.mark.parametrize("value", [None, b"", b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_cloudevent_is_said_to_be_unreadable(self, value: bytes | None) -> None:
        with pytest.raises(Unreadable):
            read_record(BILLING, PROVISIONING_EVENTS, LogRecord(PROVISIONING_EVENTS, 0, 0, b"c-1", value, ()))

    def test_a_header_whose_name_is_no_text_is_said_to_be_unreadable(self) -> None:
        value = json.dumps(PLACED).encode()
        with pytest.raises(Unreadable, match="UTF-8"):
            read_record(BILLING, ORDERS_EVENTS, LogRecord(ORDERS_EVENTS, 0, 0, b"c-1", value, (("\udcff", b""),)))
