"""How is one value of a database bent for a while, behind everybody's back?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.arena import Arena


@dataclass(frozen=True)
class Bent:
    """One value of one table, and what it is bent to."""

    service: str
    table: str
    column: str
    to: str
    where: str = "customer_id = $1"


@asynccontextmanager
async def bend(arena: Arena, bent: Bent, key: str) -> AsyncIterator[None]:
    """Bend it, and bend it back afterwards."""
    as_text, back = ("::text", "$2::text::json") if bent.to.endswith("::json") else ("", "$2")
    change = f"UPDATE {bent.table} SET {bent.column} = %s WHERE {bent.where}"
    async with arena.database(bent.service) as database:
        read_it = f"SELECT {bent.column}{as_text} FROM {bent.table} WHERE {bent.where}"
        before = await database.fetchval(read_it, key)
        await database.execute(change % bent.to, key)
    try:
        yield
    finally:
        async with arena.database(bent.service) as database:
            await database.execute(change % back, key, before)
