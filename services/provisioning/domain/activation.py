"""What does a settled order make active, and to which dates? Or why must it wait for an operator?"""

from datetime import date

from schemas.envelope import Event
from schemas.orders import SettledFacts
from schemas.provisioning import (
    ActivationHeld,
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    OrderActivated,
)
from schemas.terms import add_months
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    CloseReason,
    ExpiryReason,
    HoldReason,
    Product,
    PurchaseCase,
    ServiceStatus,
)
from services.provisioning.domain import credentials as sign_ins
from services.provisioning.domain.alignment import Alignment, Term, aligned, bundled, extended, renewed
from services.provisioning.domain.credentials import NewCredentials
from services.provisioning.domain.lifecycle import overdue
from services.provisioning.domain.model import Account, ExpiryConflict, OwnedService, after, service_of


def activate(
    account: Account,
    order: SettledFacts,
    *,
    credentials: NewCredentials | None,
    today: date,
    grace_days: int,
    released: bool = False,
) -> list[Event]:
    """Activate what a settled order asks for, or hold it (R14-R20, R35).

    `today` is the day to judge the base by: that of the settling payment, or of an operator's release, which accepts a
    base that became shorter.
    """
    lapsed = overdue(account, today, grace_days)
    current = after(account, lapsed)
    if order.purchase_case is PurchaseCase.FIRST_PURCHASE:
        events = _first_purchase(current, order, credentials)
    else:
        events = _on_owned_base(current, order, today, released=released)
    try:
        active = after(current, events)
    except ExpiryConflict as conflict:
        return [*lapsed, _held(order, HoldReason.EXPIRY_CONFLICT, str(conflict))]
    if any(isinstance(event, ActivationHeld) for event in events):
        return [*lapsed, *events]
    return [*lapsed, *events, _order_activated(active, order)]


def _first_purchase(account: Account, order: SettledFacts, credentials: NewCredentials | None) -> list[Event]:
    products = [line.product for line in order.lines]
    variant = next((product for product in products if product is not Product.DOCUMENTS), None)
    if account.base is not None and account.base.is_alive:
        return [_held(order, HoldReason.BASE_ALREADY_ACTIVE, "e-invoicing is active already")]
    if variant is None or (variant is not Product.E_INVOICING and Product.DOCUMENTS in products):
        return [_held(order, HoldReason.BASE_TERMINATED, "Documents needs plain e-invoicing (R8)")]
    if credentials is None:
        detail = "no credentials can be made: the customer's personal data is erased"
        return [_held(order, HoldReason.OPERATOR_REQUEST, detail)]
    terms = bundled(order.settled_on, order.terms.e_invoicing_months)
    events: list[Event] = [_e_invoicing(order, variant, terms.base)]
    if Product.DOCUMENTS in products:
        events += _documents(order, terms, ActivationOrigin.BUNDLED)
    return events + sign_ins.issued(order.customer_id, order.order_id, credentials)


def _on_owned_base(account: Account, order: SettledFacts, today: date, *, released: bool) -> list[Event]:
    base = account.base
    if base is None or not base.is_alive:
        return [_held(order, HoldReason.BASE_TERMINATED, "e-invoicing has ended")]
    adds_documents = any(line.product is Product.DOCUMENTS for line in order.lines)
    if adds_documents and base.variant is not Product.E_INVOICING:
        return [_held(order, HoldReason.BASE_TERMINATED, "only receive-only e-invoicing is left")]
    if order.branch is Branch.RENEWED:
        return _renewal(account, base, order)
    if account.documents is not None and account.documents.is_alive:
        return [_held(order, HoldReason.ADDON_ALREADY_ACTIVE, "Documents is active already")]
    return _add_on(base, order, today, released=released)


def _add_on(base: OwnedService, order: SettledFacts, today: date, *, released: bool) -> list[Event]:
    shown = _shown_expiry(order, base)
    if base.expires_on < shown and not released:
        detail = f"e-invoicing expires on {base.expires_on}, the order showed {shown}"
        return [_held(order, HoldReason.BASE_SHORTENED, detail)]
    # Judged by dates: a timer that was faster than the news of a payment on the last day closes nothing.
    is_limited = base.status is ServiceStatus.SUSPENDED or base.expires_on < today
    if order.branch is not Branch.EXTENDED and is_limited:
        return [_closed(order, f"e-invoicing expired on {base.expires_on}")]
    align = extended if order.branch is Branch.EXTENDED else aligned
    current = Term(base.anchor_on, base.months)
    terms = align(order.settled_on, order.terms.documents_months, current, shown)
    moved = _moved(order, base, terms.base, ExpiryReason.EXTENSION)
    return [*moved, *_documents(order, terms, ActivationOrigin.ADD_ON, base=base, shown=shown)]


def _renewal(account: Account, base: OwnedService, order: SettledFacts) -> list[Event]:
    years = max((line.years for line in order.lines if line.product is not Product.DOCUMENTS), default=1)
    terms = renewed(Term(base.anchor_on, base.months), order.terms.e_invoicing_months * years)
    events = _moved(order, base, terms.base, ExpiryReason.RENEWAL)
    if not any(line.product is Product.DOCUMENTS for line in order.lines):
        return events
    if account.documents is not None and account.documents.is_alive:
        return events + _moved(order, account.documents, terms.documents, ExpiryReason.RENEWAL)
    return [*events, _documents_activated(order, terms, ActivationOrigin.ADD_ON, base, base.expires_on)]


def _e_invoicing(order: SettledFacts, variant: Product, term: Term) -> Event:
    return EInvoicingActivated(
        customer_id=order.customer_id,
        order_id=order.order_id,
        variant=variant,
        origin=ActivationOrigin.BUNDLED,
        activated_on=order.settled_on,
        expires_on=term.expires_on,
        anchor_on=term.anchor_on,
        months=term.months,
        buyer_kind=order.buyer_kind,
        locale=order.locale,
        tax_identifier_hash=order.tax_identifier_hash,
    )


def _documents(
    order: SettledFacts,
    terms: Alignment,
    origin: ActivationOrigin,
    base: OwnedService | None = None,
    shown: date | None = None,
) -> list[Event]:
    """Activate Documents; where its expiry is not its natural one, say that it was aligned."""
    events: list[Event] = [_documents_activated(order, terms, origin, base, shown)]
    natural = add_months(order.settled_on, order.terms.documents_months)
    if terms.documents.expires_on != natural:
        events.append(_aligned(order, Product.DOCUMENTS, natural, terms.documents, ExpiryReason.ALIGNMENT))
    return events


def _documents_activated(
    order: SettledFacts, terms: Alignment, origin: ActivationOrigin, base: OwnedService | None, shown: date | None
) -> Event:
    return DocumentsActivated(
        customer_id=order.customer_id,
        order_id=order.order_id,
        origin=origin,
        branch=order.branch,
        activated_on=order.settled_on,
        expires_on=terms.documents.expires_on,
        anchor_on=terms.documents.anchor_on,
        months=terms.documents.months,
        base_shown_expiry=shown,
        base_previous_expiry=base.expires_on if base else None,
        base_expires_on=terms.base.expires_on,
    )


def _moved(order: SettledFacts, owned: OwnedService, term: Term, reason: ExpiryReason) -> list[Event]:
    if term.expires_on == owned.expires_on:
        return []
    return [_aligned(order, owned.variant, owned.expires_on, term, reason)]


def _aligned(order: SettledFacts, product: Product, previous: date, term: Term, reason: ExpiryReason) -> Event:
    return ExpiryAligned(
        customer_id=order.customer_id,
        order_id=order.order_id,
        product=product,
        previous_expiry=previous,
        new_expiry=term.expires_on,
        anchor_on=term.anchor_on,
        months=term.months,
        reason=reason,
    )


def _shown_expiry(order: SettledFacts, base: OwnedService) -> date:
    """Return E0, e-invoicing's expiry as the order showed it."""
    shown = [owned.expires_on for owned in order.expiries_shown if service_of(owned.product) is Product.E_INVOICING]
    return shown[0] if shown else base.expires_on


def _order_activated(account: Account, order: SettledFacts) -> Event:
    alive = [owned for owned in (account.base, account.documents) if owned is not None and owned.is_alive]
    return OrderActivated(
        customer_id=order.customer_id,
        order_id=order.order_id,
        purchase_case=order.purchase_case,
        branch=order.branch,
        activated_on=order.settled_on,
        expiries={owned.variant: owned.expires_on for owned in alive},
    )


def _held(order: SettledFacts, reason: HoldReason, detail: str) -> Event:
    return ActivationHeld(customer_id=order.customer_id, order_id=order.order_id, reason=reason, detail=detail)


def _closed(order: SettledFacts, detail: str) -> Event:
    return ActivationHeld(
        customer_id=order.customer_id, order_id=order.order_id, closes=CloseReason.BASE_NOT_ACTIVE, detail=detail
    )
