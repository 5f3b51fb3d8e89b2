"""How did a customer configure the service? The content stays sealed."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.personal import Sealed
from schemas.provisioning import ConfigurationCompleted, CredentialsIssued


class Configuration(Struct, frozen=True):
    """The last complete configuration."""

    customer_id: str
    sections: tuple[str, ...]
    sealed: Sealed
    completed_on: date


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches: who gets a sign-in anew configures anew."""
    return [(event.customer_id,)] if isinstance(event, ConfigurationCompleted | CredentialsIssued) else []


def evolve(
    row: Configuration | None, event: ConfigurationCompleted | CredentialsIssued, _: Key
) -> Configuration | None:
    """Fold an own event into a customer's configuration."""
    match event:
        case ConfigurationCompleted():
            return Configuration(event.customer_id, tuple(event.sections), Sealed.of(event.sealed), event.completed_on)
        case CredentialsIssued():
            return row if event.reissued else None
        case _:
            assert_never(event)


CONFIGURATIONS = Projection(
    "configurations",
    Configuration,
    ("customer_id",),
    keys_of,
    evolve,
    ddl(__file__),
    replaced_by=ConfigurationCompleted,
)
