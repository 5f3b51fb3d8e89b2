"""What is sold, at which price and on which terms? An effective-dated catalogue: data, never constants in code (R7)."""

from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from schemas.vocabulary import BuyerKind, Channel, Product, ProrationMethod, PurchaseCase


class CatalogueProduct(BaseModel):
    """A product with its yearly net price and first term."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    annual_cents: int
    term_months: int
    requires: Product | None = None
    free_with: Product | None = None


class Catalogue(BaseModel):
    """One version of prices and policies. Decisions take it as an argument; a replay never reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    effective_from: date
    products: dict[Product, CatalogueProduct]
    channels: dict[PurchaseCase, tuple[Channel, ...]]
    eligible_kinds: tuple[BuyerKind, ...]
    vat_percent: int
    proration_method: ProrationMethod
    payable_days: int
    reminder_days: tuple[int, ...]
    short_residual_days: int
    grace_days: int
    credit_months: int
    temporary_password_hours: int
    configuration_sections: tuple[str, ...]
    certified_mail_domains: tuple[str, ...]
    expiry_notice_days: tuple[int, ...]
    held_payment_alert_hours: int


@cache
def _published() -> tuple[Catalogue, ...]:
    folder = files("schemas") / "catalogue_versions"
    found = [
        Catalogue.model_validate_json(entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".json")
    ]
    return tuple(sorted(found, key=lambda catalogue: catalogue.effective_from))


def catalogue_on(day: date) -> Catalogue:
    """Return the catalogue in force on a day; before the first version, the first.

    Returns the newest version whose `effective_from` is not after `day`.
    """
    versions = _published()
    in_force = [catalogue for catalogue in versions if catalogue.effective_from <= day]
    return in_force[-1] if in_force else versions[0]


def catalogue_version(version: str) -> Catalogue:
    """Return one version by name. Raises KeyError when it was never published."""
    for catalogue in _published():
        if catalogue.version == version:
            return catalogue
    raise KeyError(f"catalogue version {version} was never published")
