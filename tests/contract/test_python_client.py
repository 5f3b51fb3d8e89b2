"""Does the Python client speak the published language? It has models of its own: here they meet the schemas."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from coterm_client import CancellationOfOrder, Cart, PaymentOfOrder, Quote, answers, problems, words
from coterm_client.answers import Answer, Order, Preview
from coterm_client.bodies import Body, Payment
from coterm_client.intake import CONTENT_TYPE, TOPIC, cancellation_event, order_event, payment_event
from runtime.kafka.log import LogRecord
from runtime.wire.reading import read_record
from schemas import storefront, vocabulary
from schemas.envelope import CONTENT_TYPE as OURS
from schemas.topics import STOREFRONT_INTAKE
from services.billing.adapters import bodies as billing
from services.orders.adapters import bodies as orders
from services.orders.declaration import declare
from tests.unit.client.answering import CART

SENT = [
    (Cart, storefront.OrderSubmitted),
    (PaymentOfOrder, storefront.OrderPayment),
    (CancellationOfOrder, storefront.OrderCancellationRequested),
]
READ: list[tuple[type[Answer], Any]] = [
    (Order, orders.OrderAnswer),
    (Preview, orders.PreviewAnswer),
    (Quote, billing.QuoteAnswer),
]
RENAMED = {"Warned": "OrderWarning"}
WORDS = [
    each
    for each in vars(words).values()
    if isinstance(each, type) and issubclass(each, StrEnum) and each is not StrEnum
]
PAYMENT = PaymentOfOrder(
    order_id="o-1",
    customer_id="c-1",
    payment_source="bank",
    payment_id="p-1",
    amount_cents=1,
    method=words.PaymentMethod.CARD,
)
WISH = CancellationOfOrder(order_id="o-1", customer_id="c-1")


def _shape(schema: dict[str, Any], within: dict[str, Any]) -> Any:
    """Reduce a JSON Schema to what it accepts: references followed, words about it left out."""
    if "$ref" in schema:
        return _shape(within[schema["$ref"].rpartition("/")[2]], within)
    words = {"title", "description", "examples", "$defs", "$id", "$schema", "x-visibility", "x-units"}
    shape = {name: value for name, value in schema.items() if name not in words}
    if "properties" in shape:
        shape["properties"] = {name: _shape(each, within) for name, each in shape["properties"].items()}
    if "items" in shape:
        shape["items"] = _shape(shape["items"], within)
    if "anyOf" in shape:
        shape["anyOf"] = sorted((_shape(each, within) for each in shape["anyOf"]), key=json.dumps)
    return shape


class TestWhatIsSent:
    @pytest.mark.parametrize(("ours", "published"), SENT)
    def test_the_client_accepts_just_what_the_published_schema_accepts(
        self, ours: type[Body], published: type[storefront.Body]
    ) -> None:
        mine, theirs = ours.model_json_schema(), published.model_json_schema()
        shape, expected = _shape(mine, mine.get("$defs", {})), _shape(theirs, theirs.get("$defs", {}))
        # A euro is the only currency: the client fills it in where the interface wants it written.
        for each in (shape, expected):
            each.get("properties", {}).get("currency", {}).pop("default", None)
            each["required"] = sorted({*each["required"], *(["currency"] if "currency" in each["properties"] else [])})
        assert shape == expected

    @pytest.mark.parametrize(
        ("event", "published"),
        [
            (order_event(CART), storefront.OrderSubmitted),
            (payment_event(PAYMENT), storefront.PaymentReceived),
            (cancellation_event(WISH, "example"), storefront.OrderCancellationRequested),
        ],
    )
    def test_on_kafka_it_is_of_the_published_type_and_fits_its_schema(
        self, event: dict[str, Any], published: type[storefront.Body]
    ) -> None:
        kind = event["type"]
        assert kind == published.EVENT_TYPE  # type: ignore[attr-defined]
        schema = json.loads(Path(f"schemas/json/{kind}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(event["data"])

    def test_a_payment_over_http_is_the_same_without_its_order(self) -> None:
        assert set(Payment.model_fields) == set(storefront.Payment.model_fields)

    def test_it_writes_what_the_services_read(self) -> None:
        assert storefront.OrderSubmitted.model_validate(CART.written()).model_dump(mode="json") == CART.model_dump(
            mode="json"
        )


class TestWhatIsRead:
    @pytest.mark.parametrize(("ours", "published"), READ)
    def test_every_field_of_an_answer_is_known(self, ours: type[Answer], published: Any) -> None:
        assert _fields(ours) == _fields(published)

    def test_the_examples_of_the_interface_are_read(self) -> None:
        order = Order.model_validate(orders.ORDER)
        quote = answers.Quote.model_validate(billing.QUOTE)
        assert order.model_dump(mode="json") == orders.ORDER
        assert [outcome.total_cents for outcome in quote.outcomes] == [4427, 2440]

    @pytest.mark.parametrize("word", WORDS, ids=lambda word: word.__name__)
    def test_every_word_is_known(self, word: type[StrEnum]) -> None:
        published = getattr(vocabulary, RENAMED.get(word.__name__, word.__name__))
        assert {each.name: each.value for each in word} == {each.name: each.value for each in published}

    def test_every_kind_of_problem_has_a_code_of_its_own(self) -> None:
        codes = [kind.CODE for kind in problems.Problem.__subclasses__()]
        assert len(set(codes)) == len(codes)
        assert set(codes) == set(problems._KINDS)


class TestWhatGoesToKafka:
    @pytest.mark.parametrize(
        "event",
        [order_event(CART), payment_event(PAYMENT), cancellation_event(WISH, "example")],
        ids=["order", "payment", "cancellation"],
    )
    def test_orders_reads_it(self, event: dict[str, Any]) -> None:
        headers = (("content-type", CONTENT_TYPE),)
        record = LogRecord(TOPIC, 0, 0, event["subject"].encode(), json.dumps(event).encode(), headers)

        incoming = read_record(declare(), TOPIC, record)

        assert (incoming.fault, incoming.type, incoming.customer_id) == (None, event["type"], "c-1")

    def test_the_same_cart_gives_the_same_event(self) -> None:
        assert order_event(CART) == order_event(Cart.model_validate(CART.written()))

    def test_a_payment_needs_its_customer(self) -> None:
        with pytest.raises(ValueError, match="customer_id"):
            payment_event(PAYMENT.model_copy(update={"customer_id": None}))

    def test_topic_and_media_type_are_the_published_ones(self) -> None:
        assert TOPIC == STOREFRONT_INTAKE
        assert CONTENT_TYPE.decode().split(";")[0] == OURS


def _fields(model: Any) -> Any:
    """List the fields of a model, those of what stands in it too."""
    schema = model.model_json_schema()
    named = {name: sorted(each.get("properties", ())) for name, each in schema.get("$defs", {}).items()}
    nested = sorted(fields for fields in named.values() if fields)
    return sorted(schema["properties"]), nested
