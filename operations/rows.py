"""What do a service's live tables say? Read from its database, so that a service that is down can be asked, too."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from operations import surroundings
from operations.surroundings import Surroundings
from runtime.postgres.outbox import JournalReads
from runtime.postgres.reads import ProjectionReads
from runtime.projection import Projection
from runtime.service import Service
from runtime.wire.codec import encode_state


@dataclass(frozen=True, slots=True)
class Tables:
    """One service's journal and live projections."""

    service: Service
    journal: JournalReads
    reads: ProjectionReads

    async def rows(self, table: str, where: Mapping[str, Any], order_by: Sequence[str] = ()) -> list[Any]:
        """Read the rows of a projection whose columns equal `where`."""
        return await self.reads.rows(self.projection(table), where, order_by)

    def projection(self, table: str) -> Projection:
        """Find a projection by its table's name."""
        return next(each for each in self.service.projections if each.table == table)


@asynccontextmanager
async def tables(where: Surroundings, name: str) -> AsyncIterator[Tables]:
    """Open a service's database for reading. Raises OperationFailed in one sentence when it can't be reached."""
    service = surroundings.declaration(name)
    async with surroundings.database(where, name) as pool:
        yield Tables(service, JournalReads(pool), ProjectionReads(pool, service))


async def listed(
    where: Surroundings, service: str, table: str, chosen: Mapping[str, Any], order_by: Sequence[str]
) -> list[dict[str, Any]]:
    """Read rows of a projection as plain values, in an order. Raises OperationFailed when it can't be reached."""
    async with tables(where, service) as found:
        rows = await found.rows(table, chosen, order_by)
    return [json.loads(encode_state(row)) for row in rows]
