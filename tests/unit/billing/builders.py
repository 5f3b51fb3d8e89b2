"""What do billing's tests start from? Literal defaults, said once."""

import json
from datetime import date
from typing import Any

from schemas.billing import CreditGranted
from schemas.cart import OrderLine, OwnedService
from schemas.catalogue import Catalogue, catalogue_version
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced
from schemas.payments import PaymentRegistered, PaymentResolved
from schemas.personal import SealedBlock
from schemas.provisioning import MovedService, OrderActivated, ServiceActivated
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
    PaymentResolution,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
    ServiceStatus,
)
from services.billing.domain.quotes import terms_of

CATALOGUE = catalogue_version("2026-01")
STARTED_MONTHS = CATALOGUE.model_copy(update={"proration_method": ProrationMethod.STARTED_MONTHS})
DOCUMENTS = OrderLine(product="DOCUMENTS")
E_INVOICING = OrderLine(product="E_INVOICING")
RECEIVE_ONLY = OrderLine(product="E_INVOICING_RECEIVE_ONLY")
ARCHIVE = OrderLine(product="ARCHIVE")
MAILBOX = OrderLine(product="MAILBOX")
MAIL_ARCHIVE = OrderLine(product="MAIL_ARCHIVE")
FURTHER = Catalogue.model_validate_json(
    json.dumps(
        CATALOGUE.model_dump(mode="json")
        | {
            "version": "further",
            "products": CATALOGUE.model_dump(mode="json")["products"]
            | {
                "ARCHIVE": {
                    "kind": "ADD_ON", "family": "E_INVOICING", "annual_cents": 1200, "term_months": 12,
                    "names": {"it": "Archivio", "en": "Archive"}, "requires": "E_INVOICING",
                },
                "MAILBOX": {
                    "kind": "BASE", "family": "MAIL", "annual_cents": 1500, "term_months": 24,
                    "names": {"it": "Casella", "en": "Mailbox"},
                },
                "MAIL_ARCHIVE": {
                    "kind": "ADD_ON", "family": "MAIL", "annual_cents": 700, "term_months": 6,
                    "names": {"it": "Archivio di posta", "en": "Mail archive"}, "requires": "MAILBOX",
                },
            },
        }
    )
)  # fmt: skip
"""A catalogue with a second add-on that is never free, and a second family whose terms are not a year."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def renew(product: Product, years: int = 1) -> OrderLine:
    return OrderLine(product=product, action=LineAction.RENEW, years=years)


def owned(expires_on: str, **changes: Any) -> OwnedService:
    product = FURTHER.products[changes.get("product", "E_INVOICING")]
    fields: dict[str, Any] = {
        "product": "E_INVOICING",
        "kind": product.kind,
        "family": product.family,
        "status": ServiceStatus.ACTIVE,
        "expires_on": day(expires_on),
    }
    return OwnedService(**(fields | changes))


def placed(**changes: Any) -> OrderPlaced:
    """Example A, extension on."""
    fields: dict[str, Any] = {
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
        "payable_until": day("2026-02-14"),
        "body_hash": "cd34",
        "idempotency_key": "ef56",
    }
    fields |= changes
    return OrderPlaced(**({"terms": terms_of(fields["lines"], FURTHER)} | fields))


def bundle(**changes: Any) -> OrderPlaced:
    """Case 1: both products, nothing owned."""
    fields: dict[str, Any] = {
        "channel": Channel.SITE,
        "lines": [E_INVOICING, DOCUMENTS],
        "purchase_case": PurchaseCase.FIRST_PURCHASE,
        "branch": Branch.BUNDLE,
        "owned": [],
    }
    return placed(**(fields | changes))


def paid(**changes: Any) -> PaymentRegistered:
    fields: dict[str, Any] = {
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
    return PaymentRegistered(**(fields | changes))


def resolved(action: PaymentResolution, **changes: Any) -> PaymentResolved:
    fields: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-9",
        "payment_source": "bank",
        "payment_id": "p-1",
        "amount_cents": 4427,
        "method": PaymentMethod.BANK_TRANSFER,
        "content_hash": "ab12",
        "action": action,
        "why": "seen to",
        "resolved_on": day("2026-01-20"),
    }
    return PaymentResolved(**(fields | changes))


def cancelled(**changes: Any) -> OrderCancelled:
    fields: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "reason": CloseReason.CUSTOMER_REQUEST,
        "closed_on": day("2026-01-20"),
    }
    return OrderCancelled(**(fields | changes))


def expired(**changes: Any) -> OrderExpired:
    fields: dict[str, Any] = {"customer_id": "c-1", "order_id": "o-1", "expired_on": day("2026-02-15")}
    return OrderExpired(**(fields | changes))


def documents_activated(**changes: Any) -> ServiceActivated:
    """Example A, extension on: the add-on."""
    fields: dict[str, Any] = {
        "order_id": "o-1",
        "product": "DOCUMENTS",
        "kind": ProductKind.ADD_ON,
        "requires": "E_INVOICING",
        "origin": ActivationOrigin.ADD_ON,
        "branch": Branch.EXTENDED,
        "activated_on": day("2026-01-15"),
        "expires_on": day("2027-01-15"),
        "anchor_on": day("2027-01-15"),
        "months": 0,
    }
    return e_invoicing_activated(**(fields | changes))


def e_invoicing_activated(**changes: Any) -> ServiceActivated:
    fields: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-0",
        "product": "E_INVOICING",
        "kind": ProductKind.BASE,
        "family": "E_INVOICING",
        "origin": ActivationOrigin.BUNDLED,
        "branch": Branch.BUNDLE,
        "activated_on": day("2025-06-30"),
        "expires_on": day("2026-06-30"),
        "anchor_on": day("2025-06-30"),
        "months": 12,
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
    }
    return ServiceActivated(**(fields | changes))


def moved(found: str, product: Product = "E_INVOICING", shown: str = "2026-06-30") -> MovedService:
    """A service that the order showed to expire at one day, and settlement found at another."""
    new_expiry = max(day(found), day("2027-01-15"))
    return MovedService(product=product, shown_expiry=day(shown), previous_expiry=day(found), new_expiry=new_expiry)


def activated(*extended: MovedService, **changes: Any) -> OrderActivated:
    """Example A, extension on, with what it extended."""
    fields: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "storefront": "pec.it",
        "purchase_case": PurchaseCase.ADD_ON_TO_OWNED,
        "branch": Branch.EXTENDED,
        "activated_on": day("2026-01-15"),
        "expiries": {"E_INVOICING": day("2027-01-15"), "DOCUMENTS": day("2027-01-15")},
        "extended": list(extended),
    }
    return OrderActivated(**(fields | changes))


def granted(**changes: Any) -> CreditGranted:
    fields: dict[str, Any] = {
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
    return CreditGranted(**(fields | changes))
