"""What does a mail look like? A text and an HTML part in the customer's language, from one template and facts alone.

A template says its subject and its body once; how a paragraph, a fact, a button or the whole of a letter looks
in plain text and in HTML stands in `parts.*` and `layout.*`, what all letters of a language share in `words.*`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, Literal
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from stdnum import iban

from runtime.signing import CUSTOMER_AREA, LINK_DAYS, Signer
from schemas.catalogue import product_known_as
from schemas.vocabulary import Locale, TemplateName
from services.notifications.adapters import wording
from services.notifications.adapters.texts import FOLDER
from services.notifications.settings import Provider


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one customer's area. Without a token they are plain: whoever follows them signs in there."""

    area_url: str
    token: str | None = None
    until: date | None = None
    """The last day on which the token opens the area."""

    @classmethod
    def of(cls, area_url: str, secret: str | None, customer_id: str, today: date) -> "Links":
        """Sign the links of a customer, where the mails share a secret with the shop."""
        if secret is None:
            return cls(area_url)
        return cls(area_url, Signer(secret).sign(CUSTOMER_AREA, customer_id), today + timedelta(days=LINK_DAYS - 1))

    @property
    def area(self) -> str:
        """Return the address of the area."""
        return self.area_url if self.token is None else self._opening()

    def order(self, order_id: str) -> str:
        """Return the address of an order's page."""
        path = f"/orders/{quote(order_id, safe='')}"
        return f"{self.area_url}{path}" if self.token is None else self._opening(to=path)

    def _opening(self, **more: str) -> str:
        return f"{self.area_url}/area/enter?{urlencode({**more, 'token': self.token}, safe='/')}"


_Kind = Literal["txt", "html"]
_IN_LANGUAGE: tuple[Callable[..., str], ...] = (wording.day, wording.instant, wording.listed, wording.bases)
_MORE_THAN_ONE_BLANK_LINE = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words. Its repr shows none of them: they may hold a password."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


def render(
    template: TemplateName, locale: Locale, provider: Provider, values: Mapping[str, Any], links: Links | None = None
) -> Letter:
    """Fill in a template; its buttons lead where `links` say, else to the plain addresses.

    Raises jinja2.UndefinedError when it names a value that is not given.
    """
    leads = {"links": links or Links(provider.customer_area_url)}
    text, html = (_environment(locale, kind, provider) for kind in ("txt", "html"))
    context = {**values, "words": _words(text, locale, leads)}
    written = text.get_template(f"{template}.{locale}.j2")
    subject = "".join(written.blocks["subject"](written.new_context(context))).strip()
    body = _MORE_THAN_ONE_BLANK_LINE.sub("\n\n", written.render(context)).strip() + "\n"
    context |= {"words": _words(html, locale, leads), "subject": subject}
    return Letter(subject, body, html.get_template(f"{template}.{locale}.j2").render(context))


def _words(environment: Environment, locale: Locale, leads: Mapping[str, Any]) -> Any:
    """Take the words of a language for one letter: the buttons in them lead where this customer's do."""
    return environment.get_template(f"words.{locale}.j2").make_module(dict(leads))


@lru_cache(maxsize=16)
def _environment(locale: Locale, kind: _Kind, provider: Provider) -> Environment:
    """Make what templates of a language see. Only HTML is escaped, and all of it is."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape((), default=kind == "html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a look at each file for each letter
    )
    environment.filters |= {write.__name__: partial(write, locale=locale) for write in _IN_LANGUAGE} | {
        "by_family": wording.by_family,
        "names": partial(wording.names, locale=locale),
        "either": lambda services, one, many: one if len(services) == 1 else many,
        "is_base": lambda product: product_known_as(product).is_base,
        "product": partial(wording.product_name, locale=locale),
        "euro": partial(_amount if kind == "html" else wording.euro, locale=locale),
    }
    environment.globals |= {
        "layout": f"layout.{kind}.j2",
        "lang": str(locale),
        "provider": provider,
        "on_colour": wording.readable_on(provider.colour),
        "contact_address": wording.contact_address(provider.contact),
        "iban": iban.format(provider.iban),
        "count": partial(wording.count, locale=locale),
        "term": partial(wording.term, locale=locale),
    }
    environment.globals["mail"] = environment.get_template(f"parts.{kind}.j2").module
    return environment


def _amount(cents: int, *, locale: Locale) -> Markup:
    """Keep an amount on one line."""
    return Markup('<span style="white-space:nowrap">{}</span>').format(wording.euro(cents, locale=locale))
