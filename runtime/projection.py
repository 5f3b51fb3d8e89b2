"""What does a projection declare? A table, how an event touches it, and how a row changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any

from msgspec import Struct

from schemas.envelope import Event

Key = tuple[Any, ...]


def ddl(module: str) -> str:
    """Return the tables of a projection: the `.sql` file beside its module, given as `ddl(__file__)`."""
    return Path(module).with_suffix(".sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Projection:
    """Declare one table of rows folded from own events.

    `row` is a frozen msgspec Struct whose fields are the table's columns in order; it has a `customer_id`. `key` names
    the primary key's columns. `keys_of(event)` says which rows an event touches; `evolve(row, event, key)` gives the
    new row, or None to delete it. Both are pure. `ddl` creates the table and its indexes, unqualified. Neither is asked
    of an event of a type that is not `touched_by`. An event that a row is `replaced_by` leaves the same row whatever it
    was before: a commit does not read it first.
    """

    table: str
    row: type[Struct]
    key: tuple[str, ...]
    keys_of: Callable[[Any], Iterable[Key]]
    evolve: Callable[[Any, Any, Key], Any]
    ddl: str
    touched_by: type[Event] | UnionType = Event
    replaced_by: type[Event] | UnionType | tuple[()] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns in order."""
        return self.row.__struct_fields__

    def key_of(self, row: Any) -> Key:
        """Return the primary key of a row."""
        return tuple(getattr(row, name) for name in self.key)


class Touched(dict[type[Event], tuple[Projection, ...]]):
    """The projections that events of a type may touch, each type looked up once."""

    def __init__(self, projections: tuple[Projection, ...]) -> None:
        super().__init__()
        self._projections = projections

    def __missing__(self, event: type[Event]) -> tuple[Projection, ...]:
        """Ask each projection."""
        self[event] = tuple(each for each in self._projections if issubclass(event, each.touched_by))
        return self[event]
