"""Which two tables does the runtime read in every service? Claims across accounts, and deadlines."""

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any

from runtime.projection import Key, Projection
from runtime.service import Claim, Deadline
from schemas.envelope import Event

CLAIMS_DDL = """
CREATE TABLE claims (
    kind text NOT NULL,
    key text NOT NULL,
    customer_id text NOT NULL,
    holder text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (kind, key, customer_id)
)"""

DEADLINES_DDL = """
CREATE TABLE deadlines (
    kind text NOT NULL,
    key text NOT NULL,
    customer_id text NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX deadlines_due ON deadlines (due_at, kind, key)"""


def claims(
    keys_of: Callable[[Any], Iterable[Key]],
    evolve: Callable[[Claim | None, Any, Key], Claim | None],
    touched_by: type[Event] | UnionType = Event,
) -> Projection:
    """Declare a service's claims; the key is (kind, key, customer_id), so that folds of two accounts never meet."""
    return Projection("claims", Claim, ("kind", "key", "customer_id"), keys_of, evolve, CLAIMS_DDL, touched_by)


def deadlines(
    keys_of: Callable[[Any], Iterable[Key]],
    evolve: Callable[[Deadline | None, Any, Key], Deadline | None],
    touched_by: type[Event] | UnionType = Event,
    replaced_by: type[Event] | UnionType | tuple[()] = (),
) -> Projection:
    """Declare a service's deadlines; when one is due, the input `<service>.<kind>` is applied, with it as data.

    The input's handler must check that the deadline still stands, and its events must remove the row.
    """
    key = ("kind", "key")
    return Projection("deadlines", Deadline, key, keys_of, evolve, DEADLINES_DDL, touched_by, replaced_by)
