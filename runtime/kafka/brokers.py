"""Which brokers, and how does one speak to them? In the clear on loopback; over TLS, with a SCRAM user, elsewhere."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient

if TYPE_CHECKING:  # a process that folds reads no settings, and should not take the time to learn of them
    from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Secured:
    """Name brokers that want TLS, and a user with a password where one is given."""

    addresses: str
    ca_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def tls(self) -> ssl.SSLContext:
        """Trust the given authority alone, or those of the machine."""
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


Brokers = str | Secured
"""Plain addresses (host:port, comma-separated), or secured ones."""


def brokers_of(settings: "Settings") -> Brokers:
    """Read from the settings which brokers to use, and how."""
    if settings.kafka_security == "PLAINTEXT":
        return settings.kafka
    if settings.kafka_security == "SSL":
        return Secured(settings.kafka, settings.kafka_ca_file)
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    return Secured(settings.kafka, settings.kafka_ca_file, settings.kafka_username, password)


def addresses_of(brokers: Brokers) -> str:
    """Return host:port, comma-separated."""
    return brokers if isinstance(brokers, str) else brokers.addresses


def client_options(brokers: Brokers) -> dict[str, Any]:
    """Write what every client of aiokafka is given to reach the brokers."""
    if isinstance(brokers, str):
        return {"bootstrap_servers": brokers}
    options = {"bootstrap_servers": brokers.addresses, "ssl_context": brokers.tls()}
    if brokers.username is None:
        return {**options, "security_protocol": "SSL"}
    return {
        **options,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": brokers.username,
        "sasl_plain_password": brokers.password,
    }


@asynccontextmanager
async def admin_client(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client that makes and describes topics and rights."""
    admin = AIOKafkaAdminClient(**client_options(brokers))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
