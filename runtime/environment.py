"""What stands in this process's environment of ours? And who can still read it? Nobody, once it is blanked."""

import ctypes
import os
from itertools import count, takewhile

PREFIX = "COTERM_"


def given_variables() -> list[str]:
    """Name the COTERM_ variables that this process was started with."""
    return sorted(name for name in os.environ if name.startswith(PREFIX))


def bare_environment() -> dict[str, str]:
    """Return the environment without any setting of ours: for a process that must not act."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def blank(name: str) -> None:
    """Overwrite a variable's value in the block of memory that the process was started with: /proc/PID/environ."""
    try:
        block = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    except ValueError:  # a system whose C library does not show it
        return
    start = f"{name}=".encode()
    for address in takewhile(bool, (block[place] for place in count())):
        variable = ctypes.string_at(address)
        if variable.startswith(start):
            ctypes.memset(address + len(start), 0, len(variable) - len(start))
