"""Who reads what? What is published about topics is what the services declare."""

import pytest

from operations.surroundings import SERVICES, declaration
from publishing.readers import readers_of, readers_of_topic
from schemas.topics import EVENTS, STOREFRONT_INTAKE, TYPES, WRITTEN_BY


@pytest.mark.parametrize("name", SERVICES)
class TestAService:
    def test_consumes_something_of_every_topic_it_reads(self, name: str) -> None:
        service = declaration(name)
        for topic in {*service.topics} - {STOREFRONT_INTAKE}:
            assert service.consumed & {event.EVENT_TYPE for event in EVENTS[topic]}, topic

    def test_writes_to_the_topic_it_owns(self, name: str) -> None:
        assert WRITTEN_BY[declaration(name).topic] == name

    def test_consumes_no_internal_event_of_a_neighbour(self, name: str) -> None:
        service = declaration(name)
        internal = {
            event.EVENT_TYPE
            for topic in service.neighbours
            for event in EVENTS[topic]
            if event.VISIBILITY == "internal"
        }
        assert not service.consumed & internal


class TestATopicsReaders:
    def test_are_the_services_that_subscribe_to_it_and_analytics_where_it_tells_what_happened(self) -> None:
        assert {topic: readers_of_topic(topic) for topic in WRITTEN_BY} == {
            "storefront.intake": ("orders",),
            "storefront.rejections": ("storefronts",),
            "orders.events": ("billing", "provisioning", "notifications", "analytics"),
            "billing.events": ("orders", "notifications", "analytics"),
            "provisioning.events": ("orders", "billing", "notifications", "analytics"),
            "notifications.events": ("provisioning", "analytics"),
            "credentials.handover": ("notifications",),
        }


class TestATypesReaders:
    def test_are_the_services_that_act_on_it_and_analytics(self) -> None:
        assert readers_of("orders.OrderPlaced.v1") == ("billing", "notifications", "analytics")
        assert readers_of("storefront.OrderSubmitted.v1") == ("orders",)
        assert readers_of("handover.CredentialsHandedOver.v1") == ("notifications",)

    def test_are_nobody_but_its_own_service_where_it_is_internal(self) -> None:
        internal = [event_type for event_type, event in TYPES.items() if event.VISIBILITY == "internal"]
        assert {readers_of(event_type) for event_type in internal} == {()}

    def test_are_the_same_for_every_version(self) -> None:
        assert (
            readers_of("billing.PricingRefused.v1")
            == readers_of("billing.PricingRefused.v2")
            == ("orders", "analytics")
        )
