"""What may the HTTP and mail adapters of a service use? The edge: commands in, rows out, keys, the clock."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from runtime.clock import Clock
from runtime.ids import Command
from runtime.projection import Key, Projection
from runtime.service import Outcome
from runtime.wire.codec import Recorded
from schemas.envelope import Event
from schemas.personal import SealedBlock
from schemas.rejections import RecordRejected

TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The W3C trace context of the request that is being answered: its commands hand it on to their events."""


class AccountParked(Exception):
    """The account waits for an operator: its commands are answered with 503 ACCOUNT_PARKED."""


class CatchingUp(Exception):
    """The command would act on what is overdue while intake's backlog is not applied: 503 CATCHING_UP."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a command: its outcome, and the own events it committed (none for a duplicate or a rejection)."""

    outcome: Outcome
    recorded: Sequence[Recorded]
    customer_id: str = ""


class Keyring(Protocol):
    """Seal and open personal data with a key per customer; hash what is looked up."""

    async def seal(self, customer_id: str, command_id: str, plain: Mapping[str, Any]) -> SealedBlock:
        """Seal a JSON object; makes the customer's key, durably, before it is used. Same input, same bytes."""
        ...

    async def open(self, customer_id: str, sealed: SealedBlock) -> dict[str, Any]:
        """Open a sealed block. Raises KeyErased when the customer's key was deleted."""
        ...

    async def name(self, customer_id: str) -> str | None:
        """Name a customer's key, deleted or not; None when there never was one."""
        ...

    async def erase(self, customer_id: str) -> str | None:
        """Delete a customer's key for good, if it is not yet; name the key that is gone, None when there was none."""
        ...

    def lookup(self, kind: str, value: str) -> str:
        """Return the keyed hash (hex) under which a value is looked up; needs no database."""
        ...


class Edge(Protocol):
    """Stand between the outside and one service's transaction."""

    settings: Any

    @property
    def clock(self) -> Clock:
        """What tells the time."""
        ...

    @property
    def keyring(self) -> Keyring:
        """What seals and opens personal data."""
        ...

    async def submit(self, command: Command, traceparent: str | None = None) -> Submitted:
        """Prepare, commit and answer. Raises AccountParked or CatchingUp; any other error commits nothing, either.

        Without a trace of its own, a command has that of the request that is being answered.
        """
        ...

    async def rehearse(self, *commands: Command) -> list[Submitted]:
        """Return what would become of commands that come one after the other; nothing is stored. Raises as `submit`."""
        ...

    async def is_caught_up(self) -> bool:
        """Tell whether all that came over intake before this call is applied."""
        ...

    async def durable(self, submitted: Submitted, seconds: float | None = None) -> bool:
        """Wait until Kafka has acknowledged what was committed; False when that takes longer than the setting (5 s)."""
        ...

    async def row(self, projection: Projection, key: Key) -> Any | None:
        """Read one row of a projection, or None."""
        ...

    async def rows(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        *,
        after: Sequence[Any] | None = None,
        limit: int | None = None,
    ) -> list[Any]:
        """Read the rows whose columns equal `where` (or one of it, where it is a list), ordered by columns.

        Of these the first `limit`, of those that come after a row whose ordering columns are `after`; null comes last.
        """
        ...

    async def state(self, customer_id: str) -> Any | None:
        """Read an account's state, or None for an account that has no event."""
        ...

    async def rejections(
        self, storefront: str | None, after: UUID | None, limit: int
    ) -> list[tuple[str, RecordRejected]]:
        """Read what intake refused of a storefront (None: of all) and what names none, each with its id, oldest first.

        After the one of that id, so many; what was taken since is not among them.
        """
        ...

    async def deliveries(self) -> list[Any]:
        """Count what endpoints are still to be told of, and what was given up: a row for each that has either."""
        ...

    async def failed_deliveries(self, endpoint: str, limit: int) -> list[Any]:
        """Read what was given up at an endpoint, the oldest first, without what it says."""
        ...

    async def redeliver(self, endpoint: str) -> None:
        """Let everything that was given up at an endpoint be told once more."""
        ...

    async def own_events(self, customer_id: str, event_type: str) -> list[Event]:
        """Read an account's own events of one type from the journal, the oldest first."""
        ...
