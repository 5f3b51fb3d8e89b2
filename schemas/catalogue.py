"""What is sold, at which price and on which terms? An effective-dated catalogue: data, never constants in code (R7)."""

from datetime import date
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.vocabulary import (
    BuyerKind,
    Channel,
    Family,
    Feature,
    Locale,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
)


class CatalogueProduct(BaseModel):
    """A product: what it is, its yearly net price in cents, its first term in months, its names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ProductKind
    family: Family
    annual_cents: int = Field(ge=0)
    term_months: int = Field(ge=1)
    names: dict[Locale, str]
    requires: Product | None = None
    free_with: Product | None = None
    not_for: tuple[BuyerKind, ...] = ()
    features: tuple[Feature, ...] = ()

    @property
    def is_base(self) -> bool:
        """Whether it stands on its own."""
        return self.kind is ProductKind.BASE

    @model_validator(mode="after")
    def _says_what_it_is(self) -> "CatalogueProduct":
        if self.is_base == (self.requires is not None):
            raise ValueError("an add-on requires a base, and a base requires nothing")
        if self.is_base and self.free_with is not None:
            raise ValueError("only an add-on is free with a base")
        if set(self.names) != set(Locale):
            raise ValueError("a product has a name in each language that customers are written to")
        return self


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
    notice_hour: int = Field(ge=0, le=23)
    """The hour in Rome at which mails leave that have a day (R40)."""
    expiry_notice_days: tuple[int, ...]
    """Days before (negative) and after an expiry on which it is told."""
    automatic_renewal_notice_days: tuple[int, ...]
    """Those before it where the base renews by itself: its order is told by a mail of its own."""
    credit_notice_days: int
    """How many days before credit expires its customer hears of it."""
    held_order_notice_hours: int
    """For how long an order is held before its customer hears of it (R29)."""
    automatic_renewal_days: int = Field(ge=1)
    held_payment_alert_hours: int

    def is_certified_mail(self, address: str) -> bool:
        """Tell whether an address stands on a known certified-mail (PEC) domain, or below one (R39)."""
        domain = address.rpartition("@")[2].lower()
        return any(domain == known or domain.endswith(f".{known}") for known in self.certified_mail_domains)

    @model_validator(mode="after")
    def _fits_together(self) -> "Catalogue":
        for name, product in self.products.items():
            for base in filter(None, (product.requires, product.free_with)):
                if base not in self.products or not self.products[base].is_base:
                    raise ValueError(f"{name} names {base}, which is no base of this catalogue")
                if self.products[base].family != product.family:
                    raise ValueError(f"{name} belongs to the family of its base {base}")
        return self

    def bases(self, family: Family) -> tuple[Product, ...]:
        """Return the bases of a family, its variants."""
        return tuple(name for name, product in self.products.items() if product.is_base and product.family == family)


SHIPPED = Path(str(files("schemas") / "catalogue_versions"))
"""The folder of the versions that come with the package."""


class _Versions:
    """The versions that this process knows, read when one is first asked for."""

    def __init__(self) -> None:
        self._folder, self._read = SHIPPED, tuple[Catalogue, ...]()

    def stand_in(self, folder: Path) -> None:
        self._folder, self._read = folder, ()

    def oldest_first(self) -> tuple[Catalogue, ...]:
        if not self._read:
            found = [Catalogue.model_validate_json(path.read_bytes()) for path in self._folder.glob("*.json")]
            self._read = tuple(sorted(found, key=lambda catalogue: catalogue.effective_from))
        return self._read


_versions = _Versions()


def versions_stand_in(folder: Path) -> None:
    """Say where this process finds the versions: once, at its start. Without it they are those of the package."""
    _versions.stand_in(folder)


def catalogue_on(day: date) -> Catalogue:
    """Return the catalogue in force on a day; before the first version, the first.

    Returns the newest version whose `effective_from` is not after `day`.
    """
    versions = _versions.oldest_first()
    in_force = [catalogue for catalogue in versions if catalogue.effective_from <= day]
    return in_force[-1] if in_force else versions[0]


def catalogue_version(version: str) -> Catalogue:
    """Return one version by name. Raises KeyError when it was never published."""
    for catalogue in _versions.oldest_first():
        if catalogue.version == version:
            return catalogue
    raise KeyError(f"catalogue version {version} was never published")


def product_known_as(name: Product) -> CatalogueProduct:
    """Return what the newest version that knows a product says of it, also when it isn't sold any more.

    Raises KeyError when no version knows it.
    """
    for catalogue in reversed(_versions.oldest_first()):
        if name in catalogue.products:
            return catalogue.products[name]
    raise KeyError(f"no version of the catalogue knows {name}")
