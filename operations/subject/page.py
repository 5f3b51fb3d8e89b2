"""What does the page about a person show? Who they are, what they bought, what was written to them; no hashes."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from schemas.money import euros
from schemas.terms import ROME

TITLES = {
    "orders": "Orders and payments",
    "billing": "Prices and credit",
    "provisioning": "Services, sign-in, configuration",
    "notifications": "Mails",
}
"""What each service holds, in words for whom it is about."""

_BOOKKEEPING = frozenset({"claims", "deadlines"})


def page(customer: str, held: Mapping[str, Any], made_at: datetime) -> str:
    """Write the page: one file that needs no other, and asks nobody for anything."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(words=_words, amount=_amount, telling=_telling)
    template = environment.from_string((files("operations.subject") / "page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        customer=customer,
        made_at=made_at.astimezone(ROME).strftime("%Y-%m-%d %H:%M"),
        people=_people(held),
        services=[(TITLES.get(name, name), subject) for name, subject in held.items()],
        bookkeeping=_BOOKKEEPING,
    )


def _people(held: Mapping[str, Any]) -> list[tuple[Any, list[str]]]:
    """List each distinct personal datum once, with every place in which it stands."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for service, subject in held.items():
        for personal in subject["personal"]:
            _, places = found.setdefault(repr(personal["content"]), (personal["content"], []))
            places += [f"{service}: {place}" for place in dict.fromkeys(personal["stands_in"])]
    return list(found.values())


def _telling(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Leave out what is empty, and hashes: they say nothing to a person."""
    return [
        (name, value) for name, value in row.items() if value not in (None, "", [], {}) and not name.endswith("_hash")
    ]


def _words(name: str) -> str:
    return name.removesuffix("_cents").replace("_", " ")


def _amount(value: Any, name: str) -> Any:
    return euros(value) if name.endswith("_cents") and isinstance(value, int) else value
