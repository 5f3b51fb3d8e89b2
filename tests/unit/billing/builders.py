"""What do billing's tests start from? Literal defaults, said once."""

from datetime import date
from typing import Any

from schemas.billing import CreditGranted
from schemas.catalogue import catalogue_version
from schemas.orders import OrderCancelled, OrderExpired, OrderLine, OrderPlaced, OwnedService, PaymentRegistered, Terms
from schemas.personal import SealedBlock
from schemas.provisioning import DocumentsActivated, EInvoicingActivated
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    Channel,
    CloseReason,
    CreditOrigin,
    LineAction,
    Locale,
    PaymentMethod,
    Product,
    ProrationMethod,
    PurchaseCase,
    ServiceStatus,
)

CATALOGUE = catalogue_version("2026-01")
STARTED_MONTHS = CATALOGUE.model_copy(update={"proration_method": ProrationMethod.STARTED_MONTHS})
DOCUMENTS = OrderLine(product=Product.DOCUMENTS)
E_INVOICING = OrderLine(product=Product.E_INVOICING)
RECEIVE_ONLY = OrderLine(product=Product.E_INVOICING_RECEIVE_ONLY)


def day(text: str) -> date:
    return date.fromisoformat(text)


def renew(product: Product, years: int = 1) -> OrderLine:
    return OrderLine(product=product, action=LineAction.RENEW, years=years)


def owned(expires_on: str, **changes: Any) -> OwnedService:
    told = {"product": Product.E_INVOICING, "status": ServiceStatus.ACTIVE, "expires_on": day(expires_on)}
    return OwnedService(**(told | changes))


def placed(**changes: Any) -> OrderPlaced:
    """Example A, extension on."""
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "ordered_on": day("2026-01-15"),
        "storefront": "pec.it",
        "channel": Channel.CUSTOMER_AREA,
        "lines": [DOCUMENTS],
        "extend_active_services": True,
        "purchase_case": PurchaseCase.ADD_ON_TO_OWNED,
        "branch": Branch.EXTENDED,
        "owned": [owned("2026-06-30")],
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
        "personal": SealedBlock(key_id="k-1", nonce="bm9uY2U=", ciphertext="c2VhbGVk"),
        "tax_identifier_hash": "ab12",
        "catalogue_version": "2026-01",
        "terms": Terms(),
        "body_hash": "cd34",
        "idempotency_key": "ef56",
    }
    return OrderPlaced(**(told | changes))


def bundle(**changes: Any) -> OrderPlaced:
    """Case 1: both products, nothing owned."""
    told: dict[str, Any] = {
        "channel": Channel.SITE,
        "lines": [E_INVOICING, DOCUMENTS],
        "purchase_case": PurchaseCase.FIRST_PURCHASE,
        "branch": Branch.BUNDLE,
        "owned": [],
    }
    return placed(**(told | changes))


def paid(**changes: Any) -> PaymentRegistered:
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "payment_source": "bank",
        "payment_id": "p-1",
        "amount_cents": 4427,
        "method": PaymentMethod.BANK_TRANSFER,
        "registered_on": day("2026-01-15"),
        "outstanding_cents": 0,
        "surplus_cents": 0,
    }
    return PaymentRegistered(**(told | changes))


def cancelled(**changes: Any) -> OrderCancelled:
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "reason": CloseReason.CUSTOMER_REQUEST,
        "closed_on": day("2026-01-20"),
    }
    return OrderCancelled(**(told | changes))


def expired(**changes: Any) -> OrderExpired:
    told: dict[str, Any] = {"customer_id": "c-1", "order_id": "o-1", "expired_on": day("2026-02-15")}
    return OrderExpired(**(told | changes))


def documents_activated(**changes: Any) -> DocumentsActivated:
    """Example A, extension on, activated as the order showed it."""
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "origin": ActivationOrigin.ADD_ON,
        "branch": Branch.EXTENDED,
        "activated_on": day("2026-01-15"),
        "expires_on": day("2027-01-15"),
        "anchor_on": day("2027-01-15"),
        "months": 0,
        "base_shown_expiry": day("2026-06-30"),
        "base_previous_expiry": day("2026-06-30"),
        "base_expires_on": day("2027-01-15"),
    }
    return DocumentsActivated(**(told | changes))


def e_invoicing_activated(**changes: Any) -> EInvoicingActivated:
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-0",
        "variant": Product.E_INVOICING,
        "origin": ActivationOrigin.BUNDLED,
        "activated_on": day("2025-06-30"),
        "expires_on": day("2026-06-30"),
        "anchor_on": day("2025-06-30"),
        "months": 12,
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
        "tax_identifier_hash": "ab12",
    }
    return EInvoicingActivated(**(told | changes))


def granted(**changes: Any) -> CreditGranted:
    told: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "credit_id": "credit-1",
        "amount_cents": 200,
        "granted_on": day("2026-01-15"),
        "expires_on": day("2027-01-15"),
        "origin": CreditOrigin.PAYMENT_SURPLUS,
        "payment_source": "bank",
        "payment_id": "p-1",
        "explanation": "more than owed",
    }
    return CreditGranted(**(told | changes))
