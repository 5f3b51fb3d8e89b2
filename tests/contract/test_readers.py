"""Who reads what? What is published about topics is what the services declare."""

import pytest

from publishing.readers import ACTS_ON, readers_of
from runtime.service import Service
from schemas.topics import EVENTS, INTAKE_BODIES, READ_BY, STOREFRONT_INTAKE, TYPES, WRITTEN_BY
from services.billing.declaration import declare as billing
from services.notifications.declaration import declare as notifications
from services.orders.declaration import declare as orders
from services.provisioning.declaration import declare as provisioning

SERVICES = {
    service.name: service for service in (declare(None) for declare in (orders, billing, provisioning, notifications))
}


def _topics_read_by(service: Service) -> set[str]:
    return {topic for topic, readers in READ_BY.items() if service.name in readers}


@pytest.mark.parametrize("name", sorted(SERVICES))
class TestAService:
    def test_subscribes_to_exactly_the_topics_it_is_published_to_read(self, name: str) -> None:
        assert set(SERVICES[name].topics) == _topics_read_by(SERVICES[name])

    def test_consumes_something_of_every_topic_it_reads(self, name: str) -> None:
        for topic in _topics_read_by(SERVICES[name]) - {STOREFRONT_INTAKE}:
            assert SERVICES[name].consumed & {event.EVENT_TYPE for event in EVENTS[topic]}, topic

    def test_acts_on_exactly_the_types_it_is_published_to_act_on(self, name: str) -> None:
        intake = INTAKE_BODIES.keys() if SERVICES[name].intake else set()
        taken = (SERVICES[name].consumed & TYPES.keys()) | intake
        assert {event_type.rpartition(".v")[0] for event_type in taken} == ACTS_ON[name]

    def test_writes_to_the_topic_it_owns(self, name: str) -> None:
        assert WRITTEN_BY[SERVICES[name].topic] == name

    def test_consumes_no_internal_event_of_a_neighbour(self, name: str) -> None:
        service = SERVICES[name]
        internal = {
            event.EVENT_TYPE
            for topic in service.neighbours
            for event in EVENTS[topic]
            if event.VISIBILITY == "internal"
        }
        assert not service.consumed & internal


class TestATypesReaders:
    def test_are_the_services_that_act_on_it_and_analytics(self) -> None:
        assert readers_of("orders.OrderPlaced.v1") == ("billing", "notifications", "analytics")
        assert readers_of("storefront.OrderSubmitted.v1") == ("orders",)

    def test_are_nobody_but_its_own_service_where_it_is_internal(self) -> None:
        internal = [event_type for event_type, event in TYPES.items() if event.VISIBILITY == "internal"]
        assert {readers_of(event_type) for event_type in internal} == {()}

    def test_are_the_same_for_every_version(self) -> None:
        assert (
            readers_of("billing.PricingRefused.v1")
            == readers_of("billing.PricingRefused.v2")
            == ("orders", "analytics")
        )
