"""Which settings does each service get, and no more than it needs?

What already stands in the environment wins, so that a broker or a database that runs elsewhere is used when it is
named.
"""

import json
import os
from collections.abc import Iterator

from deploy.local import postgres
from deploy.local.layout import HOST, SCREENS, SERVICES, Layout
from deploy.local.secrets import Secrets
from runtime.provider_settings import EXAMPLE_IBAN

_WHERE_SET = (
    "COTERM_LOG_LEVEL", "COTERM_CATALOGUE_FOLDER", "COTERM_HTTP_RATE_PER_SECOND", "COTERM_HTTP_RATE_BURST",
    "COTERM_TRUSTED_PROXIES", "COTERM_BATCH_SIZE",
    "COTERM_ACKNOWLEDGE_SECONDS", "COTERM_DEADLINE_POLL_SECONDS", "COTERM_GATHER_SECONDS",
    "COTERM_SCRUB_ACCOUNTS_PER_MINUTE",
)  # fmt: skip
"""What every service has a default for: given only where the environment says something else."""
_KAFKA_ELSEWHERE = (
    "COTERM_KAFKA_SECURITY", "COTERM_KAFKA_USERNAME", "COTERM_KAFKA_PASSWORD", "COTERM_KAFKA_CA_FILE"
)  # fmt: skip
_PROVIDER = {
    "COTERM_PROVIDER_NAME": "Coterm Servizi",
    "COTERM_PROVIDER_COLOUR": "#0b5c7a",
    "COTERM_PROVIDER_WEBSITE": "https://www.coterm.example",
    "COTERM_PROVIDER_ADDRESS": "Via Roma 1, 00184 Roma",
    "COTERM_SUPPORT_CONTACT": "servizio@coterm.example",
    "COTERM_CUSTOMER_AREA_URL": "https://area.coterm.example",
    "COTERM_PANEL_URL": "https://panel.coterm.example",
    "COTERM_IBAN": EXAMPLE_IBAN,
    "COTERM_BENEFICIARY": "Coterm Servizi Srl",
}
"""The provider of the trials."""
_MAIL_WHERE_SET = ("COTERM_WEBHOOKS", "COTERM_SMTP_USERNAME", "COTERM_SMTP_PASSWORD", "COTERM_SMTP_TIMEOUT", *_PROVIDER)
_KEEPS_PERSONAL_DATA = frozenset({"orders", "provisioning", "notifications"})


def admin_dsn(layout: Layout, secrets: Secrets) -> str:
    """Name the PostgreSQL to use: the one in COTERM_POSTGRES_ADMIN_DSN, else ours."""
    return os.environ.get("COTERM_POSTGRES_ADMIN_DSN") or postgres.admin_dsn(layout, secrets)


def kafka(layout: Layout) -> str:
    """Name the Kafka to use: the one in COTERM_KAFKA, else ours."""
    return os.environ.get("COTERM_KAFKA") or layout.address("kafka")


def of_service(layout: Layout, secrets: Secrets, service: str) -> dict[str, str]:
    """Write one service's environment."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    own = {**dict(_open(layout, service)), **dict(secret(secrets, service, admin_dsn(layout, secrets)))}
    asked = [*own, *_WHERE_SET]
    if "COTERM_KAFKA" in os.environ:
        asked += _KAFKA_ELSEWHERE
    if service == "notifications":
        asked += _MAIL_WHERE_SET
    return {**inherited, **own, **{name: os.environ[name] for name in asked if name in os.environ}}


def _open(layout: Layout, service: str) -> Iterator[tuple[str, str]]:
    """Write the settings that hold no secret."""
    yield "PYTHONUNBUFFERED", "1"
    yield "COTERM_ENV", "development"
    yield "COTERM_KAFKA", kafka(layout)
    yield "COTERM_NAMESPACE", ""
    yield "COTERM_INSTANCE", f"local-{layout.ports[service]}"
    yield "COTERM_HTTP_HOST", HOST
    yield "COTERM_HTTP_PORT", str(layout.ports[service])
    if layout.has_clock:
        yield "COTERM_CLOCK_FILE", str(layout.clock)
        # Whoever sets the clock waits for all that comes of it: it is looked at soon, and nothing waits for more.
        yield "COTERM_DEADLINE_POLL_SECONDS", "0.2"
        yield "COTERM_GATHER_SECONDS", "0"
    yield "COTERM_DATA_DIR", str(layout.run / "data" / service)
    yield "COTERM_API_KEYS_FILE", str(layout.run / "api-keys.json")
    if service == "provisioning":
        yield "COTERM_USERNAME_PREFIX", "U"
    if service == "notifications":
        yield "COTERM_SMTP_HOST", HOST
        yield "COTERM_SMTP_PORT", str(layout.ports["smtp"])
        yield "COTERM_SMTP_SECURITY", "none"
        yield "COTERM_MAIL_FROM", "Servizio clienti <servizio@coterm.example>"
        yield from _PROVIDER.items()
        yield "COTERM_CUSTOMER_AREA_URL", layout.url("shop")
        yield "COTERM_PANEL_URL", layout.url("panel")


def of_screen(layout: Layout, secrets: Secrets, screen: str) -> dict[str, str]:
    """Write one screen's environment: the desk finds the system where `coterm` does, the others know the services."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    own = {"PYTHONUNBUFFERED": "1"}
    if screen == "desk":
        known = {"DESK_SECRET": secrets["desk-secret"], "COTERM_ENDPOINTS": str(layout.endpoints)}
        return {**inherited, **own, **known, "DESK_PORT": str(layout.ports[screen])}
    own[f"COTERM_{screen.upper()}_PORT"] = str(layout.ports[screen])
    own |= {f"COTERM_{service.upper()}_URL": layout.url(service) for service in SERVICES}
    own |= {
        **_PROVIDER,
        "COTERM_WEB_SECRET": secrets["web-secret"],
        "COTERM_PANEL_URL": layout.url("panel"),
        "COTERM_SHOP_URL": layout.url("shop"),
        "COTERM_CLOCK_FILE": str(layout.clock),
    }
    if screen == "shop":
        own |= {"COTERM_SHOP_KEY": secrets["storefront-key"], "COTERM_WEBHOOK_SECRET": secrets["webhook-secret"]}
    return {**inherited, **own}


def secret(secrets: Secrets, service: str, admin: str) -> Iterator[tuple[str, str]]:
    """Write the settings that hold secrets, for the server that `admin` names."""
    databases = postgres.addresses(admin, secrets)
    yield "COTERM_POSTGRES_DSN", databases[service]["app"]
    yield "COTERM_POSTGRES_OWNER_DSN", databases[service]["owner"]
    yield "COTERM_OPERATOR_KEYS", secrets.hashed("operator", "operator-key")
    # Where a storefront's key opens nothing it must still be known, to be refused with 403, not 401.
    yield "COTERM_STOREFRONT_KEYS", secrets.hashed("*", "storefront-key")
    if service in _KEEPS_PERSONAL_DATA:
        yield "COTERM_KEYRING_DSN", databases["keyring"]["app"]
        yield "COTERM_KEYRING_OWNER_DSN", databases["keyring"]["owner"]
        yield "COTERM_KEYRING_MASTER_KEY", secrets["keyring-master-key"]
        yield "COTERM_LOOKUP_KEY", secrets["lookup-key"]
    if service == "orders":
        yield "COTERM_WEBHOOK_SECRETS", json.dumps([secrets["webhook-secret"]])
    if service == "provisioning":
        yield "COTERM_HANDOVER_PUBLIC_KEY", secrets.handover_public_key()
    if service == "notifications":
        yield "COTERM_HANDOVER_PRIVATE_KEY", secrets["handover-private-key"]
        yield "COTERM_WEB_SECRET", secrets["web-secret"]


def endpoints(layout: Layout, secrets: Secrets) -> dict[str, object]:
    """Describe the stack to demo, tests and operators; it holds secrets, so the file is for this user alone."""
    admin = admin_dsn(layout, secrets)
    return {
        "kafka": kafka(layout),
        "postgres": {
            "host": HOST, "port": layout.ports["postgres"], "admin": admin, **postgres.addresses(admin, secrets)
        },
        **{service: layout.url(service) for service in ("orders", "billing", "provisioning", "notifications")},
        "smtp": layout.address("smtp"),
        "maildir": str(layout.maildir),
        "mail_page": layout.url("mail"),
        "screens": {name: layout.url(name) for name in SCREENS},
        "keys": {"storefront": secrets["storefront-key"], "operator": secrets["operator-key"]},
        "webhook_secret": secrets["webhook-secret"],
        "lookup_key": secrets["lookup-key"],
        "keyring": {
            "dsn": postgres.addresses(admin, secrets)["keyring"]["app"], "master_key": secrets["keyring-master-key"]
        },
        "handover": {"public_key": secrets.handover_public_key()},
        "clock": str(layout.clock),
        "logs": str(layout.run / "logs"),
        "run": str(layout.run),
    }  # fmt: skip
