"""What do provisioning's stories start from? Literal events with defaults."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.orders import OrderLine, OrderReleased, OrderSettled, OwnedService, Terms
from schemas.personal import SealedBlock
from schemas.provisioning import EInvoicingActivated
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    Locale,
    Product,
    PurchaseCase,
    ServiceStatus,
)
from services.provisioning.domain.credentials import NewCredentials

SEALED = SealedBlock(key_id="k-1", nonce="bm9uY2U=", ciphertext="c2VhbGVk")


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


def e_invoicing(expires_on: str, anchor_on: str | None = None, months: int = 0, **changes: Any) -> EInvoicingActivated:
    """E-invoicing of customer c-1, as an earlier order activated it."""
    return EInvoicingActivated.model_validate(
        {
            "customer_id": "c-1",
            "order_id": "o-0",
            "variant": Product.E_INVOICING,
            "origin": ActivationOrigin.BUNDLED,
            "activated_on": "2025-06-30",
            "expires_on": expires_on,
            "anchor_on": anchor_on or expires_on,
            "months": months,
            "buyer_kind": BuyerKind.LEGAL_PERSON,
            "locale": Locale.IT,
            "tax_identifier_hash": "th-1",
            **changes,
        }
    )


def settled(branch: Branch, paid_on: str, shown: str | None = None, **changes: Any) -> OrderSettled:
    """Order o-1 of Documents for c-1, with the e-invoicing expiry that it showed (E0)."""
    return OrderSettled.model_validate(_facts(branch, paid_on, shown, changes))


def released(branch: Branch, paid_on: str, shown: str | None = None, **changes: Any) -> OrderReleased:
    return OrderReleased.model_validate({**_facts(branch, paid_on, shown, changes), "why": "agreed by telephone"})


def first_purchase(paid_on: str, *products: Product, **changes: Any) -> OrderSettled:
    """Order o-1 of case 1."""
    lines = [OrderLine(product=product) for product in products]
    return settled(Branch.BUNDLE, paid_on, purchase_case=PurchaseCase.FIRST_PURCHASE, lines=lines, **changes)


def _facts(branch: Branch, paid_on: str, shown: str | None, changes: dict[str, Any]) -> dict[str, Any]:
    owned = (
        OwnedService(product=Product.E_INVOICING, status=ServiceStatus.ACTIVE, expires_on=day(shown)) if shown else None
    )
    return {
        "customer_id": "c-1",
        "order_id": "o-1",
        "settled_on": paid_on,
        "ordered_on": paid_on,
        "lines": [OrderLine(product=Product.DOCUMENTS)],
        "purchase_case": PurchaseCase.ADD_ON_TO_OWNED,
        "branch": branch,
        "extend_active_services": branch is Branch.EXTENDED,
        "expiries_shown": [owned] if owned else [],
        "terms": Terms(),
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
        "personal": SEALED,
        "tax_identifier_hash": "th-1",
        "total_cents": 4427,
        "catalogue_version": "2026-01",
        **changes,
    }
