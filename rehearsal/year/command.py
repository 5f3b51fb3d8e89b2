"""What does `coterm simulate --days` take for granted, and how does it end?"""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import typer
from pydantic import ValidationError

from operations import surroundings
from operations.answer import fail
from operations.reading import bounds_of
from operations.surroundings import OperationFailed, Surroundings
from rehearsal.play.clock import ClockFile
from rehearsal.play.endpoints import Endpoints
from rehearsal.year import report
from rehearsal.year.plan import plan
from rehearsal.year.playing import Year
from schemas.topics import EVENTS, STOREFRONT_INTAKE

INTERRUPTED = 130


def simulate(
    today: date, days: int, customers: int, seed: int, described: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    """Play so many days, up to yesterday, and check every invariant; `described` names the stack. Raises typer.Exit."""
    year = Year(plan(seed, customers, days), today - timedelta(days=days), days, f"y{seed}")
    if dry_run:
        report.show_plan(year, seed, as_json=as_json)
        return
    where = surroundings.find(described)
    if where.is_production:
        raise OperationFailed("this is production: its clock can't be set, and these would be real orders")
    endpoints, code = _endpoints(where), 0
    try:
        asyncio.run(_play(year, where, endpoints, quietly=as_json))
    except KeyboardInterrupt:
        code = INTERRUPTED
    outcome = report.plain(year, seed)
    report.show(year, outcome, as_json=as_json)
    if code:
        raise typer.Exit(code)
    fail(when=not outcome["holds"])


def _endpoints(where: Surroundings) -> Endpoints:
    if "clock" not in where.described:
        raise OperationFailed("nothing names the stack's clock file: a year is played where the clock can be set")
    try:
        return Endpoints.model_validate(where.described)
    except ValidationError as error:
        missing = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
        raise OperationFailed(f"the description lacks {missing}: a year needs the whole of a local stack") from None


async def _play(year: Year, where: Surroundings, endpoints: Endpoints, *, quietly: bool) -> None:
    async with surroundings.kafka(where.brokers):
        await _refuse_other_data(where)
        await year.play(where, endpoints, ClockFile(endpoints.clock), quietly=quietly)


async def _refuse_other_data(where: Surroundings) -> None:
    """Refuse a stack that somebody uses: their deadlines would fire while the year goes by."""
    bounds = await bounds_of(where, (STOREFRONT_INTAKE, *EVENTS))
    if held := sum(bounds.ends.values()):
        raise OperationFailed(
            f"this stack holds other data ({held:,} records): a year is played on an empty one (make clean, make up)"
        )
