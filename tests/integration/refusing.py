"""How does a test let the server refuse, and watch a loop wait?"""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg

from runtime.clock import SetClock
from runtime.process.committer import Committer
from runtime.process.hold import Hold
from runtime.service import Incoming, Service
from runtime.wire.reading import read_record
from tests.integration.pages import BILLING, NOW, PARTITION, InPostgres, placed

END_WHO_WAITS = """
DO $$ BEGIN LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'runtime.journal'::regclass;
    EXIT WHEN FOUND;
    PERFORM pg_sleep(0.02);
END LOOP; END $$"""


async def refuse(owner: asyncpg.Connection, state: str, whose: str = "%") -> None:
    """Let the server refuse what is appended to the journal for those accounts."""
    await owner.execute(
        f"CREATE FUNCTION runtime.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.customer_id LIKE '{whose}' THEN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END IF; "
        "RETURN NEW; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON runtime.journal FOR EACH ROW EXECUTE FUNCTION runtime.refuse()"
    )


async def allow(owner: asyncpg.Connection) -> None:
    await owner.execute("DROP TRIGGER refuse ON runtime.journal; DROP FUNCTION runtime.refuse()")


def command(version: int = 1) -> Incoming:
    return replace(
        read_record(BILLING, PARTITION[0], placed(0, "c-1", version)), source=None, sequence=None, origin=None
    )


class Running:
    """A committer at work, without a log that feeds it."""

    def __init__(self, held: InPostgres, batch_size: int = 500, service: Service = BILLING) -> None:
        positions: Any = SimpleNamespace(expected={}, stopped={}, generation=0)
        clock = SetClock(NOW)
        self.committer = Committer(service, held.store, positions, clock, namespace="", batch_size=batch_size)
        self.committer.hold = self.hold = Watched()
        self.committer.keys = self.keys = Watched()

    async def __aenter__(self) -> "Running":
        self.task = asyncio.create_task(self.committer.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert not self.task.done(), "the loop ended by itself"
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class Watched(Hold):
    """A hold that a test can wait for."""

    def __init__(self) -> None:
        super().__init__("a loop waits")
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def wait(self, error: BaseException) -> None:
        self.begun.set()
        await super().wait(error)

    def over(self) -> None:
        if self.begun.is_set():
            self.ended.set()
        super().over()
