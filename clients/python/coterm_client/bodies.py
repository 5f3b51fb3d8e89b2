"""What does a storefront send? Checked here as it is checked there, so that a typing error never leaves the process."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from coterm_client.words import BuyerKind, Channel, LineAction, Locale, PaymentMethod, Product

# Controls, line breaks and marks of direction; then what shows nothing. As the services refuse them in a name.
_BREAKING = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ufffe\uffff"
_UNSEEN = (
    r"\x20\xa0\xad\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200d\u202f\u205f-\u2065\u2800\u3000\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0"
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=f"^[^{_BREAKING}]*[^{_BREAKING}{_UNSEEN}][^{_BREAKING}]*$"),
]
EmailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+([A-Za-z0-9][A-Za-z0-9-]{{0,61}})?[A-Za-z]$",
    ),
]
Identifier = Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z0-9 .-]*$")]
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _written(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise ValueError("an instant as in RFC 3339 is needed, with its zone")


Instant = Annotated[AwareDatetime, BeforeValidator(_written)]


class Body(BaseModel):
    """Refuse unknown fields, as the services do."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def written(self) -> dict[str, Any]:
        """Return it as JSON values; what was left out stays out."""
        return self.model_dump(mode="json", exclude_none=True)


class Address(Body):
    """Where a firm has its seat, as a fiscal document states it."""

    street: Name
    number: Annotated[Name, StringConstraints(max_length=20)]
    postal_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{1,9}$")]
    city: Name
    province: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Customer(Body):
    """Who buys. `customer_id` is the storefront's own and stays the same for ever."""

    customer_id: Id
    kind: BuyerKind
    citizenship: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "IT"
    name: Name
    email: EmailAddress
    vat_number: Identifier | None = None
    tax_code: Identifier | None = None
    locale: Locale = Locale.IT
    address: Address | None = None
    recipient_code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{7}$")] | None = None
    certified_email: EmailAddress | None = None


class KnownCustomer(Body):
    """A customer on record: who they are, and how to reach them, stays as it is known."""

    customer_id: Id


class Line(Body):
    """One product of a cart; only RENEW takes more than one year."""

    product: Product
    action: LineAction = LineAction.ACTIVATE
    years: Annotated[int, Field(strict=True, ge=1, le=10)] = 1

    @model_validator(mode="after")
    def _more_than_one_only_renews(self) -> Self:
        if self.years > 1 and self.action is LineAction.ACTIVATE:
            raise ValueError("an activation is for one year; only RENEW takes more")
        return self


class Cart(Body):
    """An order to be placed. Choose its id once, keep it before it is sent, and send it again under the same id."""

    EVENT_TYPE: ClassVar[str] = "storefront.OrderSubmitted.v1"

    order_id: Id
    storefront: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    channel: Literal[Channel.SITE, Channel.CUSTOMER_AREA, Channel.PANEL]
    customer: Customer | KnownCustomer
    lines: Annotated[list[Line], Field(max_length=20)]
    extend_active_services: Annotated[bool, Field(strict=True)] = True
    use_credit: Annotated[bool, Field(strict=True)] = False
    expected_total_cents: Annotated[int, Field(strict=True, ge=0, le=100_000_000_000)] | None = None
    submitted_at: Instant | None = None


class Payment(Body):
    """Money that arrived. (payment_source, payment_id) is its identity: never use it for other money."""

    payment_source: Id
    payment_id: Id
    amount_cents: Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]
    currency: Literal["EUR"] = "EUR"
    method: PaymentMethod
    received_at: Instant | None = None
    customer_id: Id | None = None


class PaymentOfOrder(Payment):
    """The same with its order: for the signed webhook, and for Kafka, where `customer_id` is needed too."""

    EVENT_TYPE: ClassVar[str] = "storefront.PaymentReceived.v1"

    order_id: Id


class CancellationOfOrder(Body):
    """A customer's request to cancel an unsettled order, for Kafka."""

    EVENT_TYPE: ClassVar[str] = "storefront.OrderCancellationRequested.v1"

    order_id: Id
    customer_id: Id
    reason: Literal["CUSTOMER_REQUEST"] = "CUSTOMER_REQUEST"
