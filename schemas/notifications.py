"""What does the notifications service say happened? The events of `notifications.events`: each mail's fate."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event
from schemas.mail import CausedMail, MailFacts, MailPrice
from schemas.notices import NOTICES
from schemas.personal import SealedBlock
from schemas.vocabulary import EmailFailure, Locale, OrderWarning, Product, TemplateName

Internal = Literal["public", "internal"]


class EmailRequested(Event):
    """A mail is to leave; recorded before sending."""

    EVENT_TYPE: ClassVar[str] = "notifications.EmailRequested.v1"

    order_id: str | None = None
    email_id: str
    email_key: str = Field(description="`template:subject:event-id`: one mail per key (R38).")
    template: TemplateName
    locale: Locale
    message_id: str
    recipient: SealedBlock = Field(description="Sealed: the customer's personal block with the address.")
    facts: MailFacts
    credential_id: str | None = None
    warnings: list[OrderWarning] = Field(default=[])
    requested_at: AwareDatetime


class EmailSent(Event):
    """The mail server accepted the mail."""

    EVENT_TYPE: ClassVar[str] = "notifications.EmailSent.v1"

    order_id: str | None = None
    email_id: str
    template: TemplateName
    message_id: str
    credential_id: str | None = None
    sent_at: AwareDatetime
    confirmed_by_operator: bool = False


class EmailFailed(Event):
    """The mail can't be delivered, and why."""

    EVENT_TYPE: ClassVar[str] = "notifications.EmailFailed.v1"

    order_id: str | None = None
    email_id: str
    template: TemplateName
    message_id: str
    credential_id: str | None = None
    failure: EmailFailure
    smtp_code: int | None = None
    failed_at: AwareDatetime


class EmailInDoubt(Event):
    """A crash left open whether the mail left: an operator decides, it is never sent again by itself."""

    EVENT_TYPE: ClassVar[str] = "notifications.EmailInDoubt.v1"

    order_id: str | None = None
    email_id: str
    template: TemplateName
    message_id: str
    credential_id: str | None = None
    in_doubt_at: AwareDatetime


class EmailBounced(Event):
    """The mail came back."""

    EVENT_TYPE: ClassVar[str] = "notifications.EmailBounced.v1"

    order_id: str | None = None
    email_id: str
    template: TemplateName
    message_id: str
    credential_id: str | None = None
    bounced_at: AwareDatetime


class ContactAddressCorrected(Event):
    """An operator corrected the contact address."""

    EVENT_TYPE: ClassVar[str] = "notifications.ContactAddressCorrected.v1"

    personal: SealedBlock
    warnings: list[OrderWarning] = Field(default=[])


class ContactNoted(Event):
    """Notifications noted whom to write to, from an order."""

    EVENT_TYPE: ClassVar[str] = "notifications.ContactNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    storefront: str
    personal: SealedBlock
    locale: Locale
    warnings: list[OrderWarning] = Field(default=[])
    payable_until: date | None = Field(default=None, description="The last Europe/Rome date on which it can be paid.")
    expected_total_cents: int | None = Field(default=None, description="What the storefront showed, if it said so.")
    ordered_on: date | None = Field(default=None, description="O: reminders count from this Europe/Rome date.")
    remind_at: AwareDatetime | None = Field(default=None, description="The first reminder of what is due.")
    placed_itself: bool = Field(default=False, description="True for an automatic renewal's order (R43).")


class RefusedBuyerNoted(Event):
    """Notifications noted whom to write to, from an order that was refused, since nobody was known before."""

    EVENT_TYPE: ClassVar[str] = "notifications.RefusedBuyerNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    personal: SealedBlock
    locale: Locale
    warnings: list[OrderWarning] = Field(default=[])


class HandoverNoted(Event):
    """Sealed credentials arrived from provisioning and wait for their event."""

    EVENT_TYPE: ClassVar[str] = "notifications.HandoverNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    credential_id: str
    expires_at: AwareDatetime


class PriceNoted(Event):
    """Notifications noted an order's price, which its mail tells."""

    EVENT_TYPE: ClassVar[str] = "notifications.PriceNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    price: MailPrice
    event_id: str = Field(description="The event that said it.")


class PaymentNoted(Event):
    """Notifications noted what is still due after a payment, and the mail that asks for it."""

    EVENT_TYPE: ClassVar[str] = "notifications.PaymentNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    due_cents: int | None = Field(default=None, description="Empty where the order was closed: nothing is due.")
    mail: CausedMail | None = None


class ClosingNoted(Event):
    """Notifications noted that an order was closed, and the mail that says so."""

    EVENT_TYPE: ClassVar[str] = "notifications.ClosingNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    mail: CausedMail


class ExpiriesNoted(Event):
    """Notifications noted when services expire, which one was activated, and the mail that says so."""

    EVENT_TYPE: ClassVar[str] = "notifications.ExpiriesNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    expiries: dict[Product, date]
    activated: Product | None = None
    activated_on: date | None = Field(default=None, description="Its expiry is announced on a later date alone.")
    requires: Product | None = Field(default=None, description="The base that it needs.")
    mail: CausedMail | None = None


class ActivationNoted(Event):
    """Notifications noted that all of an order is active, and when each service that is alive expires."""

    EVENT_TYPE: ClassVar[str] = "notifications.ActivationNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    expiries: dict[Product, date]
    first_purchase: bool
    mail: CausedMail | None = Field(default=None, description="What confirms a renewal.")


class CredentialsNoted(Event):
    """Notifications noted that credentials were issued; their sealed box comes by another way."""

    EVENT_TYPE: ClassVar[str] = "notifications.CredentialsNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    credential_id: str
    event_id: str = Field(description="The event that said it.")
    expires_at: AwareDatetime
    reissued: bool = False


class CredentialsEndNoted(Event):
    """Notifications noted that credentials can't be sent any more: void, or out of time."""

    EVENT_TYPE: ClassVar[str] = "notifications.CredentialsEndNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    credential_id: str


class InputNoted(Event):
    """An input changed nothing in notifications; its version is remembered."""

    EVENT_TYPE: ClassVar[str] = "notifications.InputNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    input_type: str
    note: str = ""


class InputDiscarded(Event):
    """An operator discarded an input that was set aside, with the reason."""

    EVENT_TYPE: ClassVar[str] = "notifications.InputDiscarded.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    input_type: str
    input_id: str
    why: str


NOTIFICATIONS = (
    EmailRequested,
    EmailSent,
    EmailFailed,
    EmailInDoubt,
    EmailBounced,
    ContactAddressCorrected,
    ContactNoted,
    RefusedBuyerNoted,
    HandoverNoted,
    PriceNoted,
    PaymentNoted,
    ClosingNoted,
    ExpiriesNoted,
    ActivationNoted,
    CredentialsNoted,
    CredentialsEndNoted,
    *NOTICES,
    InputNoted,
    InputDiscarded,
)
