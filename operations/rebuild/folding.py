"""What may a folding process do? Read the own topic, fold it, write a generation that is not live, and nothing else.

`coterm rebuild` starts it as `python -m operations.rebuild.folding` with an empty environment: it is told on standard
input, one JSON object a line, which shares to fold, and answers in the same way. It holds no producer and no mail
server's address, refuses an environment that names any, and refuses a role that could read the journal or the effects.
"""

import asyncio
import gc
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass
from typing import Any

from runtime import failpoints
from runtime.environment import given_variables
from runtime.errors import CotermError
from runtime.fold.account import Gap, Mismatch
from runtime.fold.bulk import Slice
from runtime.kafka.brokers import Brokers, Secured
from runtime.kafka.bulk import BulkReader, RawRecord, bulk_reader
from runtime.kafka.log import KAFKA_ERRORS
from runtime.postgres.rebuild.following import follow
from runtime.postgres.rebuild.loading import load
from runtime.postgres.rebuild.rebuilder import Rebuilder, rebuilder
from runtime.postgres.session import DATABASE_ERRORS
from runtime.service import Service
from runtime.wire.lens import Words
from services import declared

AT_ONCE = 200
"""So many records are folded before the next fetch gets its turn."""
TOLD = 5_000
"""After so many records it is said how far a share is: every line wakes the one who shows it."""


class Refused(CotermError):
    """The process was given what a replay must not have."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all shares of this process have in common."""

    service: Service
    topic: str
    schema: str
    reader: BulkReader
    database: Rebuilder
    words: Words
    """Of the catalogue, which no fold reads: known by sight they are read faster."""
    going: asyncio.Event
    """Not set while an operator has it paused."""


async def main() -> None:
    """Take jobs until standard input ends, which is the end of the process whatever it does."""
    lines = await _standard_input()
    setting = json.loads(await lines.readline())
    _refuse_means_to_act()
    failpoints.arm(setting["failpoint"])
    service, words = declared(setting["service"]), frozenset(setting["words"])
    jobs: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    going = asyncio.Event()
    going.set()
    listening = asyncio.create_task(_listen(lines, jobs, going))  # held, so that it lives as long as this does
    gc.freeze()
    gc.disable()  # what is folded goes round in no circle: there is nothing to be found
    async with rebuilder(setting["dsn"]) as database, bulk_reader(_brokers(setting["brokers"])) as reader:
        if await database.may_act():
            raise Refused("its role may touch the journal or the effects: a replay folds under one that can't")
        work = Work(service, setting["topic"], setting["schema"], reader, database, words, going)
        while not listening.done():
            job = await jobs.get()
            if "fold" in job:
                await _fold(work, *job["fold"])
            else:
                await _follow(work, *job["follow"])
            gc.collect()


async def _listen(lines: asyncio.StreamReader, jobs: asyncio.Queue[dict[str, Any]], going: asyncio.Event) -> None:
    while line := await lines.readline():
        job = json.loads(line)
        if "pause" not in job:
            jobs.put_nowait(job)
        elif job["pause"]:
            going.clear()
        else:
            going.set()
    os._exit(0)  # whoever asked is gone: what is not written yet is folded again by the next one


async def _fold(work: Work, partition: int, number: int, of: int, start: int, until: int) -> None:
    """Fold one share and write it with its checkpoint."""
    share = Slice(work.service, number, of, work.words)
    read = told = 0
    async for records in work.reader.records(work.topic, partition, start, until):
        for first in range(0, len(records), AT_ONCE):
            await work.going.wait()
            _feed(share, records[first : first + AT_ONCE], f"{work.topic}[{partition}]")
            await asyncio.sleep(0)
        read += len(records)
        if read >= TOLD:
            _tell(read=read, folded=share.folded.events - told)
            read, told = 0, share.folded.events
    _tell(read=read, folded=share.folded.events - told)
    await load(work.database.connection, work.service, work.schema, share.finish(), (partition, number), until)
    _tell(done=[partition, number])


def _feed(share: Slice, records: list[RawRecord], where: str) -> None:
    for record in records:
        try:
            share.feed(record.key or b"", record.value or b"", record.headers)
        except CotermError as error:
            raise CotermError(f"{where}@{record.offset}: {error}") from error


async def _follow(work: Work, partition: int, start: int, until: int) -> None:
    """Fold what was appended to a partition since it was loaded, page by page."""
    faults: list[Mismatch | Gap] = []
    async for records in work.reader.records(work.topic, partition, start, until):
        values = [record.value or b"" for record in records]
        async with work.database.page(work.schema, partition, records[-1].offset + 1) as connection:
            followed = await follow(connection, work.service, work.schema, values)
        faults += followed.faults
        _tell(read=len(records), folded=followed.events)
    await work.database.reached(work.schema, partition, until)
    _tell(followed=partition, faults=[asdict(fault) for fault in faults])


def _brokers(described: dict[str, Any] | str) -> Brokers:
    return described if isinstance(described, str) else Secured(**described)


def _refuse_means_to_act() -> None:
    variables = given_variables()
    if variables:
        raise Refused(f"a replay takes nothing from the environment, but there is {', '.join(variables)}")


async def _standard_input() -> asyncio.StreamReader:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    return lines


def _tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


EXPECTED: tuple[type[BaseException], ...] = (CotermError, *KAFKA_ERRORS, *DATABASE_ERRORS)

if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        asyncio.run(main())
    except EXPECTED as failure:
        _tell(failed=f"{type(failure).__name__}: {failure}")
        raise SystemExit(1) from None
