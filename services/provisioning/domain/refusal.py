"""How does the domain say no to a command? With a code that the interface names; nothing happens."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that is refused and leaves no event; `status` is the answer's."""

    code: str
    detail: str
    status: int
