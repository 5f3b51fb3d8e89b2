"""Is an event shown to whom it concerns, on a line that a terminal holds?"""

import json
from pathlib import Path

from rehearsal.listen import SECRET, Wanted, line
from rehearsal.play.broker import Record
from runtime.webhook_settings import is_secret


def record(event_type: str) -> Record:
    value = Path(f"schemas/examples/{event_type}.json").read_bytes()
    return Record("orders.events", 3, 0, json.loads(value)["subject"].encode(), value, {})


PLACED, REJECTED = record("orders.OrderPlaced.v1"), record("orders.RecordRejected.v1")


class TestWhatIsShown:
    def test_is_public_and_of_the_storefront_that_its_order_named(self) -> None:
        theirs = Wanted(storefront=PLACED.data["storefront"])
        assert not theirs.takes(record("provisioning.ServiceActivated.v1"))
        assert theirs.takes(PLACED)
        assert theirs.takes(record("provisioning.ServiceActivated.v1"))
        assert not theirs.takes(record("orders.OrderPriceNoted.v1"))
        assert not Wanted(storefront="other.it").takes(PLACED)

    def test_is_of_the_types_and_the_customer_that_are_asked_for(self) -> None:
        for name in ("OrderPlaced", "orders.OrderPlaced.v1"):
            assert Wanted(types=frozenset({name})).takes(PLACED)
            assert not Wanted(types=frozenset({name})).takes(REJECTED)
        assert Wanted(customer="c-1").takes(PLACED)
        assert not Wanted(customer="c-2").takes(PLACED)

    def test_is_a_line_of_eighty_columns(self) -> None:
        assert line(PLACED).split() == ["09:00:00", "orders.OrderPlaced", "c-1", "o-1"]
        assert line(REJECTED).split() == ["09:00:00", "orders.RecordRejected", "SCHEMA_VIOLATION", "o-1"]
        assert all(len(line(each)) <= 80 for each in (PLACED, REJECTED))

    def test_is_forwarded_under_a_secret_that_every_receiver_takes(self) -> None:
        assert is_secret(SECRET)
