"""Who outside is told of events, where, and how is it signed? The endpoints of COTERM_WEBHOOKS."""

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

SECRET_BYTES = 24
"""What Standard Webhooks ask for; of an empty one everybody could sign."""
EVERY_STOREFRONT = "*"

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


def is_secret(text: str) -> bool:
    """Tell whether a text is a Standard Webhooks secret: whsec_ and base64 of enough bytes."""
    prefix, _, encoded = text.partition("_")
    try:
        return prefix == "whsec" and len(base64.b64decode(encoded, validate=True)) >= SECRET_BYTES
    except (binascii.Error, ValueError):
        return False


def _secret(value: SecretStr) -> SecretStr:
    if not is_secret(value.get_secret_value()):
        raise ValueError(f"must be whsec_ and base64 of at least {SECRET_BYTES} bytes")
    return value


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError("must be http(s)://host/path, without user and fragment")
    parts.port  # noqa: B018 - raises ValueError for what is no port
    return text


WebhookSecret = Annotated[SecretStr, AfterValidator(_secret)]


class Webhook(BaseModel):
    """One endpoint: whose events it is sent, where, under which secret, and which types of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    storefront: Annotated[str, Field(min_length=1, max_length=100)]
    """The storefront of whose orders and customers it is told; `*` is every one, the provider's own."""
    url: Annotated[str, Field(max_length=2000, pattern=r"^[!-~]+$"), AfterValidator(_url)]
    secret: WebhookSecret
    previous_secret: WebhookSecret | None = None
    """Signs beside the other while it is rotated."""
    types: tuple[str, ...] = ()
    """`orders.OrderPlaced.v1` and the like; none given: every public event."""

    def wants(self, event_type: str) -> bool:
        """Tell whether it is sent events of a public type."""
        return not self.types or event_type in self.types


class WebhookSettings(BaseModel):
    """Who outside is told of events."""

    webhooks: list[Webhook] = Field(
        [],
        description='Who is told of events: [{"name", "storefront" ("*": all), "url", "secret", "types"}].',
    )

    @model_validator(mode="after")
    def _each_has_a_name_of_its_own(self) -> "WebhookSettings":
        names = [webhook.name for webhook in self.webhooks]
        if len(set(names)) != len(names):
            raise ValueError("COTERM_WEBHOOKS: two have one name")
        if getattr(self, "env", None) == "production":
            for webhook in self.webhooks:
                if not is_outside(webhook.url):
                    raise ValueError(f"COTERM_WEBHOOKS: {webhook.name} must be https and no private address")
        return self


def is_outside(url: str) -> bool:
    """Tell whether an address is https and, as far as it says itself, none of ours; its name is resolved later."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and not f".{host}".endswith((".localhost", ".local", ".internal"))
