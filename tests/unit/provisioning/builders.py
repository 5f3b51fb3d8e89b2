"""What do provisioning's stories start from? Literal events with defaults."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.cart import OrderLine, OwnedService, ProductTerms, Terms
from schemas.orders import OrderReleased, OrderSettled
from schemas.personal import SealedBlock
from schemas.provisioning import ServiceActivated
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    Locale,
    ProductKind,
    PurchaseCase,
    ServiceStatus,
)
from services.provisioning.domain.credentials import NewCredentials

SEALED = SealedBlock(key_id="k-1", nonce="bm9uY2U=", ciphertext="c2VhbGVk")

E_INVOICING = "E_INVOICING"
RECEIVE_ONLY = "E_INVOICING_RECEIVE_ONLY"
DOCUMENTS = "DOCUMENTS"
SIGNATURES = "SIGNATURES"
"""A second add-on of e-invoicing, which no code knows."""
CERTIFIED_MAIL = "CERTIFIED_MAIL"
"""A base of a second family."""
MAIL_ARCHIVE = "MAIL_ARCHIVE"
"""Its add-on."""


def _base(product: str, family: str) -> ProductTerms:
    return ProductTerms(product=product, kind=ProductKind.BASE, family=family, term_months=12)


def _add_on(product: str, family: str, requires: str, *features: str) -> ProductTerms:
    return ProductTerms(
        product=product,
        kind=ProductKind.ADD_ON,
        family=family,
        term_months=12,
        requires=requires,
        features=list(features),
    )


ON_SALE = {
    terms.product: terms
    for terms in (
        _base(E_INVOICING, E_INVOICING),
        _base(RECEIVE_ONLY, E_INVOICING),
        _add_on(DOCUMENTS, E_INVOICING, E_INVOICING, "DDT_PRESERVATION"),
        _add_on(SIGNATURES, E_INVOICING, E_INVOICING),
        _base(CERTIFIED_MAIL, CERTIFIED_MAIL),
        _add_on(MAIL_ARCHIVE, CERTIFIED_MAIL, CERTIFIED_MAIL, "DDT_PRESERVATION"),
    )
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def credentials(credential_id: str = "cr-1", expires_at: str = "2026-01-18T09:00:00Z") -> NewCredentials:
    return NewCredentials(
        credential_id=credential_id,
        key_id="pk-1",
        username_hash="uh-1",
        sealed=SEALED,
        expires_at=instant(expires_at),
        box="Ym94",
    )


def active(
    product: str, expires_on: str, anchor_on: str | None = None, months: int = 0, **changes: Any
) -> ServiceActivated:
    """A service of customer c-1, as an earlier order activated it."""
    terms = ON_SALE[product]
    is_base = terms.kind is ProductKind.BASE
    return ServiceActivated.model_validate(
        {
            "customer_id": "c-1",
            "order_id": "o-0",
            "product": product,
            "kind": terms.kind,
            "family": terms.family,
            "features": terms.features,
            "requires": terms.requires,
            "origin": ActivationOrigin.BUNDLED if is_base else ActivationOrigin.ADD_ON,
            "branch": Branch.BUNDLE if is_base else Branch.ALIGNED_SHORT,
            "activated_on": "2025-06-30",
            "expires_on": expires_on,
            "anchor_on": anchor_on or expires_on,
            "months": months,
            "buyer_kind": BuyerKind.LEGAL_PERSON,
            "locale": Locale.IT,
            "tax_identifier_hash": "th-1" if is_base else None,
            **changes,
        }
    )


def e_invoicing(expires_on: str, anchor_on: str | None = None, months: int = 0, **changes: Any) -> ServiceActivated:
    """E-invoicing of customer c-1, as an earlier order activated it."""
    return active(E_INVOICING, expires_on, anchor_on, months, **changes)


def showing(product: str, expires_on: str, **changes: Any) -> OwnedService:
    """A service as an order showed it (E0)."""
    terms = ON_SALE[product]
    return OwnedService(
        product=product,
        kind=terms.kind,
        family=terms.family,
        status=ServiceStatus.ACTIVE,
        expires_on=day(expires_on),
        **changes,
    )


def settled(branch: Branch, paid_on: str, shown: str | None = None, **changes: Any) -> OrderSettled:
    """Order o-1 of Documents for c-1, with the e-invoicing expiry that it showed (E0)."""
    return OrderSettled.model_validate(_facts(branch, paid_on, shown, changes))


def released(branch: Branch, paid_on: str, shown: str | None = None, **changes: Any) -> OrderReleased:
    return OrderReleased.model_validate({**_facts(branch, paid_on, shown, changes), "why": "agreed by telephone"})


def first_purchase(paid_on: str, *products: str, **changes: Any) -> OrderSettled:
    """Order o-1 of case 1."""
    return settled(Branch.BUNDLE, paid_on, lines=lines(*products), **changes)


def lines(*products: str) -> list[OrderLine]:
    return [OrderLine(product=product) for product in products]


def _facts(branch: Branch, paid_on: str, shown: str | None, changes: dict[str, Any]) -> dict[str, Any]:
    bought: list[OrderLine] = changes.get("lines") or lines(DOCUMENTS)
    cases = {Branch.BUNDLE: PurchaseCase.FIRST_PURCHASE, Branch.RENEWED: PurchaseCase.RENEWAL}
    return {
        "customer_id": "c-1",
        "order_id": "o-1",
        "storefront": "pec.it",
        "settled_on": paid_on,
        "ordered_on": paid_on,
        "lines": bought,
        "purchase_case": cases.get(branch, PurchaseCase.ADD_ON_TO_OWNED),
        "branch": branch,
        "extend_active_services": True if branch is Branch.EXTENDED else None,
        "expiries_shown": [showing(E_INVOICING, shown)] if shown else [],
        "terms": Terms(payable_days=30, products=[ON_SALE[line.product] for line in bought]),
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
        "personal": SEALED,
        "tax_identifier_hash": "th-1",
        "total_cents": 4427,
        "catalogue_version": "2026-01",
        **changes,
    }
