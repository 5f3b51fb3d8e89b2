"""Can an operator take again, or discard, what was set aside, and see beforehand what would happen?"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.page import Expected, Position, commit
from runtime.edge import Edge
from runtime.kafka.log import LogRecord
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import PostgresStore
from runtime.privacy.keyring import CustomerKeyring, MemoryKeys
from runtime.process.committer import Committer
from runtime.process.positions import Positions
from runtime.process.redrive import Redrive
from runtime.process.rehearsing import Rehearsal
from runtime.repair.set_aside import Fate, RepairRefused, Repairs
from runtime.service import Duplicate, Handle, Incoming, Input, Service
from runtime.wire.reading import read_record
from schemas.envelope import CONTENT_TYPE
from schemas.topics import ORDERS_EVENTS, STOREFRONT_INTAKE
from services.billing.declaration import declare as declare_billing
from services.orders.declaration import declare as declare_orders
from services.orders.domain.commands import Submission
from tests.integration.pages import NOW, placed
from tests.unit.orders.builders import BASE, order

NEIGHBOUR, INTAKE = (ORDERS_EVENTS, 3), (STOREFRONT_INTAKE, 3)
HEADERS = (("content-type", CONTENT_TYPE.encode()),)


@dataclass
class Broken:
    """A defect in the service: while it is there, one kind of input can't be applied."""

    is_there: bool = True


@dataclass
class Workshop:
    """A service on PostgreSQL without Kafka, and what an operator may do to it."""

    service: Service
    store: PostgresStore
    owner: asyncpg.Connection
    repairs: Repairs
    defect: Broken
    clock: SetClock
    expected: Expected

    async def take(self, *records: LogRecord, reached_at: datetime | None = None) -> list[Result]:
        read = [read_record(self.service, record.topic, record) for record in records]
        batch = [replace(incoming, reached_at=reached_at) for incoming in read]
        ready = [await self._prepared(incoming) for incoming in batch]
        return await commit(self.service, self.store, ready, self.expected, self.clock)

    async def command(self, incoming: Incoming) -> Result:
        (result,) = await commit(self.service, self.store, [await self._prepared(incoming)], {}, self.clock)
        return result

    async def kept(self) -> list[Any]:
        """Everything that the database holds of inputs and events."""
        sql = """SELECT (SELECT json_agg(p) FROM (SELECT id, customer_id, reason FROM parked ORDER BY id) p)::text,
                        (SELECT json_agg(q) FROM (SELECT id, reason FROM quarantine ORDER BY id) q)::text,
                        (SELECT json_agg(i) FROM (SELECT * FROM inbox ORDER BY customer_id) i)::text,
                        (SELECT json_agg(j) FROM (SELECT type, event_id, value FROM journal ORDER BY id) j)::text,
                        (SELECT json_agg(a) FROM (SELECT * FROM accounts ORDER BY customer_id) a)::text"""
        return [*(await self.owner.fetch(sql))[0]]

    async def events(self) -> list[dict[str, Any]]:
        return [json.loads(row["value"]) for row in await self.owner.fetch("SELECT value FROM journal ORDER BY id")]

    async def _prepared(self, incoming: Incoming) -> Incoming:
        entry = self.service.by_type.get(incoming.type)
        ready = incoming.fault is None and entry is not None and entry.prepare is not None
        return await entry.prepare(incoming) if ready and entry and entry.prepare else incoming


def _defective(service: Service, kind: str, defect: Broken) -> Service:
    def broken(entry: Input) -> Input:
        def handle(data: Any, state: Any, known: Any) -> Any:
            if defect.is_there and entry.type == kind and _is_first(data):
                raise ZeroDivisionError("division by zero")
            return entry.handle(data, state, known)

        return replace(entry, handle=cast(Handle, handle))

    return replace(service, inputs=tuple(broken(entry) for entry in service.inputs))


def _is_first(data: Any) -> bool:
    return str(getattr(data, "order_id", "")).endswith("o1")


async def _nobody_known(_customer_id: str) -> None:
    """Read the state of an account before its first event."""


async def _workshop(
    roles: dict[str, str], declare: Callable[[Edge], Service], kind: str, cleanup: AsyncExitStack
) -> Workshop:
    owner = await asyncpg.connect(roles["owner"])
    cleanup.push_async_callback(owner.close)
    await owner.execute("DROP SCHEMA IF EXISTS live, runtime CASCADE; DROP TABLE IF EXISTS public.migrations")
    for row in await owner.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'generation\\_%'"):
        await owner.execute(f"DROP SCHEMA {row['nspname']} CASCADE")
    await owner.execute("SET search_path = live, runtime")
    keyring, clock, defect = CustomerKeyring(MemoryKeys(), bytes(32)), SetClock(NOW), Broken()
    edge = cast(Edge, SimpleNamespace(keyring=keyring, clock=clock, state=_nobody_known))
    service = _defective(declare(edge), kind, defect)
    await migrate(roles["owner"], "service")
    await ensure_generation(roles["owner"], service, role_of(roles["app"]))
    pool = await open_pool(roles["app"], size=2)
    cleanup.push_async_callback(pool.close)
    another = partial(PostgresStore, roles["app"], service, keyring)
    store, committing, reads = another(), another(), JournalReads(pool)
    cleanup.push_async_callback(store.close)
    cleanup.push_async_callback(committing.close)
    positions = Positions("nowhere.example:9092", reads)
    committer = Committer(service, committing, positions, clock, namespace="", batch_size=500)
    running = asyncio.create_task(committer.run())
    cleanup.callback(running.cancel)
    redrive = Redrive(service, committer, reads, "", keyring)
    repairs = Repairs(service, committer, reads, redrive, Rehearsal(service, another, clock))
    for topic, partition in (NEIGHBOUR, INTAKE):
        await owner.execute("INSERT INTO positions VALUES ($1, $2, 0)", topic, partition)
    expected = {NEIGHBOUR: Position(0), INTAKE: Position(0)}
    return Workshop(service, store, owner, repairs, defect, clock, expected)


@pytest.fixture
async def billing(databases: dict[str, dict[str, str]]) -> AsyncIterator[Workshop]:
    """Billing, which can't price an account's first order until it is mended; three orders wait."""
    async with AsyncExitStack() as cleanup:
        made = await _workshop(databases["billing"], declare_billing, "orders.OrderPlaced.v1", cleanup)
        await made.take(placed(0, "c-1", 1), placed(1, "c-1", 2), placed(2, "c-2", 2), placed(3, "c-1", 3))
        yield made


@pytest.fixture
async def orders(databases: dict[str, dict[str, str]]) -> AsyncIterator[Workshop]:
    async with AsyncExitStack() as cleanup:
        yield await _workshop(databases["orders"], declare_orders, "storefront.OrderSubmitted.v1", cleanup)


def submitted(offset: int, order_id: str, **changes: Any) -> LogRecord:
    body = order(BASE, order_id=order_id).model_dump(mode="json") | changes
    event = {
        "specversion": "1.0", "id": order_id, "source": "/shop", "type": "storefront.OrderSubmitted.v1",
        "subject": "c-1", "data": body,
    }  # fmt: skip
    return LogRecord(*INTAKE, offset, b"c-1", json.dumps(event).encode(), HEADERS)


class TestARehearsal:
    async def test_it_shows_the_events_that_the_real_one_then_leaves_and_changes_nothing(
        self, billing: Workshop
    ) -> None:
        billing.defect.is_there = False
        before = await billing.kept()
        rehearsed = await billing.repairs.redrive("c-1", dry_run=True)
        assert await billing.kept() == before
        assert [step.fate for step in rehearsed.steps] == [Fate.APPLIED] * 3
        done = await billing.repairs.redrive("c-1", dry_run=False)
        assert done == rehearsed
        assert [event["id"] for event in await billing.events()] == [
            str(recorded.event_id) for step in rehearsed.steps for recorded in step.events
        ]
        assert len(await billing.events()) == 6
        assert (await billing.kept())[0] is not None  # c-2 waits for a version, as before

    async def test_it_stops_where_the_real_one_would(self, billing: Workshop) -> None:
        for dry_run in (True, False):
            stopped = await billing.repairs.redrive("c-1", dry_run=dry_run)
            (step,) = stopped.steps
            assert (step.fate, stopped.waiting) == (Fate.STOPPED, 3)
            assert "ZeroDivisionError" in (step.detail or "")

    async def test_an_account_that_is_not_parked_has_nothing_to_take(self, billing: Workshop) -> None:
        with pytest.raises(RepairRefused, match="billing has not parked c-9") as refused:
            await billing.repairs.redrive("c-9", dry_run=True)
        assert (refused.value.code, refused.value.status) == ("NOT_PARKED", 404)


class TestARedrive:
    async def test_two_at_the_same_moment_apply_each_input_once(self, billing: Workshop) -> None:
        billing.defect.is_there = False
        await asyncio.gather(*(billing.repairs.redrive("c-1", dry_run=False) for _ in range(2)))
        events = await billing.events()
        assert [event["sequence"] for event in events] == ["1", "2", "3", "4", "5", "6"]

    async def test_an_input_counts_as_of_when_it_came_however_late_it_is_taken_again(self, orders: Workshop) -> None:
        await orders.take(submitted(0, "o1"), reached_at=datetime(2026, 1, 14, 22, 59, tzinfo=UTC))
        orders.defect.is_there = False
        rehearsed = await orders.repairs.redrive("c-1", dry_run=True)
        assert await orders.repairs.redrive("c-1", dry_run=False) == rehearsed
        (event,) = await orders.events()
        assert (event["type"], event["data"]["ordered_on"]) == ("orders.OrderPlaced.v1", "2026-01-14")


class TestADiscard:
    async def test_it_becomes_an_event_that_counts_as_the_inputs_version(self, billing: Workshop) -> None:
        (rehearsed,) = (await billing.repairs.discard("c-1", "priced by hand", dry_run=True)).steps
        assert (rehearsed.fate, await billing.events()) == (Fate.DISCARDED, [])
        done = await billing.repairs.discard("c-1", "priced by hand", dry_run=False)
        (event,) = await billing.events()
        assert (event["type"], event["causesequence"]) == ("billing.InputDiscarded.v1", "1")
        assert event["data"]["why"] == "priced by hand"
        assert event["data"]["input_id"] == event["causationid"] == done.steps[0].input_id
        assert done.waiting == 2
        behind = await billing.repairs.redrive("c-1", dry_run=False)
        assert ([step.fate for step in behind.steps], behind.waiting) == ([Fate.APPLIED] * 2, 0)

    async def test_met_again_it_is_a_duplicate(self, billing: Workshop) -> None:
        await billing.repairs.discard("c-1", "priced by hand", dry_run=False)
        (again,) = await billing.take(placed(4, "c-1", 1))
        assert again.outcome == Duplicate()

    async def test_one_that_waits_for_a_missing_version_can_not_be_discarded(self, billing: Workshop) -> None:
        refused = await billing.repairs.discard("c-2", "no patience", dry_run=False)
        (step,) = refused.steps
        assert (step.fate, step.detail, refused.waiting) == (
            Fate.STOPPED, "VERSION_GAP: orders.events version 2 came, 1 is due", 1,
        )  # fmt: skip
        assert await billing.events() == []

    async def test_a_deadline_can_not_be_discarded(self, billing: Workshop) -> None:
        await billing.owner.execute(
            "INSERT INTO parked (customer_id, type, input_id, value, headers, reason, detail, parked_at) "
            "VALUES ('c-5', 'billing.credit_expires', gen_random_uuid(), '{}', '[]', 'HANDLER_FAILED', 'broke', now())"
        )
        with pytest.raises(RepairRefused, match="it would be due again") as refused:
            await billing.repairs.discard("c-5", "no patience", dry_run=False)
        assert refused.value.code == "DEADLINE"

    async def test_a_storefronts_record_stays_discarded_but_its_order_may_be_submitted_again(
        self, orders: Workshop
    ) -> None:
        await orders.take(submitted(0, "o1"))
        await orders.repairs.discard("c-1", "the storefront sends it again", dry_run=False)
        orders.defect.is_there = False
        (event,) = await orders.events()
        assert event["type"] == "orders.InputDiscarded.v1"
        await orders.owner.execute("UPDATE positions SET next_offset = 0, last_offset = NULL, digest = NULL")
        orders.expected[INTAKE] = Position(0)
        (again,) = await orders.take(submitted(0, "o1"))
        assert (again.outcome, len(await orders.events())) == (Duplicate(), 1)
        await orders.command(Incoming.of(Submission(order(BASE, order_id="o1"))))
        assert [event["type"] for event in await orders.events()][1:] == ["orders.OrderPlaced.v1"]


class TestQuarantine:
    async def test_what_can_be_read_now_is_taken_and_leaves_it(self, orders: Workshop) -> None:
        ahead = (NOW + timedelta(hours=1)).isoformat()
        await orders.take(submitted(0, "o-2", submitted_at=ahead))
        early = await orders.repairs.readmit(1, dry_run=False)
        assert [step.fate for step in early.steps] == [Fate.STOPPED]
        orders.clock.instant = NOW + timedelta(hours=2)
        rehearsed = await orders.repairs.readmit(1, dry_run=True)
        assert await orders.events() == []
        assert len(await orders.owner.fetch("SELECT * FROM rejections")) == 1
        assert await orders.repairs.readmit(1, dry_run=False) == rehearsed
        assert [event["type"] for event in await orders.events()] == ["orders.OrderPlaced.v1"]
        assert await orders.owner.fetch("SELECT * FROM rejections") == []
        with pytest.raises(RepairRefused, match="nothing stands in the quarantine of orders under 1"):
            await orders.repairs.readmit(1, dry_run=False)

    async def test_it_is_judged_as_of_when_it_came(self, orders: Workshop) -> None:
        ahead = (NOW + timedelta(hours=1)).isoformat()
        await orders.take(submitted(0, "o-2", submitted_at=ahead), reached_at=NOW)
        orders.clock.instant = NOW + timedelta(hours=2)
        assert [step.fate for step in (await orders.repairs.readmit(1, dry_run=False)).steps] == [Fate.STOPPED]

    async def test_nonsense_can_only_be_discarded_and_met_again_it_stays_so(self, orders: Workshop) -> None:
        nonsense = LogRecord(*INTAKE, 0, b"anna@rossi.example", b"{no json", HEADERS)
        await orders.take(nonsense)
        (step,) = (await orders.repairs.readmit(1, dry_run=False)).steps
        assert (step.fate, (step.detail or "").partition(":")[0]) == (Fate.STOPPED, "INVALID_JSON")
        (step,) = (await orders.repairs.dismiss(1, "a test of theirs", dry_run=False)).steps
        (event,) = await orders.events()
        assert (step.fate, event["subject"], event["data"]["why"]) == (Fate.DISCARDED, "quarantine", "a test of theirs")
        assert b"rossi" not in json.dumps(event).encode()  # a key may be anything: it stays out of the log
        await orders.owner.execute("UPDATE positions SET next_offset = 0, last_offset = NULL, digest = NULL")
        orders.expected[INTAKE] = Position(0)
        await orders.take(nonsense)
        assert await orders.owner.fetchval("SELECT count(*) FROM quarantine") == 0
        (told,) = await orders.owner.fetch("SELECT key, is_published FROM rejections")
        assert dict(told) == {"key": b"anna@rossi.example", "is_published": False}
