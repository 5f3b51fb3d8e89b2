"""What do the neighbours say? Literal events of order o-1, customer c-1, case 1 and worked example A."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.billing import OrderPriced, PricedExtension, PricedLine
from schemas.cart import OrderLine, ProductTerms, Terms, Violation
from schemas.handover import CredentialsHandedOver
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced, OrderRefused
from schemas.payments import PaymentRegistered
from schemas.personal import SealedBlock
from schemas.provisioning import (
    CredentialsIssued,
    CredentialsVoided,
    OrderActivated,
    ServiceActivated,
)
from schemas.terms import MissingTerm
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    Channel,
    CloseReason,
    CredentialsVoidReason,
    Locale,
    PaymentMethod,
    PriceReason,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
    ViolationCode,
)

SEALED = SealedBlock(key_id="k-1", nonce="bm9uY2U=", ciphertext="c2VhbGVk")
EXPIRES_AT = datetime(2026, 1, 18, 10, tzinfo=UTC)
NEXT_YEAR = date(2027, 1, 15)
E_INVOICING, DOCUMENTS, ARCHIVE, CERTIFIED_MAIL = "E_INVOICING", "DOCUMENTS", "ARCHIVE", "CERTIFIED_MAIL"
BASE = ProductTerms(product=E_INVOICING, kind=ProductKind.BASE, family=E_INVOICING, term_months=12)
ADD_ON = ProductTerms(
    product=DOCUMENTS, kind=ProductKind.ADD_ON, family=E_INVOICING, term_months=12, requires=E_INVOICING
)


def placed(**changes: Any) -> OrderPlaced:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "ordered_on": date(2026, 1, 15),
        "storefront": "pec.it",
        "channel": Channel.SITE,
        "lines": [OrderLine(product=E_INVOICING), OrderLine(product=DOCUMENTS)],
        "extend_active_services": True,
        "purchase_case": PurchaseCase.FIRST_PURCHASE,
        "branch": Branch.BUNDLE,
        "owned": [],
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.IT,
        "personal": SEALED,
        "tax_identifier_hash": "h",
        "catalogue_version": "2026-01",
        "terms": Terms(payable_days=30, products=[BASE, ADD_ON]),
        "payable_until": date(2026, 2, 14),
        "body_hash": "b",
        "idempotency_key": "i",
    }
    return OrderPlaced(**{**facts, **changes})


def refused(**changes: Any) -> OrderRefused:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-9",
        "ordered_on": date(2026, 1, 15),
        "storefront": "pec.it",
        "channel": Channel.SITE,
        "lines": [OrderLine(product=DOCUMENTS)],
        "extend_active_services": True,
        "buyer_kind": BuyerKind.LEGAL_PERSON,
        "locale": Locale.EN,
        "violations": [Violation(code=ViolationCode.BASE_REQUIRED, detail="e-invoicing is not owned")],
        "personal": SealedBlock(key_id="k-1", nonce="cmVmdXNlZA==", ciphertext="cmVmdXNlZA=="),
        "catalogue_version": "2026-01",
        "body_hash": "b",
        "idempotency_key": "i",
    }
    return OrderRefused(**{**facts, **changes})


def priced(**changes: Any) -> OrderPriced:
    base = PricedLine(
        product=E_INVOICING,
        annual_cents=3000,
        net_cents=3000,
        reason=PriceReason.FULL_PRICE,
        explanation="30.00 €",
    )
    free = PricedLine(
        product=DOCUMENTS,
        annual_cents=2000,
        net_cents=0,
        reason=PriceReason.FREE_WITH_BASE,
        explanation="free with e-invoicing",
    )
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "storefront": "pec.it",
        "purchase_case": PurchaseCase.FIRST_PURCHASE,
        "lines": [base, free],
        "extensions": [],
        "net_cents": 3000,
        "vat_percent": 22,
        "vat_cents": 660,
        "total_cents": 3660,
        "priced_on": date(2026, 1, 15),
        "catalogue_version": "2026-01",
    }
    return OrderPriced(**{**facts, **changes})


def priced_with_extension() -> OrderPriced:
    documents = PricedLine(
        product=DOCUMENTS,
        annual_cents=2000,
        net_cents=2000,
        reason=PriceReason.FULL_PRICE,
        explanation="20.00 €",
    )
    extension = PricedExtension(
        product=E_INVOICING,
        previous_expiry=date(2026, 6, 30),
        new_expiry=NEXT_YEAR,
        missing_term=MissingTerm(months=6, days=16, days_in_month=31),
        method=ProrationMethod.MONTH_FRACTION,
        annual_cents=3000,
        net_cents=1629,
        explanation="30.00 € a year × (6 + 16/31) / 12 = 16.29 €",
    )
    return priced(
        purchase_case=PurchaseCase.ADD_ON_TO_OWNED,
        lines=[documents],
        extensions=[extension],
        net_cents=3629,
        vat_cents=798,
        total_cents=4427,
    )


def paid(outstanding_cents: int = 0, payment_id: str = "p-1", **changes: Any) -> PaymentRegistered:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "payment_source": "bank",
        "payment_id": payment_id,
        "amount_cents": 3660 - outstanding_cents,
        "method": PaymentMethod.BANK_TRANSFER,
        "registered_on": date(2026, 1, 15),
        "outstanding_cents": outstanding_cents,
        "surplus_cents": 0,
    }
    return PaymentRegistered(**{**facts, **changes})


def cancelled(reason: CloseReason = CloseReason.CUSTOMER_REQUEST, surplus_cents: int = 0) -> OrderCancelled:
    return OrderCancelled(
        customer_id="c-1", order_id="o-1", reason=reason, closed_on=date(2026, 1, 16), surplus_cents=surplus_cents
    )


def expired() -> OrderExpired:
    return OrderExpired(customer_id="c-1", order_id="o-1", expired_on=date(2026, 2, 15), surplus_cents=1000)


def base_activated(product: Product = E_INVOICING) -> ServiceActivated:
    return ServiceActivated(
        customer_id="c-1",
        order_id="o-1",
        product=product,
        kind=ProductKind.BASE,
        family=product,
        origin=ActivationOrigin.BUNDLED,
        branch=Branch.BUNDLE,
        activated_on=date(2026, 1, 15),
        expires_on=NEXT_YEAR,
        anchor_on=date(2026, 1, 15),
        months=12,
        buyer_kind=BuyerKind.LEGAL_PERSON,
        locale=Locale.IT,
        tax_identifier_hash="h",
    )


def add_on_activated(
    product: Product = DOCUMENTS, origin: ActivationOrigin = ActivationOrigin.ADD_ON
) -> ServiceActivated:
    is_add_on = origin is ActivationOrigin.ADD_ON
    return ServiceActivated(
        customer_id="c-1",
        order_id="o-1",
        product=product,
        kind=ProductKind.ADD_ON,
        family=E_INVOICING,
        requires=E_INVOICING,
        origin=origin,
        branch=Branch.EXTENDED if is_add_on else Branch.BUNDLE,
        activated_on=date(2026, 1, 15),
        expires_on=NEXT_YEAR,
        anchor_on=date(2026, 1, 15),
        months=12,
        buyer_kind=BuyerKind.LEGAL_PERSON,
        locale=Locale.IT,
        base_previous_expiry=date(2026, 6, 30) if is_add_on else None,
        base_expires_on=NEXT_YEAR if is_add_on else None,
    )


def order_activated(**changes: Any) -> OrderActivated:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "storefront": "pec.it",
        "purchase_case": PurchaseCase.FIRST_PURCHASE,
        "branch": Branch.BUNDLE,
        "activated_on": date(2026, 1, 15),
        "expiries": {E_INVOICING: NEXT_YEAR, DOCUMENTS: NEXT_YEAR},
    }
    return OrderActivated(**{**facts, **changes})


def issued(**changes: Any) -> CredentialsIssued:
    facts: dict[str, Any] = {
        "customer_id": "c-1",
        "order_id": "o-1",
        "credential_id": "cr-1",
        "key_id": "n-1",
        "expires_at": EXPIRES_AT,
    }
    return CredentialsIssued(**{**facts, **changes})


def handed_over(credential_id: str = "cr-1") -> CredentialsHandedOver:
    return CredentialsHandedOver(
        customer_id="c-1", credential_id=credential_id, key_id="n-1", expires_at=EXPIRES_AT, box="c2VhbGVkIGJveA=="
    )


def voided(reason: CredentialsVoidReason = CredentialsVoidReason.REISSUED) -> CredentialsVoided:
    return CredentialsVoided(customer_id="c-1", order_id="o-1", credential_id="cr-1", reason=reason)
