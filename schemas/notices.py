"""What does notifications note for the mails that wait for their day? Its own bookkeeping."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event
from schemas.mail import CausedMail
from schemas.vocabulary import HoldReason, Product, ServiceStatus

Internal = Literal["public", "internal"]


class ServiceNoted(Event):
    """Notifications noted where a service stands, from provisioning's event."""

    EVENT_TYPE: ClassVar[str] = "notifications.ServiceNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    product: Product
    status: ServiceStatus
    cancelled: bool = Field(default=False, description="Whether it was cancelled: it ends without a notice before.")
    ends_on: date | None = Field(
        default=None, description="In grace: its last date. Once it has ended: the first date on which it is no more."
    )
    tell_at: AwareDatetime | None = Field(
        default=None, description="When a suspension or its end is told, with those of the same order; else empty."
    )


class NoticesPlanned(Event):
    """Notifications noted when something is to be told next; whatever was planned before is void."""

    EVENT_TYPE: ClassVar[str] = "notifications.NoticesPlanned.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    plan: str = Field(description="Names this plan among the customer's: each has its own deadline.")
    replaces: str = Field(description="The plan before.")
    notice_at: AwareDatetime | None = Field(default=None, description="Empty where nothing is to be told.")


class NoticesGiven(Event):
    """Notifications noted that what was due was told, the latest of each kind alone, and the mails that tell it."""

    EVENT_TYPE: ClassVar[str] = "notifications.NoticesGiven.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    plan: str
    notified_on: date
    services: dict[Product, date] = Field(
        default={},
        description="On which Europe/Rome date was due what was told of a service? What came before is never told.",
    )
    credit_ids: list[str] = Field(default=[], description="The credit whose expiry was told.")
    order_ids: list[str] = Field(default=[], description="The orders whose credit or suspensions were told.")
    mails: list[CausedMail] = Field(default=[])


class ReminderNoted(Event):
    """Notifications noted that the day of a reminder came, when the next one comes, and the mail that reminds."""

    EVENT_TYPE: ClassVar[str] = "notifications.ReminderNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    remind_at: AwareDatetime | None = Field(default=None, description="The next reminder; empty after the last one.")
    mail: CausedMail | None = Field(default=None, description="Empty where nothing is due any more.")


class SettlementNoted(Event):
    """Notifications noted that an order is fully paid: nobody is reminded of it."""

    EVENT_TYPE: ClassVar[str] = "notifications.SettlementNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str


class HoldNoted(Event):
    """Notifications noted that an order is held, and when its customer hears of it."""

    EVENT_TYPE: ClassVar[str] = "notifications.HoldNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    reason: HoldReason
    tell_at: AwareDatetime | None = Field(default=None, description="Empty where the customer has heard of it before.")


class HoldNotified(Event):
    """Notifications noted that a customer hears of a held order, once."""

    EVENT_TYPE: ClassVar[str] = "notifications.HoldNotified.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    mail: CausedMail


class ReleaseNoted(Event):
    """Notifications noted that a held order was released."""

    EVENT_TYPE: ClassVar[str] = "notifications.ReleaseNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str


class CreditNoted(Event):
    """Notifications noted how much of a credit stands and until when, and the mail that tells of a grant."""

    EVENT_TYPE: ClassVar[str] = "notifications.CreditNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    credit_id: str
    remaining_cents: int = Field(ge=0, description="Zero where it was used, has expired or was paid back.")
    expires_on: date
    noted_on: date = Field(description="That it expires is told on a later date alone.")
    mail: CausedMail | None = None


class CreditMoved(Event):
    """Notifications noted what credit did for an order: told in one mail, with all that did the same."""

    EVENT_TYPE: ClassVar[str] = "notifications.CreditMoved.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str
    amount_cents: int
    returned: bool = Field(description="Whether it came back from the order, or paid it.")
    expires_on: date
    moved_at: AwareDatetime


class MailNoted(Event):
    """Notifications noted what a neighbour said, and the mail that tells it."""

    EVENT_TYPE: ClassVar[str] = "notifications.MailNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    mail: CausedMail


class AutomaticRenewalNoted(Event):
    """Notifications noted whether a customer's base renews by itself."""

    EVENT_TYPE: ClassVar[str] = "notifications.AutomaticRenewalNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    product: Product
    enabled: bool


Notice = (
    ServiceNoted
    | NoticesPlanned
    | NoticesGiven
    | ReminderNoted
    | SettlementNoted
    | HoldNoted
    | HoldNotified
    | ReleaseNoted
    | CreditNoted
    | CreditMoved
    | MailNoted
    | AutomaticRenewalNoted
)
"""Whatever is noted of them."""

NOTICES = (
    ServiceNoted,
    NoticesPlanned,
    NoticesGiven,
    ReminderNoted,
    SettlementNoted,
    HoldNoted,
    HoldNotified,
    ReleaseNoted,
    CreditNoted,
    CreditMoved,
    MailNoted,
    AutomaticRenewalNoted,
)
