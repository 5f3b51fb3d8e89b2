"""Who can still read a variable that this process was started with? Nobody, once it is blanked."""

import ctypes
from itertools import count, takewhile


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
