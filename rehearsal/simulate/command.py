"""What does `coterm simulate` take, and how does it end?"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import ValidationError

from coterm_client import NotUnderstood, Unreachable
from operations import surroundings
from operations.answer import fail
from operations.options import Endpoints as Described
from operations.surroundings import Misused, OperationFailed, Surroundings
from rehearsal.play.clock import ClockFile
from rehearsal.play.endpoints import Endpoints
from rehearsal.play.stage import Way
from rehearsal.play.storefront import Storefront
from rehearsal.simulate import report
from rehearsal.simulate.plan import Plan, plan
from rehearsal.simulate.playing import Run, Target, Verdict
from rehearsal.simulate.watching import watched
from rehearsal.year import command as year
from runtime.clock import FileClock, SystemClock
from runtime.settings import load
from schemas.catalogue import Catalogue, catalogue_on
from schemas.terms import business_date

DAYS, CUSTOMERS = 400, 300


class Ways(StrEnum):
    """How the storefronts speak."""

    BOTH = "both"
    HTTP = "http"
    KAFKA = "kafka"


_WAYS: dict[Ways, tuple[Way, ...]] = {
    Ways.BOTH: ("http", "structured", "binary"),
    Ways.HTTP: ("http",),
    Ways.KAFKA: ("structured", "binary"),
}

_NEVER_ASKED: dict[str, Any] = {
    **dict.fromkeys(("kafka", "billing", "provisioning", "notifications", "smtp", "webhook_secret", "operator"), ""),
    **dict.fromkeys(("maildir", "clock", "logs"), Path()),
    "postgres": {},
}
"""What a description may leave out: of HTTP, only orders' address and a storefront's key are used."""


Orders = Annotated[int, typer.Option(min=1, help="How many orders.")]
Rate = Annotated[float, typer.Option(min=0, help="Orders a second; 0 is as fast as they are taken.")]
Seed = Annotated[int, typer.Option(help="The same seed is the same traffic, by other customers.")]
Speaking = Annotated[Ways, typer.Option(help="How the storefronts speak.")]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"],
        help="Set the stack's clock, so that owners have bought months before this instant; set back at the end.",
    ),
]
Name = Annotated[str | None, typer.Option(help="What stands in every id (default: drawn); once on a stack.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent.")]
Days = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Live so many days instead, up to yesterday, on an empty stack whose clock is moved through them; "
        "400 of 300 customers take some minutes.",
    ),
]
Customers = Annotated[int | None, typer.Option(min=1, help="How many customers live these days (default 300).")]
InProduction = Annotated[
    bool, typer.Option("--in-production", help="Send it even where this is production: real orders.")
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def command(  # noqa: PLR0913 - each is an option of the command line
    *,
    context: typer.Context,
    orders: Orders = 100,
    rate: Rate = 20.0,
    seed: Seed = 1,
    ways: Speaking = Ways.BOTH,
    at: At = None,
    run: Name = None,
    days: Days = None,
    customers: Customers = None,
    endpoints: Described = None,
    dry_run: DryRun = False,
    in_production: InProduction = False,
    as_json: Json = False,
) -> None:
    """Publish realistic traffic over HTTP and Kafka, and check how every order ends; or live many days in minutes.

    With --days customers buy, renew, pay wrong, leave and are charged back; in the end every invariant is checked.

    Exit codes: 0 every order ended as expected, every invariant holds; 1 one does not or the stack can't be reached,
    2 wrong usage, 130 interrupted.
    """
    if days is not None or customers is not None:
        _refuse_with_days(context, "orders", "rate", "ways", "at", "run", "in_production")
        lived = days or DAYS, customers or CUSTOMERS
        year.simulate(business_date(_now(endpoints)), *lived, seed, endpoints, dry_run=dry_run, as_json=as_json)
        return
    moment = at if at is None or at.tzinfo else at.replace(hour=9, tzinfo=UTC)
    catalogue = catalogue_on(business_date(moment or _now(endpoints)))
    planned = plan(seed, orders, _named(run, seed), catalogue, ways=_WAYS[ways], may_set_the_clock=moment is not None)
    if dry_run:
        report.show_plan(planned, as_json=as_json)
        return
    _check_production(endpoints, moment, is_confirmed=in_production)
    where = surroundings.find(endpoints)
    _judge(*asyncio.run(_play(planned, where, catalogue, moment, ways, rate, as_json)), as_json=as_json)


def _judge(run: Run, verdicts: list[Verdict], *, as_json: bool) -> None:
    outcome = report.plain(run, verdicts)
    report.show(outcome, as_json=as_json)
    fail(when=not outcome["as_expected"])


def _named(run: str | None, seed: int) -> str:
    name = run or f"s{seed}-{secrets.token_hex(3)}"
    if not name.replace("-", "").isalnum() or not name.isascii() or len(name) > 24:
        raise Misused("--run takes up to 24 letters, digits and hyphens")
    return name


def _refuse_with_days(context: typer.Context, *names: str) -> None:
    """Refuse what only a day of orders takes. Raises Misused."""
    sources = {name: context.get_parameter_source(name) for name in names}
    if named := [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in named)
        raise Misused(f"{options} can't be said with --days or --customers")


def _now(endpoints: Path | None) -> datetime:
    """Ask the stack's own clock: prices are those of its day."""
    described = surroundings.described(endpoints)
    return (FileClock(Path(described["clock"])) if "clock" in described else SystemClock()).now()


def _check_production(endpoints: Path | None, at: datetime | None, *, is_confirmed: bool) -> None:
    if "production" not in (load().env, surroundings.described(endpoints).get("env")):
        return
    if not is_confirmed:
        raise OperationFailed("this is production: these would be real orders (--in-production sends them)")
    if at is not None:
        raise OperationFailed("this is production: its clock can't be set")


async def _play(
    planned: Plan,
    where: Surroundings,
    catalogue: Catalogue,
    at: datetime | None,
    ways: Ways,
    rate: float,
    quietly: bool,
) -> tuple[Run, list[Verdict]]:
    async with surroundings.kafka(where.brokers), _front(where, ways) as front:
        target = Target(where.brokers, where.namespace, front)
        run = Run(planned, target, catalogue, rate=rate)
        async with watched(run, quietly=quietly):
            if at is None:
                return run, await run.play()
            clock = _clock(where)
            with clock.kept():
                return run, await run.play(clock, at)


@asynccontextmanager
async def _front(where: Surroundings, ways: Ways) -> AsyncIterator[Storefront | None]:
    if ways is Ways.KAFKA:
        yield None
        return
    try:
        keys = {**_NEVER_ASKED, **where.described.get("keys", {})}
        endpoints = Endpoints.model_validate({**_NEVER_ASKED, **where.described, "keys": keys})
    except ValidationError:
        what = "orders' HTTP address and a storefront's key"
        raise OperationFailed(f"nothing names {what}: give --endpoints, or use --ways kafka") from None
    async with Storefront(endpoints) as front:
        await _check(front, endpoints.orders)
        yield front


async def _check(front: Storefront, url: str) -> None:
    """Raise OperationFailed where a run could only fail: nobody is there, or not orders, or the key is not one."""
    try:
        answer = await front.orders_of("nobody")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise OperationFailed(f"orders at {url} can't be reached: {error}") from None
    except Unreachable as error:
        if isinstance(error.__cause__, httpx.ConnectError):
            raise OperationFailed(f"orders at {url} can't be reached: {error.__cause__}") from None
        return  # it is slow, or starting: the run asks again
    except NotUnderstood as error:
        raise OperationFailed(f"what answers at {url} is not orders: {error}") from None
    if answer.status in {401, 403}:
        raise OperationFailed(f"orders at {url} refuses the storefront's key ({answer.status} {answer.code})")
    if answer.status < 500 and "orders" not in answer.body:
        raise OperationFailed(f"what answers at {url} is not orders (a customer's orders: {answer.status})")


def _clock(where: Surroundings) -> ClockFile:
    if "clock" not in where.described:
        raise OperationFailed("nothing names the stack's clock file: give --endpoints, or no --at")
    return ClockFile(Path(where.described["clock"]))
