"""In which unit is a field? Its name says it, the same way in every event."""

from typing import Any

BY_SUFFIX = {
    "_cents": "Integer EUR cents.",
    "_percent": "Percent.",
    "_on": "Europe/Rome date.",
    "_expiry": "Europe/Rome date, usable to its last instant.",
    "_until": "Europe/Rome date, included.",
    "_at": "UTC instant.",
    "_months": "Months.",
    "_days": "Days.",
}
BY_NAME = {
    "expires_on": "Europe/Rome date, usable to its last instant.",
    "months": "Months.",
    "days": "Days.",
    "days_in_month": "Days.",
    "years": "Years.",
    "smtp_code": "SMTP reply code.",
    "partition": "A partition's number.",
    "offset": "A Kafka offset.",
}
MEASURED = frozenset({"integer", "number"})
DATED = frozenset({"date", "date-time"})


class UnitUnknown(Exception):
    """A number or a date whose name says no unit."""


def unit_of(name: str, schema: dict[str, Any]) -> str | None:
    """Return the unit of a property, or None for one that measures nothing.

    Raises UnitUnknown for a number or a date whose name has none of the endings above.
    """
    if not _measures(schema):
        return None
    if name in BY_NAME:
        return BY_NAME[name]
    for suffix, unit in BY_SUFFIX.items():
        if name.endswith(suffix):
            return unit
    raise UnitUnknown(f"{name!r} measures something: end its name as publishing/units.py lists, or list it there")


def _measures(schema: dict[str, Any]) -> bool:
    choices = schema.get("anyOf", [schema])
    return any(choice.get("type") in MEASURED or choice.get("format") in DATED for choice in choices)
