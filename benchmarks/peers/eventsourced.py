"""How fast does pyeventsourcing project its own log? Aggregates in PostgreSQL, a projection with tracking, its runner.

Set on the command line: what to do (`write`, `project`, `iterate`), the database, and for `write` the histories, each
an order's events as they stand in our log. `POSTGRES_ENABLE_DB_FUNCTIONS` is on: faster, as its documentation says.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import ApplicationSubscription, Projection, ProjectionRunner
from eventsourcing.utils import get_topic

from benchmarks.peers.order_rows import SCHEMA, SUMMED, TABLE, UPSERT_NAMED, Change, change_of


class Order(Aggregate):
    """An order, with what each of its events carries."""

    @event("Placed")
    def __init__(self, order_id: str, customer_id: str, details: dict[str, Any]) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.status, self.total_cents, self.paid_cents = change_of(details).status, None, 0

    @event("Noted")
    def note(self, details: dict[str, Any]) -> None:
        """Let something happen to it."""
        change = change_of(details)
        self.status = change.status or self.status
        self.total_cents = change.total_cents or self.total_cents
        self.paid_cents += change.paid_cents


class Orders(Application[UUID]):
    """The orders."""


class OrderRows(PostgresTrackingRecorder):
    """The same rows as the other peers keep; each with the position of its event, in one transaction."""

    def keep(self, change: Change, tracking: Tracking) -> None:
        """Write an event's row and its position."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(UPSERT_NAMED, change.row, prepare=True)


class ProjectOrders(Projection[OrderRows]):
    """Project every event of an order."""

    name = "projectorders"
    topics = (get_topic(Order.Placed), get_topic(Order.Noted))

    @singledispatchmethod
    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        """Write what an event changes."""

    @process_event.register
    def _(self, domain_event: Order.Placed, tracking: Tracking) -> None:
        self.view.keep(change_of(domain_event.details), tracking)

    @process_event.register
    def _(self, domain_event: Order.Noted, tracking: Tracking) -> None:
        self.view.keep(change_of(domain_event.details), tracking)


def environment(dsn: str) -> dict[str, str]:
    """Write its settings for our database."""
    parts = urlsplit(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": str(parts.hostname),
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": unquote(str(parts.username)),
        "POSTGRES_PASSWORD": unquote(str(parts.password)),
        "POSTGRES_SCHEMA": SCHEMA,
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }


def write(env: dict[str, str], histories: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Record the histories, an order at a time."""
    app, began = Orders(env=env), time.perf_counter()
    for placed, *later in histories:
        order = Order(order_id=placed["data"]["order_id"], customer_id=placed["subject"], details=placed)
        for details in later:
            order.note(details=details)
        app.save(order)
    seconds, last = time.perf_counter() - began, app.recorder.max_notification_id()
    app.close()
    return {"seconds": seconds, "events": last}


def project(env: dict[str, str], dsn: str) -> dict[str, Any]:
    """Project all events into an empty table."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"TRUNCATE {SCHEMA}.orders")
        connection.execute(f"DROP TABLE IF EXISTS {SCHEMA}.projectorders_tracking, {SCHEMA}.notification_tracking")
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Orders, projection_class=ProjectOrders, view_class=OrderRows, env=env
    ) as runner:
        last = runner.app.recorder.max_notification_id()
        runner.wait(last, timeout=120)
        seconds = time.perf_counter() - began
    with psycopg.connect(dsn) as connection:
        summed = list(map(int, connection.execute(SUMMED).fetchone() or ()))
    return {"seconds": seconds, "events": last, "summed": summed}


def iterate(env: dict[str, str]) -> dict[str, Any]:
    """Read all events through a subscription, and do nothing with them."""
    app = Orders(env=env)
    last, began, seen = app.recorder.max_notification_id() or 0, time.perf_counter(), 0
    with ApplicationSubscription(app, gt=None) as subscription:
        while seen < last:
            next(subscription)
            seen += 1
        seconds = time.perf_counter() - began
    app.close()
    return {"seconds": seconds, "events": seen}


def main() -> None:
    settings = json.loads(sys.argv[1])
    env = environment(settings["dsn"])
    match settings["do"]:
        case "write":
            with psycopg.connect(settings["dsn"]) as connection:
                connection.execute(TABLE)
            done = write(env, json.loads(Path(settings["histories"]).read_text()))
        case "project":
            done = project(env, settings["dsn"])
        case _:
            done = iterate(env)
    print(json.dumps(done))


if __name__ == "__main__":
    main()
