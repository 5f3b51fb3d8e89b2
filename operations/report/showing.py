"""How is a value shown to people? Its column's name says what it is: cents become euros here, and nowhere before."""

from datetime import date
from typing import Any

from schemas.money import euros

_SUFFIXES = ("_cents", "_ms")


def heading(column: str) -> str:
    """Say a column's name in words."""
    for suffix in _SUFFIXES:
        column = column.removesuffix(suffix)
    return column.replace("_", " ")


def shown(column: str, value: Any) -> str:
    """Write one value."""
    if value is None:
        return "–"
    if column.endswith("_cents"):
        return euros(value)
    if column.endswith("_share"):
        return f"{100 * value:.0f} %"
    if column.endswith("_ms"):
        return f"{value:,} ms"
    if column == "month" and isinstance(value, date):
        return f"{value:%Y-%m}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def is_number(value: Any) -> bool:
    """Tell whether a value is aligned to the right."""
    return isinstance(value, int | float)
