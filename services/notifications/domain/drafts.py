"""Which mail does a neighbour's event cause? Its template, its key and the facts it shows: nothing personal."""

from datetime import date
from typing import Any

from schemas.billing import OrderPriced
from schemas.envelope import Event
from schemas.orders import OrderCancelled, OrderExpired, PaymentRegistered
from schemas.provisioning import DocumentsActivated
from schemas.vocabulary import ActivationOrigin, EmailTemplate
from services.notifications.domain.model import Correspondence, Credential, Draft, OrderNote


def draft_for(event: Event, event_id: str) -> Draft | None:
    """Return the mail that this event alone causes, or None when it causes none."""
    match event:
        case PaymentRegistered():
            return _payment_short(event, event_id)
        case OrderCancelled() | OrderExpired():
            return _order_closed(event, event_id)
        case DocumentsActivated():
            return _documents_activated(event, event_id)
        case _:
            return None


def price_facts(event: OrderPriced) -> dict[str, Any]:
    """Keep of a price what the mail shows."""
    lines = [
        {"product": str(line.product), "years": line.years, "net_cents": line.net_cents, "reason": str(line.reason)}
        for line in event.lines
    ]
    facts: dict[str, Any] = {
        "lines": lines,
        "extension": None,
        "net_cents": event.net_cents,
        "vat_cents": event.vat_cents,
        "total_cents": event.total_cents,
    }
    if event.extension is not None:
        extension = event.extension
        facts["extension"] = {
            "product": str(extension.product),
            "previous_expiry": extension.previous_expiry.isoformat(),
            "new_expiry": extension.new_expiry.isoformat(),
            "net_cents": extension.net_cents,
            "months": extension.missing_term.months,
            "days": extension.missing_term.days,
        }
    return facts


def order_received(note: OrderNote) -> Draft | None:
    """Return the mail that asks for payment, once the order and its price are both known.

    None while one is missing, once it was asked for, once the order is closed, and for a price above the one the
    storefront showed: orders closes that order (R22), nobody is asked to pay for it.
    """
    if not note.placed or note.price is None or note.price_event_id is None:
        return None
    total = note.price["total_cents"]
    is_dearer = note.expected_total_cents is not None and note.expected_total_cents < total
    if note.closed or note.received_requested or is_dearer:
        return None
    due = total if note.due_cents is None else note.due_cents
    facts = {"order_id": note.order_id, "due_cents": due, "payable_until": iso(note.payable_until), **note.price}
    return Draft(EmailTemplate.ORDER_RECEIVED, note.order_id, note.price_event_id, note.order_id, facts)


def credentials_mail(state: Correspondence, credential: Credential, event_id: str) -> Draft:
    """Return the mail that carries a temporary password; the secret itself is never a fact."""
    template = EmailTemplate.CREDENTIALS_REISSUED if credential.reissued else EmailTemplate.ACTIVATION_CREDENTIALS
    facts = {
        "order_id": credential.order_id,
        "expiries": state.expiries(),
        "expires_at": credential.expires_at.isoformat(),
    }
    return Draft(template, credential.credential_id, event_id, credential.order_id, facts, credential.credential_id)


def iso(day: date | None) -> str | None:
    """Write a date as a fact: plain JSON, so that a replay folds the same value."""
    return None if day is None else day.isoformat()


def _payment_short(event: PaymentRegistered, event_id: str) -> Draft | None:
    if event.outstanding_cents == 0 or event.order_closed:
        return None
    facts = {
        "order_id": event.order_id,
        "amount_cents": event.amount_cents,
        "due_cents": event.outstanding_cents,
    }
    return Draft(EmailTemplate.PAYMENT_SHORT, event.order_id, event_id, event.order_id, facts)


def _order_closed(event: OrderCancelled | OrderExpired, event_id: str) -> Draft:
    closed_on = event.closed_on if isinstance(event, OrderCancelled) else event.expired_on
    facts = {
        "order_id": event.order_id,
        "reason": str(event.reason),
        "closed_on": closed_on.isoformat(),
        "surplus_cents": event.surplus_cents,
    }
    return Draft(EmailTemplate.ORDER_CLOSED, event.order_id, event_id, event.order_id, facts)


def _documents_activated(event: DocumentsActivated, event_id: str) -> Draft | None:
    if event.origin is not ActivationOrigin.ADD_ON:
        return None
    facts = {
        "order_id": event.order_id,
        "activated_on": event.activated_on.isoformat(),
        "expires_on": event.expires_on.isoformat(),
        "base_previous_expiry": iso(event.base_previous_expiry),
        "base_expires_on": iso(event.base_expires_on),
    }
    return Draft(EmailTemplate.DOCUMENTS_ACTIVATED, event.order_id, event_id, event.order_id, facts)
