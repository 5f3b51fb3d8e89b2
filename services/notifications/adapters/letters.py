"""What does a mail look like? One text and one HTML part, in the customer's language, from facts alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from schemas.catalogue import product_known_as
from schemas.terms import ROME
from schemas.vocabulary import Locale, Product, TemplateName
from services.notifications.adapters.texts import FOLDER

MONTHS = {
    Locale.IT: [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    Locale.EN: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words. Its repr shows none of them: they may hold a password."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


def render(template: TemplateName, locale: Locale, values: Mapping[str, Any]) -> Letter:
    """Fill in a template. Raises jinja2.UndefinedError when it names a value that is not given."""
    environment = _environment(locale)
    text = environment.get_template(f"{template}.{locale}.txt.j2")
    html = environment.get_template(f"{template}.{locale}.html.j2")
    context = text.new_context(dict(values))
    subject = "".join(text.blocks["subject"](context)).strip()
    body = "".join(text.blocks["body"](context)).strip() + "\n"
    return Letter(subject, body, html.render({**values, "subject": subject, "lang": str(locale)}))


def euro(cents: int) -> str:
    """Write cents as people see them: 1629 is "16.29 €" (R4)."""
    sign, whole = "-" if cents < 0 else "", abs(cents)
    return f"{sign}{whole // 100}.{whole % 100:02d} €"


def day(when: date, locale: Locale) -> str:
    """Write a date in words of the language."""
    return f"{when.day} {MONTHS[locale][when.month - 1]} {when.year}"


def instant(value: datetime, locale: Locale) -> str:
    """Write an instant as Rome's clocks show it, rounded down to the minute: never later than the truth."""
    when = value.astimezone(ROME)
    words = {Locale.IT: "alle {} (ora di Roma)", Locale.EN: "at {} (Rome time)"}[locale]
    return f"{day(when.date(), locale)} {words.format(when.strftime('%H:%M'))}"


def term(months: int, days: int, locale: Locale) -> str:
    """Write a missing term as people read it: "6 months and 16 days" (R16)."""
    names = {
        Locale.IT: (("mese", "mesi"), ("giorno", "giorni"), " e "),
        Locale.EN: (("month", "months"), ("day", "days"), " and "),
    }[locale]
    parts = [f"{count} {words[count != 1]}" for count, words in ((months, names[0]), (days, names[1])) if count]
    return names[2].join(parts) or f"0 {names[1][1]}"


def product_name(product: Product, locale: Locale) -> str:
    """Return what the catalogue calls a product in a language. Raises KeyError when no version of it knows it."""
    return product_known_as(product).names[locale]


def by_family(expiries: Mapping[Product, date]) -> list[tuple[Product, date]]:
    """Put each base before its add-ons."""

    def place(entry: tuple[Product, date]) -> tuple[str, bool, str]:
        known = product_known_as(entry[0])
        return known.family, not known.is_base, entry[0]

    return sorted(expiries.items(), key=place)


def bases(expiries: Mapping[Product, date], locale: Locale) -> str:
    """Name the bases among services, as a sentence does."""
    names = [product_name(product, locale) for product in sorted(expiries) if product_known_as(product).is_base]
    return {Locale.IT: " e ", Locale.EN: " and "}[locale].join(names)


def _environment(locale: Locale) -> Environment:
    found = _ENVIRONMENTS.get(locale)
    if found is None:
        found = _ENVIRONMENTS[locale] = _make_environment(locale)
    return found


def _make_environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(("html.j2",), disabled_extensions=("txt.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["euro"] = euro
    environment.filters["day"] = lambda value: day(value, locale)
    environment.filters["instant"] = lambda value: instant(value, locale)
    environment.filters["product"] = lambda value: product_name(value, locale)
    environment.filters["bases"] = lambda expiries: bases(expiries, locale)
    environment.filters["by_family"] = by_family
    environment.globals["term"] = lambda months, days: term(months, days, locale)
    return environment


_ENVIRONMENTS: dict[Locale, Environment] = {}
