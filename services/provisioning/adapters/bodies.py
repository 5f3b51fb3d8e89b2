"""What do the panel's and the operators' requests say, and the answers?"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, SecretStr, StringConstraints

from runtime.web import Next, WrittenAnswer, example
from runtime.web.operators import EVENT
from schemas.payments import MoneyDestination
from schemas.storefront import Body
from schemas.text import EmailAddress, Entry, Reason, tidied_form
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, ActivationOrigin, Family, Product, ServiceStatus
from services.provisioning.domain.owned import OwnedService

Text = Annotated[Entry, StringConstraints(max_length=500)]
Fields = Annotated[
    dict[Annotated[Entry, StringConstraints(max_length=64)], Any], Field(max_length=50), AfterValidator(tidied_form)
]


class SignInBody(Body):
    """A sign-in at the panel."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"username": "U12345670017", "password": "a temporary password"}}
    )

    username: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: SecretStr = Field(min_length=1, max_length=1024)


class SignInAnswer(BaseModel):
    """An open session, and what must be done first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "session_token": "WyJjLTEiLDFd.c2lnbmF0dXJl",
                "expires_at": "2026-01-15T17:00:00Z",
                "must_change_password": True,
                "must_complete_configuration": True,
            }
        }
    )

    session_token: str
    expires_at: datetime
    must_change_password: bool
    must_complete_configuration: bool


class NewPasswordBody(Body):
    """A password of the customer's own."""

    model_config = ConfigDict(json_schema_extra={"example": {"new_password": "four words of my own"}})

    new_password: SecretStr = Field(max_length=4096)


class Delivery(Body):
    """Where invoices are delivered: one of both."""

    recipient_code: Annotated[str, StringConstraints(max_length=7, pattern=r"^[A-Za-z0-9]*$")] | None = None
    certified_email: EmailAddress | Literal[""] | None = None

    @property
    def is_given(self) -> bool:
        """Say whether either is there."""
        return bool(self.recipient_code or self.certified_email)


class ConfigurationBody(Body):
    """The service's configuration; which sections are required, the catalogue says."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "company": {"name": "Rossi Srl"},
                "fiscal_regime": "RF01",
                "delivery": {"recipient_code": "ABC1234"},
                "address": {"street": "Via Roma 1", "postal_code": "50100", "town": "Firenze", "country": "IT"},
            }
        }
    )

    company: Fields | None = None
    fiscal_regime: Text | None = None
    delivery: Delivery | None = None
    address: Fields | None = None

    def sections(self) -> dict[str, Any]:
        """Return the sections that say something."""
        sections: dict[str, Any] = {
            "company": self.company,
            "fiscal_regime": (self.fiscal_regime or "").strip(),
            "delivery": self.delivery.model_dump(exclude_none=True)
            if self.delivery and self.delivery.is_given
            else None,
            "address": self.address,
        }
        return {name: content for name, content in sections.items() if content}


class DdtPreservationBody(Body):
    """Whether transport documents are preserved."""

    model_config = ConfigDict(json_schema_extra={"example": {"enabled": True}})

    enabled: Annotated[bool, Field(strict=True)]


class DdtPreservationAnswer(DdtPreservationBody):
    """Whether transport documents are preserved from now on."""


_SERVICE: dict[str, JsonValue] = {
    "product": EXAMPLE_BASE,
    "variant": EXAMPLE_BASE,
    "status": "ACTIVE",
    "activated_on": "2026-01-15",
    "expires_on": "2027-01-15",
    "origin": "BUNDLED",
    "ddt_preservation": False,
}


class ServiceAnswer(BaseModel):
    """A service of a customer."""

    product: Product | Family = Field(description="An add-on's product; for a base its family.")
    variant: Product = Field(description="The product that was bought.")
    status: ServiceStatus
    activated_on: date
    expires_on: date
    origin: ActivationOrigin
    ddt_preservation: bool

    @classmethod
    def of(cls, owned: OwnedService) -> Self:
        """Show a service's row."""
        return cls(
            product=owned.family if owned.is_base else owned.product,
            variant=owned.product,
            status=owned.status,
            activated_on=owned.activated_on,
            expires_on=owned.expires_on,
            origin=owned.origin,
            ddt_preservation=owned.ddt_preservation,
        )


class ServicesAnswer(BaseModel):
    """All services of a customer; none for an unknown one."""

    model_config = ConfigDict(json_schema_extra={"example": example({"services": [_SERVICE], "next": None})})

    services: list[ServiceAnswer]
    next: Next = None

    @classmethod
    def of(cls, rows: Iterable[OwnedService], on: str | None) -> Self:
        """Show a customer's rows, and where they go on."""
        return cls(services=views(rows), next=on)


class CancelBody(Body):
    """Why a service is cancelled; it stands in the log for ever, so nothing personal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "The customer wrote so."}]})

    why: Reason | None = None


class EndBody(Body):
    """On which day a service ends, why, and where the money goes of which nothing is used."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"on": "2026-05-20", "why": "The firm closes.", "money": "TO_CREDIT"}]}
    )

    on: date
    why: Reason
    money: MoneyDestination


class WrittenServicesAnswer(WrittenAnswer):
    """What a call wrote, or would, and all services of the customer as they are now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dry_run": True, "events": [EVENT], "services": [_SERVICE]}]}
    )

    services: list[ServiceAnswer]


class PanelServicesAnswer(BaseModel):
    """What the panel shows of a customer's services, and the add-ons on sale for them."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"customer_id": "c-1", "services": [_SERVICE], "can_add": [EXAMPLE_ADD_ON]}}
    )

    customer_id: str
    services: list[ServiceAnswer]
    can_add: list[Product]


def views(rows: Iterable[OwnedService]) -> list[ServiceAnswer]:
    """Show each base before its add-ons; of a family's bases the one that lives, else the last."""
    owned = list(rows)
    last = {base.family: base for base in sorted(filter(_is_base, owned), key=_age)}
    shown = [service for service in owned if not service.is_base or last[service.family] == service]
    return [ServiceAnswer.of(service) for service in sorted(shown, key=_place)]


def _is_base(owned: OwnedService) -> bool:
    return owned.is_base


def _age(owned: OwnedService) -> tuple[bool, date]:
    return owned.is_alive, owned.activated_on


def _place(owned: OwnedService) -> tuple[Family, bool, date, Product]:
    return owned.family, not owned.is_base, owned.activated_on, owned.product


class ReissueAnswer(BaseModel):
    """New credentials are on their way by mail."""

    model_config = ConfigDict(json_schema_extra={"example": {"credential_id": "0b0f4e0e-3b4f-5c0e-9f0e-2f6a5d1c7b21"}})

    credential_id: str


class CredentialAnswer(BaseModel):
    """What became of a temporary password."""

    model_config = ConfigDict(from_attributes=True)

    credential_id: str
    customer_id: str
    order_id: str | None
    expires_at: datetime
    reissued: bool
    status: str
    failure: str | None
    void_reason: str | None


_CREDENTIAL: dict[str, JsonValue] = {
    "credential_id": "5b0d1f6e-3c1a-5f0f-8a53-0d9f6f1f2b11",
    "customer_id": "c-1",
    "order_id": "o-1",
    "expires_at": "2026-01-18T09:00:00Z",
    "reissued": False,
    "status": "SENT",
    "failure": None,
    "void_reason": None,
}


class CredentialsAnswer(BaseModel):
    """Temporary passwords, without the passwords."""

    model_config = ConfigDict(json_schema_extra={"examples": [example({"credentials": [_CREDENTIAL], "next": None})]})

    credentials: list[CredentialAnswer]
    next: Next = None
