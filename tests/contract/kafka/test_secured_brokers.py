"""Do brokers as production has them, with TLS, users and rights, let each do its work and nothing else?"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from operations.access import compare, needed, too_many
from runtime.ids import partition_of
from runtime.kafka.access import AccessUnknown, Kind, Operation, Right, grant, granted
from runtime.kafka.brokers import Brokers, client_options
from runtime.kafka.log import log_reader
from tests.contract.kafka.processes import billing, ready
from tests.contract.kafka.secured import SecuredBroker, coterm, lets_in, secured_broker
from tests.contract.kafka.stack import HEADERS, Database, Stack, order_placed, until

CUSTOMER = "c-secured"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """Be such a broker, with the topics and the rights that an administrator gives it."""
    with secured_broker(tmp_path_factory.mktemp("secured")) as started:
        assert coterm(started, "topics", "check") == "all topics are as declared\n"
        assert "granted: orders may WRITE topic orders.events\n" in coterm(started, "topics", "access", "--yes")
        yield started


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Let a connection over TLS end in its dialogue: the test's loop would not live to see it."""
    waiting = asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]
    before = len(waiting)
    yield
    await until(lambda: len(waiting) <= before)


async def write(brokers: Brokers, topic: str, value: bytes = b"{}") -> None:
    producer = AIOKafkaProducer(**client_options(brokers), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        place = partition_of(CUSTOMER)
        await producer.send_and_wait(topic, value, key=CUSTOMER.encode(), partition=place, headers=HEADERS)
    finally:
        await producer.stop()


async def read(brokers: Brokers, topic: str) -> list[bytes]:
    place = (topic, partition_of(CUSTOMER))
    async with log_reader(brokers) as log:
        starts, ends = await log.starts([place]), await log.ends([place])
        if starts[place] == ends[place]:
            return []
        return [record.value or b"" for record in (await log.first_from({place: starts[place]})).values()]


class TestWhenEachHasItsRights:
    async def test_a_service_does_all_its_work(
        self, broker: SecuredBroker, stack: Stack, database: Database, tmp_path: Path
    ) -> None:
        await write(broker.as_user("orders"), "orders.events", order_placed(CUSTOMER, 1))
        async with billing(stack, database, "", tmp_path / "a", **broker.settings("billing")) as instance:
            await ready(instance)

            async def priced() -> list[bytes]:
                return await read(broker.as_user("orders"), "billing.events")

            (first,) = await until(priced, 180)
        assert json.loads(first)["source"] == "/billing"
        assert "has-a-password" not in instance.log.read_text()

    async def test_a_storefront_writes_its_orders_and_reads_nobodys(self, broker: SecuredBroker) -> None:
        await write(broker.as_user("storefront"), "storefront.intake")
        with pytest.raises(TopicAuthorizationFailedError):
            await read(broker.as_user("storefront"), "storefront.intake")

    @pytest.mark.parametrize(("user", "topic"), [("storefront", "orders.events"), ("billing", "orders.events")])
    async def test_nobody_writes_anothers_topic(self, broker: SecuredBroker, user: str, topic: str) -> None:
        with pytest.raises(TopicAuthorizationFailedError):
            await write(broker.as_user(user), topic)


class TestWhenSomebodyIsNotKnown:
    async def test_a_wrong_password_is_turned_away(self, broker: SecuredBroker) -> None:
        assert await lets_in(broker.as_user("orders"))
        assert not await lets_in(broker.as_user("orders", "guessed"))

    async def test_a_certificate_of_another_authority_is_not_trusted(self, broker: SecuredBroker) -> None:
        assert not await lets_in(replace(broker.as_user("orders"), ca_file=None))


class TestWhenRightsAreCompared:
    async def test_a_missing_one_and_one_too_many_are_named(self, broker: SecuredBroker) -> None:
        admin = broker.as_user("admin")
        rights = set(needed("", ["storefront"], ["analytics"]))
        assert await compare(admin, "", rights) == ([], [])
        foreign = Right("billing", Kind.TOPIC, "orders.events", Operation.WRITE)
        await grant(admin, [foreign])
        mine = Right("pec.it", Kind.TOPIC, "storefront.intake", Operation.WRITE)
        assert await compare(admin, "", {*rights, mine}) == ([mine], [foreign])
        assert str(foreign) == "billing may WRITE topic orders.events"

    async def test_it_takes_an_administrator(self, broker: SecuredBroker) -> None:
        with pytest.raises(AccessUnknown, match="sign in as an administrator"):
            await granted(broker.as_user("orders"))

    async def test_brokers_that_check_none_are_told_from_those_that_granted_none(self, stack: Stack) -> None:
        with pytest.raises(AccessUnknown, match="they check none"):
            await granted(stack.kafka)

    def test_rights_by_a_prefix_and_to_do_everything_are_seen_through(self) -> None:
        rights = set(needed("", ["storefront"], ["analytics"]))
        there = {
            *rights,
            Right("auditor", Kind.TOPIC, "*", Operation.DESCRIBE),
            Right("auditor", Kind.TOPIC, "orders*", Operation.READ),
            Right("other", Kind.TOPIC, "others*", Operation.WRITE),
        }
        assert list(too_many(there, rights, "")) == []
        bad = [
            Right("auditor", Kind.TOPIC, "*", Operation.READ),
            Right("intruder", Kind.TOPIC, "cred*", Operation.READ),
            Right("intruder", Kind.GROUP, "coterm*", Operation.READ),
            Right("intruder", Kind.TOPIC, "billing.events", Operation.ALL),
        ]
        assert sorted(too_many({*there, *bad}, rights, "")) == sorted(bad)

    def test_the_table_is_what_the_services_declare(self) -> None:
        rights = set(needed("x.", ["pec.it"], ["analytics"]))
        writers = {right.name: right.principal for right in rights if right.operation is Operation.WRITE}
        assert writers == {
            "x.storefront.intake": "pec.it",
            "x.storefront.rejections": "orders",
            "x.orders.events": "orders",
            "x.billing.events": "billing",
            "x.provisioning.events": "provisioning",
            "x.notifications.events": "notifications",
            "x.credentials.handover": "provisioning",
        }
        readers = {right.principal for right in rights if right.operation is Operation.READ}
        assert readers == {"orders", "billing", "provisioning", "notifications", "analytics", "pec.it"}
        handed = [right.principal for right in rights if right.name == "x.credentials.handover"]
        assert sorted(set(handed)) == ["notifications", "provisioning"]
