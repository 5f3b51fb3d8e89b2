"""What does a service still have to apply before a day of a year has ended?"""

from operations.surroundings import SERVICES
from rehearsal.play.broker import Record
from rehearsal.year.stillness import Arrived
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS, STOREFRONT_INTAKE
from services import declared


def record(topic: str, partition: int, offset: int, type_: str) -> Record:
    return Record(topic, partition, offset, b"c-1", b"{}", {"type": type_.encode()})


class TestWhenATopicIsFollowed:
    place = (ORDERS_EVENTS, 3)

    def arrived(self) -> Arrived:
        found = Arrived(declared(name) for name in SERVICES)
        found.take(record(*self.place, 0, "orders.OrderPlaced.v1"))
        found.take(record(*self.place, 1, "orders.OrderRefused.v1"))
        return found

    def test_a_service_must_have_applied_what_it_consumes_and_may_leave_what_it_ignores(self) -> None:
        assert self.arrived().concerning("billing", self.place, 2) == 1

    def test_what_is_consumed_after_what_is_ignored_counts_again(self) -> None:
        arrived = self.arrived()
        arrived.take(record(*self.place, 2, "orders.OrderPlaced.v1"))
        assert arrived.concerning("billing", self.place, 3) == 3

    def test_it_is_known_only_once_all_of_it_has_come(self) -> None:
        arrived = self.arrived()
        assert arrived.has_come_to({self.place: 2, (BILLING_EVENTS, 3): 0})
        assert not arrived.has_come_to({self.place: 3})
        assert not arrived.has_come_to({self.place: 2, (BILLING_EVENTS, 3): 1})


class TestWhenATopicIsNotFollowed:
    def test_all_of_it_must_be_applied(self) -> None:
        arrived = Arrived(declared(name) for name in SERVICES)
        assert arrived.has_come_to({(STOREFRONT_INTAKE, 0): 5})
        assert arrived.concerning("orders", (STOREFRONT_INTAKE, 0), 5) == 5
