"""How is an input refused? With a code that the interface names; it leaves no event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """An input that is refused and leaves no event: a problem over HTTP, quarantine on intake.

    On a neighbour's topic it can't be: there it parks the account.
    """

    code: str
    detail: str
    status: int = 409
    differs: bool = False
    """The input of this id that came before had another content: what that one did is no answer to this one."""
