"""What may a storefront publish on `storefront.intake`? The bodies of the HTTP interface, as CloudEvents data."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from schemas.text import EmailAddress, Name, Reason
from schemas.vocabulary import BuyerKind, Channel, LineAction, Locale, PaymentMethod, Product

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
"""Of an order, a customer or a payment. With a letter or digit first, so that a path and a command can name it."""
Storefront = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Cents = Annotated[int, Field(strict=True, ge=0, le=100_000_000_000)]
FilledChannel = Literal[Channel.SITE, Channel.CUSTOMER_AREA, Channel.PANEL]
"""Where a storefront fills a cart: an order of channel AUTOMATIC places itself (R43)."""
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def is_instant(text: str) -> bool:
    """Tell whether a text is an instant as in RFC 3339, of a day that there is."""
    try:
        return _RFC_3339.fullmatch(text) is not None and datetime.fromisoformat(text.upper()).tzinfo is not None
    except ValueError:
        return False


def _written(value: Any) -> Any:
    """Refuse what only looks like an instant to pydantic: a number of seconds, a date, a time without zone."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise ValueError("an instant as in RFC 3339 is needed, with its zone")


Instant = Annotated[AwareDatetime, BeforeValidator(_written)]


class Body(BaseModel):
    """Refuse unknown fields: a storefront's typing error must not be read as a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Address(Body):
    """Where a firm has its seat, as a fiscal document states it (R44)."""

    street: Name
    number: Annotated[Name, StringConstraints(max_length=20)]
    postal_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{1,9}$")]
    city: Name
    province: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Customer(Body):
    """Who buys, in the clear."""

    customer_id: Id
    kind: BuyerKind
    citizenship: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "IT"
    name: Name
    email: EmailAddress
    vat_number: Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z0-9 .-]*$")] | None = None
    tax_code: Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z0-9 .-]*$")] | None = None
    locale: Locale = Locale.IT
    address: Address | None = None
    recipient_code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{7}$")] | None = None
    certified_email: EmailAddress | None = None


class KnownCustomer(Body):
    """Who buys, by their id alone: kind, identifiers and contact are those that their last order said."""

    customer_id: Id


def _in_its_form(value: Any, _: ValidatorFunctionWrapHandler) -> Customer | KnownCustomer:
    """Read a customer in the one form that was meant, so that what is wrong is told of that form alone."""
    is_id_alone = isinstance(value, KnownCustomer) or (isinstance(value, dict) and value.keys() == {"customer_id"})
    return KnownCustomer.model_validate(value) if is_id_alone else Customer.model_validate(value)


WhoBuys = Annotated[Customer | KnownCustomer, WrapValidator(_in_its_form)]


class Line(Body):
    """One product of a cart."""

    product: Product
    action: LineAction = LineAction.ACTIVATE
    years: Annotated[int, Field(strict=True, ge=1, le=10)] = 1

    @field_validator("years")
    @classmethod
    def _more_than_one_only_renews(cls, years: int, info: ValidationInfo) -> int:
        if years > 1 and info.data.get("action") is LineAction.ACTIVATE:
            raise ValueError("an activation is for one year; only RENEW takes more")
        return years


class OrderSubmitted(Body):
    """A storefront submitted a cart."""

    EVENT_TYPE: ClassVar[str] = "storefront.OrderSubmitted.v1"

    order_id: Id
    storefront: Storefront
    channel: FilledChannel
    customer: WhoBuys
    lines: Annotated[list[Line], Field(max_length=20)]
    extend_active_services: Annotated[bool, Field(strict=True)] = True
    use_credit: Annotated[bool, Field(strict=True)] = False
    expected_total_cents: Cents | None = None
    submitted_at: Instant | None = None


class Payment(Body):
    """What a payment's HTTP body says; the order stands in the path."""

    payment_source: Id
    payment_id: Id
    amount_cents: Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]
    currency: Literal["EUR"]
    method: PaymentMethod
    received_at: Instant | None = None
    customer_id: Id | None = None


class OrderPayment(Payment):
    """What a signed report's HTTP body says: a payment and its order."""

    order_id: Id


class PaymentReceived(OrderPayment):
    """A storefront or bank tells of money that arrived for an order."""

    EVENT_TYPE: ClassVar[str] = "storefront.PaymentReceived.v1"

    customer_id: Id = Field(description="Who ordered: the record's key. Over HTTP the order names the customer.")


class Cancellation(Body):
    """What a cancellation's HTTP body says."""

    reason: Literal["CUSTOMER_REQUEST"] = "CUSTOMER_REQUEST"


class OrderCancellationRequested(Cancellation):
    """A storefront asks to cancel an order that is not settled yet."""

    EVENT_TYPE: ClassVar[str] = "storefront.OrderCancellationRequested.v1"

    order_id: Id
    customer_id: Id


class PaymentChargedBack(Body):
    """A storefront or bank tells that a payment was charged back: its money is gone again."""

    EVENT_TYPE: ClassVar[str] = "storefront.PaymentChargedBack.v1"

    payment_source: Id
    payment_id: Id
    order_id: Id
    customer_id: Id = Field(description="Who paid: the record's key.")
    amount_cents: Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)] = Field(
        description="The whole payment, as it was reported."
    )
    chargeback_id: Id | None = Field(
        default=None, description="Of the bank's case: tells a second chargeback of one payment from the first."
    )
    why: Reason = "the bank charged it back"


INTAKE = (OrderSubmitted, PaymentReceived, OrderCancellationRequested, PaymentChargedBack)
