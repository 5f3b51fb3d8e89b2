"""How does a command name itself? By its type and a key of its own: the same cause, the same id."""

from typing import ClassVar, Protocol
from uuid import UUID

from runtime.ids import command_id


class Command(Protocol):
    """What is asked of a service, not reported by a neighbour: it names itself, so that asking twice is one input.

    Where it is about an order it has an `order_id`, which its events name as their correlation.
    """

    TYPE: ClassVar[str]

    @property
    def customer_id(self) -> str:
        """Name the account."""
        ...

    @property
    def key(self) -> str:
        """Return what tells one asking from the next, among those of its type."""
        ...


def input_id(command: Command) -> UUID:
    """Name the input that a command becomes, whichever way it comes in."""
    return command_id(command.TYPE, command.key)
