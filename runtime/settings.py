"""What may an operator set, and what does each service need? COTERM_… variables, or files that hold their values."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from runtime.environment import PREFIX, blank
from runtime.errors import SettingsRefused
from runtime.provider_settings import EXAMPLE_IBAN, ProviderSettings
from runtime.webhook_settings import WebhookSecret, WebhookSettings
from schemas.catalogue import versions_stand_in

_HEX_32 = r"^[0-9a-fA-F]{64}$"
_KeyHashes = dict[str, Annotated[str, Field(pattern=_HEX_32)]]
_Port = Annotated[int, Field(ge=0, le=65535)]

_KEYRING = ("keyring_dsn", "keyring_master_key", "lookup_key")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": (*_KEYRING, "storefront_keys", "webhook_secrets"),
    "billing": ("storefront_keys",),
    "provisioning": (*_KEYRING, "handover_public_key"),
    "notifications": (*_KEYRING, "handover_private_key", "smtp_host", "mail_from", *ProviderSettings.model_fields),
}
"""What a service can't start without, besides Kafka, its database and the operators' keys."""

PORTS: Mapping[str, int] = {"orders": 8101, "billing": 8102, "provisioning": 8103, "notifications": 8104}


class _NamedFiles(PydanticBaseSettingsSource):
    """Read COTERM_<NAME>_FILE: the path of a file whose content is the value of COTERM_<NAME>."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text().strip(), field_name, self.field_is_complex(field)
        except OSError as error:
            raise SettingsRefused(f"{PREFIX}{field_name.upper()}_FILE can't be read: {error.strerror}") from error

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, is_complex = self.get_field_value(field, name)
            if value is not None:
                try:
                    found[key] = self.prepare_field_value(name, field, value, is_complex)
                except ValueError as error:
                    raise SettingsRefused(f"{PREFIX}{name.upper()}_FILE holds no JSON") from error
        return found


class Settings(ProviderSettings, WebhookSettings, BaseSettings):
    """Everything that a process takes from outside. Secrets show as asterisks wherever they are printed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    env: Literal["development", "test", "production"] = Field(
        "development", description="Production refuses a clock file."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged.")
    data_dir: Path = Field(Path(".run/data"), description="Where the process may write files of its own.")
    clock_file: Path | None = Field(None, description="A file with an RFC 3339 instant that replaces the clock.")
    catalogue_folder: Path | None = Field(
        None, description="Where the catalogue's versions stand, if not those of the package are meant."
    )
    endpoints: Path | None = Field(
        None, description="The file that describes the system to an operator's command, outside a local stack."
    )

    kafka: str = Field("", description="The brokers: host:port, comma-separated.")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field("PLAINTEXT", description="How to speak to Kafka.")
    kafka_username: str | None = Field(None, description="The SCRAM-SHA-512 user, one per service.")
    kafka_password: SecretStr | None = Field(None, description="The SCRAM user's password.")
    kafka_ca_file: Path | None = Field(
        None, description="The certificate authority that signed the brokers' certificates."
    )
    namespace: str = Field(
        "", pattern=r"^[a-z0-9.-]*$", description="Put before topic and group names: for shared brokers."
    )

    instance: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,60}$",
        description="This instance's name, if it keeps one over restarts: its partitions then wait for it.",
    )

    postgres_dsn: SecretStr = Field(SecretStr(""), description="The service's database, as its app role.")
    postgres_owner_dsn: SecretStr | None = Field(None, description="The same, as the role that migrates.")
    postgres_rebuilder_dsn: SecretStr | None = Field(None, description="The same, as the role that rebuilds.")

    keyring_dsn: SecretStr | None = Field(None, description="The database of the keys per customer, as its app role.")
    keyring_owner_dsn: SecretStr | None = Field(None, description="The same, as the role that migrates.")
    keyring_master_key: SecretStr | None = Field(None, description="32 bytes in hex: wraps the keys per customer.")
    lookup_key: SecretStr | None = Field(
        None, description="32 bytes in hex: hashes what is looked up, the same for all."
    )

    http_host: str = Field("127.0.0.1", description="The address to listen on.")
    http_port: _Port = Field(0, description="The port to listen on; the service's own (8101 to 8104) if not set.")
    trusted_proxies: list[IPv4Network | IPv6Network] = Field(
        [], description='Whose X-Forwarded-For counts: ["10.0.0.0/8"].'
    )
    http_rate_per_second: float = Field(1000.0, gt=0, description="Requests a second that one API key may make.")
    http_rate_burst: int = Field(2000, ge=1, description="Requests that one API key may make at once.")
    api_keys_file: Path | None = Field(
        None, description="The file in which `coterm keys` keeps API keys; read again when it changes."
    )
    storefront_keys: _KeyHashes = Field({}, description='Storefronts\' API keys: {"name": "SHA-256 in hex"}.')
    operator_keys: _KeyHashes = Field({}, description='Operators\' API keys: {"name": "SHA-256 in hex"}.')
    webhook_secrets: list[WebhookSecret] = Field(
        [], description='Standard Webhooks secrets: ["whsec_…"], any may have signed.'
    )

    handover_public_key: str | None = Field(None, pattern=_HEX_32, description="Seals passwords for notifications.")
    handover_private_key: SecretStr | None = Field(None, description="Opens them; notifications alone has it.")
    username_prefix: str = Field("U", pattern=r"^[A-Za-z0-9]{0,8}$", description="What panel user names begin with.")

    smtp_host: str | None = Field(None, description="The mail server.")
    smtp_port: _Port = Field(587, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field("starttls", description="How to speak to it.")
    smtp_username: str | None = Field(None, description="Its user, if it asks for one.")
    smtp_password: SecretStr | None = Field(None, description="That user's password.")
    smtp_timeout: float = Field(20.0, gt=0, description="Seconds to wait for the mail server.")
    mail_from: str | None = Field(None, description="Who mails come from: Name <address>.")
    web_secret: SecretStr | None = Field(None, min_length=32, description="The shop's: signs the links in mails.")

    failpoint: str | None = Field(
        None, pattern=r"^[a-z_.]+(:[1-9][0-9]*)?$", description="Where tests end the process: name, or name:times."
    )
    batch_size: int = Field(500, ge=1, le=5000, description="Inputs that share a transaction at most.")
    acknowledge_seconds: float = Field(5.0, gt=0, description="How long an answer waits for Kafka before it is a 202.")
    deadline_poll_seconds: float = Field(1.0, gt=0, description="How often deadlines are looked at.")
    gather_seconds: float = Field(
        0.2, ge=0, le=5, description="How long what nobody waits for may gather, to share a fetch and a transaction."
    )
    scrub_accounts_per_minute: float = Field(
        6.0, ge=0, le=6000, description="Accounts that are folded again and compared; 0: none."
    )

    @field_validator("keyring_master_key", "lookup_key", "handover_private_key")
    @classmethod
    def _is_32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                size = len(bytes.fromhex(value.get_secret_value()))
            except ValueError:
                raise ValueError("must be hex") from None
            if size != 32:
                raise ValueError(f"must be 32 bytes in hex, not {size}")
        return value

    @model_validator(mode="after")
    def _production_is_strict(self) -> "Settings":
        if self.kafka_security == "SASL_SSL" and not (self.kafka_username and self.kafka_password):
            raise ValueError("COTERM_KAFKA_SECURITY=SASL_SSL needs COTERM_KAFKA_USERNAME and COTERM_KAFKA_PASSWORD")
        if self.env == "production":
            if self.clock_file is not None:
                raise ValueError("COTERM_CLOCK_FILE is for tests and drills: refused in production")
            if self.failpoint is not None:
                raise ValueError("COTERM_FAILPOINT ends the process in tests: refused in production")
            if "0" * 64 in {_value(self.keyring_master_key), _value(self.lookup_key)}:
                raise ValueError("COTERM_KEYRING_MASTER_KEY and COTERM_LOOKUP_KEY: the example's zeros are no secret")
            if self.smtp_host is not None and self.smtp_security == "none":
                raise ValueError("COTERM_SMTP_SECURITY=none sends passwords in the clear: refused in production")
            if self.iban == EXAMPLE_IBAN:
                raise ValueError("COTERM_IBAN: the example's account is nobody's")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over named files, and these over the files of COTERM_SECRETS_DIR."""
        return init_settings, env_settings, _NamedFiles(settings_cls), file_secret_settings


def load(service: str | None = None) -> Settings:
    """Read the environment for a service, or for a tool (None), which is asked for nothing.

    A folder named by COTERM_SECRETS_DIR may hold values in files named like the variables, in small letters
    (`coterm_lookup_key`). Raises SettingsRefused, saying what to change, never a value.
    """
    try:
        settings = Settings(_secrets_dir=_secrets_dir())
    except (ValidationError, SettingsError) as error:
        raise SettingsRefused(_explain(error)) from error
    if settings.catalogue_folder is not None:
        _find_catalogue_in(settings.catalogue_folder)
    for name in unknown_variables(os.environ):
        structlog.get_logger().warning("unknown setting", action="settings.unknown", variable=name)
    if service is None:
        return settings
    _require(settings, service)
    return settings if settings.http_port else settings.model_copy(update={"http_port": PORTS.get(service, 0)})


def _find_catalogue_in(folder: Path) -> None:
    if not any(folder.glob("*.json")):
        raise SettingsRefused(f"COTERM_CATALOGUE_FOLDER names no folder with a version of the catalogue: {folder}")
    versions_stand_in(folder)


def variables() -> list[str]:
    """Name every variable that is read, but for the _FILE form of each."""
    return [f"{PREFIX}{name.upper()}" for name in Settings.model_fields] + [f"{PREFIX}SECRETS_DIR"]


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Name the COTERM_ variables of an environment that nothing reads: mistypings, mostly."""
    known = {*variables(), *(f"{name}_FILE" for name in variables())}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def forget(*names: str) -> None:
    """Take settings out of this process's environment, also as the system shows it: what only a start needs."""
    for name in (f"{PREFIX}{name.upper()}" for name in names):
        if name in os.environ:
            blank(name)
            del os.environ[name]


def _secrets_dir() -> str | None:
    folder = os.environ.get(f"{PREFIX}SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        raise SettingsRefused(f"COTERM_SECRETS_DIR names no folder: {folder}")
    return folder or None


_IN_KEYS_FILE = ("storefront_keys", "operator_keys")
"""What the file of API keys may hold instead."""


def _require(settings: Settings, service: str) -> None:
    missing = [
        f"{PREFIX}{name.upper()}"
        for name in ("kafka", "postgres_dsn", "operator_keys", *NEEDS.get(service, ()))
        if not _is_set(getattr(settings, name)) and not (name in _IN_KEYS_FILE and settings.api_keys_file)
    ]
    if missing:
        raise SettingsRefused(f"{service} needs {', '.join(missing)} (see deploy/.env.example)")


def _value(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _is_set(value: Any) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _explain(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return f"{error} (keys and webhook secrets are JSON)"
    reasons = []
    for problem in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in problem["loc"][1:])
        name = f"{PREFIX}{str(problem['loc'][0]).upper()}{f' ({place})' if place else ''}: " if problem["loc"] else ""
        reasons.append(f"{name}{problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(reasons)
