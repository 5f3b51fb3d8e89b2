"""In which language does a page speak, and how does it write money and days? Texts in TOML, numbers by Babel."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

Language = Literal["it", "en"]
LANGUAGES: tuple[Language, ...] = ("it", "en")


class Words:
    """The texts of one application in one language, by dotted name."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __call__(self, name: str, /, **values: Any) -> str:
        """Write a text. Raises KeyError for a name that the language has no text for."""
        return self.texts[name].format(**values)

    def has(self, name: str) -> bool:
        """Tell whether there is such a text."""
        return name in self.texts

    def money(self, cents: int) -> str:
        """Write an amount in euros."""
        return format_currency(Decimal(cents) / 100, "EUR", locale=self.language)

    def number(self, number: int) -> str:
        """Write a count."""
        return format_decimal(number, locale=self.language)

    def day(self, day: date | str) -> str:
        """Write a date in full."""
        on = date.fromisoformat(day) if isinstance(day, str) else day
        return format_date(on, "long", locale=self.language)

    def term(self, months: int, days: int) -> str:
        """Write a term as people read it: 6 months and 16 days."""
        parts = [
            self(f"term.{unit}{'' if count == 1 else 's'}", count=count)
            for unit, count in (("month", months), ("day", days))
            if count
        ]
        return (
            self("term.and", first=parts[0], second=parts[1]) if len(parts) == 2 else (parts or [self("term.none")])[0]
        )


@cache
def words(folder: Path, language: Language) -> Words:
    """Read an application's texts in a language, with those that all pages share."""
    texts: dict[str, str] = {}
    for path in (Path(__file__).parent / "texts", folder):
        texts |= flat(tomllib.loads((path / f"{language}.toml").read_text(encoding="utf-8")))
    return Words(language, texts)


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Name each text of a TOML document by its place: `cart.title`."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = str(value)
    return found


def spoken(asked: str | None, accepted: str | None) -> Language:
    """Choose the language: the one that was asked for, else what the browser takes first, else Italian."""
    named = [asked or "", *(part.partition(";")[0].strip()[:2].lower() for part in (accepted or "").split(","))]
    return next((language for name in named for language in LANGUAGES if language == name), "it")
