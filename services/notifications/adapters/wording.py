"""How are amounts, dates, terms and products written in a language? As its readers write them (R4)."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency
from babel.units import format_unit

from schemas.catalogue import product_known_as
from schemas.terms import ROME
from schemas.vocabulary import Locale, Product

FORMS = {Locale.IT: "it_IT", Locale.EN: "en_GB"}
"""In whose form each language's amounts and dates are written."""

_BEFORE_A_VOWEL = {"il": "l'", "dal": "dall'", "al": "all'", "del": "dell'"}
_READ_WITH_A_VOWEL = (8, 11)
"""Days of a month whose Italian name begins with a vowel."""
_LIGHT, _DARK = "#ffffff", "#14171a"


def euro(cents: int, *, locale: Locale) -> str:
    """Write cents: 1629 is "16,29 €" in Italian and "€16.29" in English. Its spaces are plain ones."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=FORMS[locale]).replace("\N{NO-BREAK SPACE}", " ")


def day(when: date, after: str = "", *, locale: Locale) -> str:
    """Write a date in words, after an article where one is given: "dal 15 gennaio 2027", but "dall'8 gennaio 2027"."""
    written = format_date(when, "long", locale=FORMS[locale])
    if not after:
        return written
    article, space, last = after.rpartition(" ")
    if locale is Locale.IT and when.day in _READ_WITH_A_VOWEL and last in _BEFORE_A_VOWEL:
        return f"{article}{space}{_BEFORE_A_VOWEL[last]}{written}"
    return f"{after} {written}"


def instant(value: datetime, after: str = "", *, locale: Locale) -> str:
    """Write an instant as Rome's clocks show it, rounded down to the minute: never later than the truth."""
    words = {Locale.IT: "alle {} (ora di Roma)", Locale.EN: "at {} (Rome time)"}[locale]
    time = format_time(value, "HH:mm", tzinfo=ROME, locale=FORMS[locale])
    return f"{day(value.astimezone(ROME).date(), after, locale=locale)} {words.format(time)}"


def term(months: int, days: int, *, locale: Locale) -> str:
    """Write a missing term as people read it: "6 months and 16 days" (R16)."""
    parts = [count(number, unit, locale=locale) for number, unit in ((months, "month"), (days, "day")) if number]
    return listed(parts, locale=locale) or count(0, "day", locale=locale)


def count(number: int, unit: str, *, locale: Locale) -> str:
    """Write a number of years, months or days."""
    return format_unit(number, f"duration-{unit}", "long", locale=FORMS[locale])


def listed(words: Iterable[str], *, locale: Locale) -> str:
    """Write several things as a sentence does: "a, b and c"."""
    return format_list(list(words), locale=FORMS[locale])


def product_name(product: Product, *, locale: Locale) -> str:
    """Return what the catalogue calls a product in a language. Raises KeyError when no version of it knows it."""
    return product_known_as(product).names[locale]


def by_family(expiries: Mapping[Product, date]) -> list[tuple[Product, date]]:
    """Put each base before its add-ons."""

    def place(entry: tuple[Product, date]) -> tuple[str, bool, str]:
        known = product_known_as(entry[0])
        return known.family, not known.is_base, entry[0]

    return sorted(expiries.items(), key=place)


def bases(expiries: Mapping[Product, date], *, locale: Locale) -> str:
    """Name the bases among services, as a sentence does."""
    names = (product_name(product, locale=locale) for product in sorted(expiries) if product_known_as(product).is_base)
    return listed(names, locale=locale)


def names(services: Iterable[Mapping[str, Any]], *, locale: Locale) -> str:
    """Name services that a mail is about, as a sentence does."""
    return listed((product_name(service["product"], locale=locale) for service in services), locale=locale)


def readable_on(colour: str) -> str:
    """Return the colour of letters that reads better on a colour: white, or nearly black (WCAG's contrast)."""
    ground = _luminance(colour)
    on_light, on_dark = (1.05 / (ground + 0.05)), ((ground + 0.05) / (_luminance(_DARK) + 0.05))
    return _LIGHT if on_light >= on_dark else _DARK


def contact_address(contact: str) -> str:
    """Return where a way to ask leads: to a mail program, a telephone or a page; nowhere if it is none of these."""
    if contact.startswith(("https://", "http://")):
        return contact
    if re.fullmatch(r"[^\s@]+@[^\s@]+", contact):
        return f"mailto:{contact}"
    return f"tel:{re.sub(r'[^+0-9]', '', contact)}" if re.fullmatch(r"[+0-9 ()./-]+", contact) else ""


def _luminance(colour: str) -> float:
    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
