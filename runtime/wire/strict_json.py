"""Does a piece of JSON say one thing to every reader? Strict parsing, for what comes from outside."""

import json
import math
import re
from typing import Any

_HALF_OF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


class Ambiguous(ValueError):
    """JSON that readers take differently, or that is none though Python reads it."""


def parsed(value: bytes) -> Any:
    """Parse JSON to the letter of RFC 8259.

    Raises ValueError: for other encodings than UTF-8, and Ambiguous for NaN, a fraction beyond every double and a name
    twice in one object. Raises RecursionError when it is nested too deeply.
    """
    return json.loads(value.decode(), object_pairs_hook=_members, parse_constant=_refuse, parse_float=_finite)


def has_halves(value: bytes) -> bool:
    """Tell whether JSON escapes half a character: a string that no UTF-8 can be written for."""
    if not _HALF_OF_A_CHARACTER.search(value):
        return False
    try:
        json.dumps(json.loads(value), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Ambiguous("an object has two members of one name")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Ambiguous(f"{digits[:20]} is beyond what readers can hold")
    return number


def _refuse(name: str) -> Any:
    raise Ambiguous(f"{name} is no JSON")
