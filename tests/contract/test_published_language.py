"""Does every type say what it means, in words that stay? The rules of the published language."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from publishing.generate import check
from publishing.readers import readers_of_topic
from publishing.units import UnitUnknown, unit_of
from runtime.kafka.topics import declared_topics
from schemas import vocabulary
from schemas.cart import OrderLine
from schemas.topics import ANALYSED, EVENTS, INTAKE_BODIES, REJECTIONS, TOPIC_OF, TYPES, WRITTEN_BY

EVERY_MODEL = {**INTAKE_BODIES, **REJECTIONS, **TYPES}


def _objects(event_type: str) -> dict[str, dict[str, Any]]:
    schema = json.loads(Path(f"schemas/json/{event_type}.json").read_text(encoding="utf-8"))
    parts = {event_type: schema, **schema.get("$defs", {})}
    return {name: part for name, part in parts.items() if "properties" in part}


class TestWhatIsPublished:
    def test_is_what_the_models_say(self) -> None:
        assert list(check()) == []


@pytest.mark.parametrize("event_type", sorted(EVERY_MODEL))
class TestEveryType:
    def test_states_its_fact_in_a_sentence(self, event_type: str) -> None:
        sentence = EVERY_MODEL[event_type].__doc__
        assert sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence

    def test_is_named_by_owner_fact_and_version(self, event_type: str) -> None:
        assert re.fullmatch(r"[a-z]+\.[A-Z][A-Za-z]+\.v[1-9][0-9]*", event_type)

    def test_gives_a_unit_to_every_amount_and_date(self, event_type: str) -> None:
        for name, part in _objects(event_type).items():
            for field, schema in part["properties"].items():
                if unit_of(field, schema):
                    assert schema.get("description"), f"{name}.{field}"

    def test_is_closed_down_to_its_parts(self, event_type: str) -> None:
        for name, part in _objects(event_type).items():
            assert part["additionalProperties"] is False, name


class TestAMeasureWithoutUnit:
    def test_is_refused(self) -> None:
        with pytest.raises(UnitUnknown, match="weight"):
            unit_of("weight", {"type": "integer"})

    def test_is_no_matter_for_words(self) -> None:
        assert unit_of("name", {"type": "string"}) is None


class TestTopics:
    def test_each_type_travels_on_one_topic(self) -> None:
        named = [event.EVENT_TYPE for events in EVENTS.values() for event in events]
        assert len(named) == len(set(named))

    def test_a_type_is_named_for_the_writer_of_its_topic(self) -> None:
        for event_type, topic in TOPIC_OF.items():
            owner = "handover" if topic == "credentials.handover" else WRITTEN_BY[topic]
            assert event_type.split(".")[0] == owner

    def test_are_declared_for_deployment_as_they_are_published(self) -> None:
        channels = yaml.safe_load(Path("schemas/asyncapi.yaml").read_text(encoding="utf-8"))["channels"]
        published = {topic: channel["bindings"]["kafka"] for topic, channel in channels.items()}
        for topic in declared_topics():
            described = published.pop(topic.name)
            assert described["partitions"] == topic.partitions == 12
            assert [topic.config["cleanup.policy"]] == described["topicConfiguration"]["cleanup.policy"] == ["delete"]
            assert topic.config["retention.ms"] == str(described["topicConfiguration"]["retention.ms"])
        assert published == {}

    def test_are_kept_for_ever_where_they_tell_what_happened(self) -> None:
        kept = {topic.name: int(topic.config["retention.ms"]) for topic in declared_topics()}
        assert kept.pop("storefront.intake") == timedelta(days=30) // timedelta(milliseconds=1)
        assert kept.pop("storefront.rejections") == timedelta(days=30) // timedelta(milliseconds=1)
        assert kept.pop("credentials.handover") == timedelta(hours=72) // timedelta(milliseconds=1)
        assert set(kept) == set(ANALYSED)
        assert set(kept.values()) == {-1}


class TestAsyncApi:
    document = yaml.safe_load(Path("schemas/asyncapi.yaml").read_text(encoding="utf-8"))

    def test_has_a_channel_for_every_topic_and_a_message_for_every_type(self) -> None:
        assert set(self.document["channels"]) == set(WRITTEN_BY)
        assert set(self.document["components"]["messages"]) == set(EVERY_MODEL)

    def test_every_reference_leads_somewhere(self) -> None:
        for reference in _references(self.document):
            if reference.startswith("#/"):
                found: Any = self.document
                for step in reference.removeprefix("#/").split("/"):
                    found = found[step]
            else:
                assert (Path("schemas") / reference).is_file(), reference

    def test_every_topic_is_sent_by_its_writer_and_received_by_its_readers(self) -> None:
        operations = self.document["operations"]
        for topic in WRITTEN_BY:
            assert operations[f"{WRITTEN_BY[topic]}.send.{topic}"]["action"] == "send"
            for reader in readers_of_topic(topic):
                assert operations[f"{reader}.receive.{topic}"]["action"] == "receive"

    def test_analytics_receives_no_internal_event(self) -> None:
        received = self.document["operations"]["analytics.receive.orders.events"]["messages"]
        names = {message["$ref"].rpartition("/")[2] for message in received}
        assert "orders.OrderPlaced.v1" in names
        assert "orders.InputNoted.v1" not in names


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for value in part.values() for reference in _references(value)]
    if isinstance(part, list):
        return [reference for value in part for reference in _references(value)]
    return []


CLOSED = {
    "ProductKind": "BASE ADD_ON",
    "BuyerKind": "LEGAL_PERSON VAT_HOLDER ACCOUNTANT PRIVATE_PERSON PUBLIC_ADMINISTRATION",
    "Channel": "SITE CUSTOMER_AREA PANEL",
    "LineAction": "ACTIVATE RENEW",
    "PurchaseCase": "FIRST_PURCHASE ADD_ON_TO_OWNED RENEWAL",
    "Branch": "BUNDLE EXTENDED ALIGNED_SHORT ALIGNED_LONG",
    "OrderStatus": "REFUSED AWAITING_PRICE AWAITING_PAYMENT PARTIALLY_PAID SETTLED ACTIVATED HELD CANCELLED EXPIRED",
    "ViolationCode": "BASE_REQUIRED BASE_RECEIVE_ONLY ACCOUNTANT_USER BUYER_NOT_ELIGIBLE BASE_NOT_ACTIVE "
    "ADDON_ALREADY_ACTIVE ADDON_ORDER_PENDING BASE_ALREADY_OWNED BASE_ORDER_PENDING CHANNEL_NOT_ALLOWED "
    "VAT_NUMBER_INVALID TAX_CODE_INVALID TAX_IDENTIFIER_DIFFERS PRODUCT_UNKNOWN EMPTY_CART DUPLICATE_LINE "
    "RENEWAL_NOT_POSSIBLE",
    "CloseReason": "PRICE_CHANGED BASE_NOT_ACTIVE CUSTOMER_REQUEST",
    "PaymentMethod": "CARD BANK_TRANSFER PAYPAL POSTAL_SLIP",
    "PaymentStatus": "REGISTERED HELD CONFLICTED",
    "PriceReason": "FULL_PRICE FREE_WITH_BASE ALIGNED_TO_BASE PRORATED",
    "ProrationMethod": "MONTH_FRACTION STARTED_MONTHS",
    "ActivationOrigin": "BUNDLED ADD_ON",
    "ExpiryReason": "EXTENSION ALIGNMENT RENEWAL REVERSAL",
    "ServiceStatus": "ACTIVE GRACE SUSPENDED TERMINATED",
    "EmailStatus": "REQUESTED SENT FAILED IN_DOUBT BOUNCED",
    "OrderWarning": "PEC_ADDRESS SHORT_RESIDUAL",
}


@pytest.mark.parametrize("word", sorted(CLOSED))
class TestAClosedWord:
    def test_has_every_value_that_the_rules_name(self, word: str) -> None:
        values = {member.value for member in getattr(vocabulary, word)}
        assert set(CLOSED[word].split()) <= values


class TestAnOpenWord:
    """What there is to buy is said by the catalogue, never by an enum."""

    @pytest.mark.parametrize("named", ["E_INVOICING", "SIGNATURE_2", "AB"])
    def test_names_any_product(self, named: str) -> None:
        assert OrderLine(product=named).product == named

    @pytest.mark.parametrize("named", ["", "A", "e_invoicing", "2_SIGNATURES", "A-B", "A" * 41, "\u0391\u0392", "AB\n"])
    def test_is_written_in_one_way(self, named: str) -> None:
        with pytest.raises(ValidationError):
            OrderLine(product=named)
