"""Which settings concern what leaves? Who sends mails, by which server, with which words; who is told of events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cache
from typing import Any, Literal

from schemas.topics import TYPES

EXAMPLE_DOMAIN = "coterm.example"


@dataclass(frozen=True, slots=True)
class Provider:
    """What mails say of the provider."""

    name: str
    colour: str
    website: str
    address: str
    contact: str
    customer_area_url: str
    panel_url: str
    iban: str
    beneficiary: str

    @classmethod
    def of(cls, settings: Any) -> "Provider":
        """Read them from the process's settings, which were checked when it started."""
        return cls(
            name=settings.provider_name,
            colour=settings.provider_colour,
            website=settings.provider_website,
            address=settings.provider_address,
            contact=settings.support_contact,
            customer_area_url=settings.customer_area_url,
            panel_url=settings.panel_url,
            iban=settings.iban,
            beneficiary=settings.beneficiary,
        )


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What composing and sending a mail needs."""

    sender: str
    provider: Provider
    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    password: str | None = None
    seconds: float = 20.0
    local_hostname: str = EXAMPLE_DOMAIN
    web_secret: str | None = field(default=None, repr=False)
    """Signs the links into the customer area, as the shop reads them; None for plain addresses."""

    @classmethod
    def of(cls, settings: Any) -> "MailSettings":
        """Read them from the process's settings, which were checked when it started."""
        secret = settings.smtp_password
        return cls(
            sender=settings.mail_from,
            provider=Provider.of(settings),
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            username=settings.smtp_username,
            password=None if secret is None else secret.get_secret_value(),
            seconds=settings.smtp_timeout,
            local_hostname=mail_domain(settings),
            web_secret=None if settings.web_secret is None else settings.web_secret.get_secret_value(),
        )


def mail_domain(settings: Any) -> str:
    """Return the domain of the sender's address: Message-IDs end in it."""
    sender = getattr(settings, "mail_from", None)
    domain = parseaddr(sender or "")[1].rpartition("@")[2]
    return domain or EXAMPLE_DOMAIN


def subscribers(settings: Any) -> Callable[[str], Sequence[str]]:
    """Return what names the endpoints that are told of a type: of public events, those that want it."""
    webhooks = getattr(settings, "webhooks", ())

    @cache
    def of(event_type: str) -> tuple[str, ...]:
        model = TYPES.get(event_type)
        if model is None or model.VISIBILITY != "public":
            return ()
        return tuple(webhook.name for webhook in webhooks if webhook.wants(event_type))

    return of
