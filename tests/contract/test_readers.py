"""Who reads what? What is published about topics is what the services declare."""

import pytest

from runtime.service import Service
from schemas.topics import EVENTS, READ_BY, STOREFRONT_INTAKE, WRITTEN_BY
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
