"""What is kept of an account beside its state? Its orders, as mails tell of them, and what became of each mail."""

from datetime import date, datetime

from msgspec import Struct

from schemas.vocabulary import EmailStatus, HoldReason, TemplateName


class OrderNote(Struct, frozen=True):
    """What is known of one order, from two topics in either order: a row, not state."""

    customer_id: str
    order_id: str
    placed: bool
    storefront: str | None
    """Whose order it is, once it is placed."""
    payable_until: date | None
    expected_total_cents: int | None
    price: str | None
    """Written down as its event tells it: it is folded, and read for one mail."""
    price_event_id: str | None
    due_cents: int | None
    closed: bool
    received_requested: bool
    ordered_on: date | None = None
    settled: bool = False
    held: HoldReason | None = None
    hold_notified: bool = False
    placed_itself: bool = False
    """An automatic renewal's order: its mail says so."""


class Email(Struct, frozen=True):
    """One mail and its fate, as storefronts and operators see it."""

    email_id: str
    customer_id: str
    order_id: str | None
    template: TemplateName
    status: EmailStatus
    message_id: str
    credential_id: str | None
    requested_at: datetime
    sent_at: datetime | None
    failure: str | None
    certified_mail: bool
