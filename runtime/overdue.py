"""What happens before an input is decided? What is overdue: a decision never waits for a timer (R21)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from runtime.service import CATCHING_UP, Decided, Handle, Known, Outcome
from schemas.envelope import Event


def overdue_first(
    overdue: Callable[[Any, str, Known], Sequence[Event]],
    evolve: Callable[[Any, Any], Any],
    step: Callable[[Any, Any, Known, Sequence[Any]], Outcome],
) -> Handle:
    """Let what is overdue happen, then decide on what is left of the state; without a decision it waits for its timer.

    While what came in before may wait in the log, nothing overdue is acted on: an unread payment may have come in time.
    """

    def handle(data: Any, state: Any, known: Known) -> Outcome:
        happened = overdue(state, data.customer_id, known)
        if happened and not known.is_caught_up:
            return CATCHING_UP
        for event in happened:
            state = evolve(state, event)
        outcome = step(data, state, known, happened)
        return replace(outcome, events=[*happened, *outcome.events]) if isinstance(outcome, Decided) else outcome

    return handle
