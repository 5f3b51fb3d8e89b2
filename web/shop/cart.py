"""What is in the cart, for whom, and what would it cost? Judged and quoted by the services; the shop adds no rule."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from coterm_client import Cart as OrderedCart
from coterm_client import Channel, Customer, InvalidRequest, Line, LineAction, NotPriceable, Violation
from coterm_client.answers import Catalogue, CatalogueProduct, Outcome, Preview
from coterm_client.bodies import KnownCustomer
from web.kit.application import Away
from web.kit.languages import Language
from web.kit.sessions import Session
from web.shop.coterm import Coterm, reaching

FIELDS = ("name", "email", "kind", "vat_number", "tax_code")
"""What a new buyer tells of themselves."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An outcome as the page shows it, with what it must still be when the order is placed."""

    outcome: Outcome
    is_chosen: bool

    @property
    def seal(self) -> str:
        """Total and expiries in one text: when it has moved since, the customer is asked again."""
        dates = ",".join(f"{product}={day}" for product, day in sorted(self.outcome.expiries.items()))
        return f"{self.outcome.total_cents};{dates}"


@dataclass(slots=True)
class Judged:
    """A cart as it stands: what it would cost, and what stands against it."""

    outcomes: list[Shown] = field(default_factory=list)
    not_priceable: str | None = None
    violations: Sequence[Violation] = ()
    warnings: Sequence[str] = ()
    wrong_fields: Mapping[str, str] = field(default_factory=dict)
    away: str | None = None
    """What does not answer, so that the cart can't be quoted, judged or ordered now."""

    @property
    def chosen(self) -> Shown | None:
        """The outcome that would be ordered."""
        return next((shown for shown in self.outcomes if shown.is_chosen), None)

    @property
    def has_toggle(self) -> bool:
        """Whether the customer chooses between two outcomes."""
        return len(self.outcomes) > 1


class CartOfSession:
    """The cart that a session carries: its lines, the channel, the customer."""

    def __init__(self, session: Session) -> None:
        self._values = session.values

    @property
    def lines(self) -> list[Line]:
        """The lines, in the order in which they were put in."""
        return [Line.model_validate(line) for line in self._values.get("cart", [])]

    @property
    def products(self) -> list[str]:
        """The products of the lines."""
        return [line.product for line in self.lines]

    @property
    def channel(self) -> Literal[Channel.SITE, Channel.CUSTOMER_AREA, Channel.PANEL]:
        """Where it was filled."""
        chosen = Channel(self._values.get("channel", Channel.SITE))
        return Channel.SITE if chosen is Channel.AUTOMATIC else chosen

    @property
    def known_customer(self) -> str | None:
        """The customer who opened a link of theirs; None for somebody new."""
        found = self._values.get("customer")
        return None if found is None else str(found)

    @property
    def extends(self) -> bool:
        """How the toggle stands; on at first."""
        return bool(self._values.get("extend", True))

    def add(self, product: str, action: LineAction = LineAction.ACTIVATE, years: int = 1) -> None:
        """Put a product in; twice changes nothing but its years.

        From here on the order has its id and its customer: judging what is typed changes no session, so that an answer
        which crosses with the order's brings no cart back.
        """
        self.order_id()
        self.customer_id()
        line = Line(product=product, action=action, years=years).written()
        self._values["cart"] = [*(each for each in self._lines() if each["product"] != product), line]

    def remove(self, product: str, catalogue: Catalogue) -> None:
        """Take a product out, and what needs it."""
        needing = {each.product for each in catalogue.products if each.requires == product}
        gone = {product, *(needing if not self.known_customer else ())}
        self._values["cart"] = [each for each in self._lines() if each["product"] not in gone]

    def choose(self, *, extends: bool) -> None:
        """Set the toggle."""
        if extends != self.extends:
            self._values["extend"] = extends

    def start(self, channel: Channel) -> None:
        """Begin an empty cart in a channel."""
        self._values |= {"cart": [], "channel": channel.value, "extend": True}

    def order_id(self) -> str:
        """Return the id under which it will be ordered: the same until it was, so that two clicks are one order."""
        return str(self._values.setdefault("order", f"o-{secrets.token_hex(10)}"))

    def customer_id(self) -> str:
        """Return the customer's id; somebody new gets one with the first look."""
        return self.known_customer or str(self._values.setdefault("newcomer", f"c-{secrets.token_hex(10)}"))

    def was_ordered(self) -> None:
        """Empty the cart."""
        for name in ("cart", "order", "extend"):
            self._values.pop(name, None)

    def try_again(self) -> None:
        """Take another order id: a refused one is not used twice."""
        self._values.pop("order", None)
        self.order_id()

    def _lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._values.get("cart", [])
        return found


def suggested(cart: CartOfSession, catalogue: Catalogue) -> list[CatalogueProduct]:
    """List the add-ons that cost nothing beside a base of this cart, and are not in it (the guide's case 1)."""
    bought = {line.product for line in cart.lines if line.action is LineAction.ACTIVATE}
    return [each for each in catalogue.products if each.free_with in bought and each.product not in bought]


async def quoted(coterm: Coterm, cart: CartOfSession, extends: bool) -> Judged:
    """Ask billing what the cart would cost, with and without the extension."""
    if not cart.lines:
        return Judged()
    try:
        async with reaching("billing"):
            quote = await coterm.front.quote(cart.known_customer, cart.channel, cart.lines)
    except Away as silence:
        return Judged(away=str(silence))
    except NotPriceable as refusal:
        return Judged(not_priceable=refusal.detail)
    except InvalidRequest as refusal:
        return Judged(not_priceable="; ".join(refusal.errors.values()))
    chosen = next((each for each in quote.outcomes if each.extend_active_services is extends), quote.outcomes[0])
    return Judged([Shown(each, each is chosen) for each in quote.outcomes])


async def judged(coterm: Coterm, ordered: OrderedCart) -> Judged:
    """Ask orders what stands against an order; nothing is stored."""
    try:
        async with reaching("orders"):
            preview: Preview = await coterm.front.preview(ordered)
    except Away as silence:
        return Judged(away=str(silence))
    except InvalidRequest as refusal:
        return Judged(wrong_fields={name.removeprefix("customer."): why for name, why in refusal.errors.items()})
    return Judged(violations=preview.violations, warnings=[str(each) for each in preview.warnings])


def ordered_cart(
    cart: CartOfSession, storefront: str, form: Mapping[str, str], language: Language, total_cents: int | None
) -> OrderedCart:
    """Write the order of a cart. Raises ValidationError for a field that can't be sent."""
    return OrderedCart(
        order_id=cart.order_id(),
        storefront=storefront,
        channel=cart.channel,
        customer=_customer(cart, form, language),
        lines=cart.lines,
        extend_active_services=cart.extends,
        expected_total_cents=total_cents,
    )


def wrong_fields(error: ValidationError) -> dict[str, str]:
    """Name the fields that can't be sent, with what is wrong; in the client's words."""
    return {str(entry["loc"][-1]): str(entry["msg"]) for entry in error.errors()}


def _customer(cart: CartOfSession, form: Mapping[str, str], language: Language) -> Customer | KnownCustomer:
    if cart.known_customer is not None:
        return KnownCustomer(customer_id=cart.known_customer)
    filled = {name: value for name in FIELDS if (value := form.get(name, "").strip())}
    return Customer.model_validate({"customer_id": cart.customer_id(), "locale": language, **filled})
