"""What does the orders service say of renewals that place themselves (R43)? They stand in `orders.events` too."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event
from schemas.vocabulary import Product


class AutomaticRenewalSet(Event):
    """A customer chose whether a base renews by itself, for how many years, and with which add-ons."""

    EVENT_TYPE: ClassVar[str] = "orders.AutomaticRenewalSet.v1"

    product: Product = Field(description="The base.")
    enabled: bool
    years: int = Field(ge=1, le=10)
    add_ons: list[Product] = Field(description="Which of its add-ons are renewed with it.")
    storefront: str = Field(description="Whose order it will be, and who is asked to collect.")


class AutomaticRenewalScheduled(Event):
    """Orders noted when it looks at an automatic renewal next: days before the expiry, or once that is over."""

    EVENT_TYPE: ClassVar[str] = "orders.AutomaticRenewalScheduled.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    product: Product
    expires_on: date = Field(description="The expiry for which it renews.")
    due_at: AwareDatetime


class AutomaticRenewalSkipped(Event):
    """An automatic renewal did nothing, and why."""

    EVENT_TYPE: ClassVar[str] = "orders.AutomaticRenewalSkipped.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    product: Product
    why: str


class PaymentRequested(Event):
    """The storefront is asked to collect what an order costs that placed itself."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentRequested.v1"

    order_id: str
    amount_cents: int = Field(ge=1)
    payable_until: date = Field(description="The last Europe/Rome date on which a payment settles it.")


class AutomaticRenewalFailed(Event):
    """An automatic renewal was not paid by the expiry; its order stays payable through the grace."""

    EVENT_TYPE: ClassVar[str] = "orders.AutomaticRenewalFailed.v1"

    order_id: str
    product: Product = Field(description="The base.")


AUTOMATIC_RENEWALS = (
    AutomaticRenewalSet,
    AutomaticRenewalScheduled,
    AutomaticRenewalSkipped,
    PaymentRequested,
    AutomaticRenewalFailed,
)
