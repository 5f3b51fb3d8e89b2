"""Who is the provider, as customers see it in their mails? Name, colour, addresses, and where to pay."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from stdnum import iban
from stdnum.exceptions import ValidationError as NoNumber

EXAMPLE_IBAN = "IT60X0542811101000000123456"
"""The one that every handbook prints: money sent there would reach nobody we know."""

_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f]+$")]
_Address = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$"), AfterValidator(lambda address: address.rstrip("/"))
]


def _iban(text: str) -> str:
    try:
        return str(iban.validate(text))
    except NoNumber:
        raise ValueError("is no IBAN: its check digits, its length or its country are wrong") from None


class ProviderSettings(BaseModel):
    """What customers are told of the provider."""

    provider_name: _Line | None = Field(None, description="The provider's name, as customers know it.")
    provider_colour: str | None = Field(
        None, pattern=r"^#[0-9a-fA-F]{6}$", description="The colour of the mails' head and buttons: #rrggbb."
    )
    provider_website: _Address | None = Field(None, description="The provider's website.")
    provider_address: _Line | None = Field(None, description="The provider's postal address, on one line.")
    support_contact: _Line | None = Field(
        None, description="Whom customers ask: a mail address, a telephone number or an https address."
    )
    customer_area_url: _Address | None = Field(
        None, description="Where mails send customers to look at their orders and pay: …/orders/{order_id}."
    )
    panel_url: _Address | None = Field(None, description="Where mails send customers to sign in.")
    iban: Annotated[str, AfterValidator(_iban)] | None = Field(None, description="The account that customers pay to.")
    beneficiary: _Line | None = Field(None, description="Whose account that is.")
