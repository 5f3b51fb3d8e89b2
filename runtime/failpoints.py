"""Where does a test end this process? At a named step, as a power cut would: SIGKILL, without a farewell."""

import os
import signal

from runtime.errors import SettingsRefused

NAMES = frozenset(
    {
        "commit.locked",
        "commit.written",
        "commit.committed",
        "relay.read",
        "relay.sent",
        "relay.marked",
        "relay.handed_over",
        "effect.sending",
        "effect.answered",
        "effect.settled",
        "effect.recorded",
        "export.staged",
        "export.prepared",
        "export.placed",
        "export.committed",
        "rebuild.begun",
        "rebuild.copied",
        "rebuild.folded",
        "rebuild.indexed",
        "rebuild.followed",
        "rebuild.compared",
        "rebuild.held",
        "rebuild.flipped",
        "rebuild.swapped",
    }
)
"""Each step of commit, relay, effects, export and rebuild after which a crash leaves something else behind."""

_countdown: dict[str, int] = {}


def arm(failpoint: str | None) -> None:
    """Let the process end at `<name>` or, with `<name>:<n>`, when it comes there for the n-th time; None disarms.

    Raises SettingsRefused for a name that no step has.
    """
    _countdown.clear()
    if failpoint is None:
        return
    name, _, times = failpoint.partition(":")
    if name not in NAMES:
        raise SettingsRefused(f"COTERM_FAILPOINT: no step is named {name}; known: {', '.join(sorted(NAMES))}")
    _countdown[name] = int(times or 1)


def reached(name: str) -> None:
    """Say that a step is done; does nothing unless a test armed it."""
    if not _countdown or name not in _countdown:
        return
    _countdown[name] -= 1
    if _countdown[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
