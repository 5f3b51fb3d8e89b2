"""What does billing say of money that goes back the way it came? The events stand in `billing.events` too."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Part
from schemas.vocabulary import CreditOrigin, Product


class CreditReversed(Event):
    """Credit was taken back: the money that it came from was charged back."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditReversed.v1"

    order_id: str | None = None
    credit_id: str
    amount_cents: int = Field(gt=0)
    remaining_cents: int = Field(ge=0, description="What of it still stands.")
    reversed_on: date
    origin: CreditOrigin
    payment_source: str
    payment_id: str
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class ServiceCharge(Part):
    """What an order charged for one of its services."""

    product: Product
    annual_cents: int
    net_cents: int
    gross_cents: int = Field(description="Net and its share of the order's VAT.")


class ServiceChargesNoted(Event):
    """Billing noted what an activated order charged for each of its services."""

    EVENT_TYPE: ClassVar[str] = "billing.ServiceChargesNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    vat_percent: int
    charges: list[ServiceCharge]


class ChargebackNoted(Event):
    """Billing noted that a payment was charged back, or won back, and what became of the credit that it had given."""

    EVENT_TYPE: ClassVar[str] = "billing.ChargebackNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    payment_source: str
    payment_id: str
    order_cents: int = Field(description="What of it had paid for a settled order.")
    surplus_cents: int
    taken_back_cents: int = Field(ge=0, description="Of the credit that its surplus had given: what was unspent.")
    of_order_cents: int = Field(
        default=0, ge=0, description="Of other credit that came of its order: what was unspent."
    )
    is_won: bool = False
    content_hash: str | None = Field(default=None, description="Tells it from others under the same identity.")
