"""Which topics are there, who writes them, how long are they kept, and which types travel on each?"""

from pydantic import BaseModel

from schemas.billing import BILLING
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.notifications import NOTIFICATIONS
from schemas.orders import ORDERS
from schemas.provisioning import PROVISIONING
from schemas.rejections import RecordRejected
from schemas.storefront import INTAKE, Body
from schemas.superseded import SUPERSEDED_BILLING

STOREFRONT_INTAKE = "storefront.intake"
STOREFRONT_REJECTIONS = "storefront.rejections"
ORDERS_EVENTS = "orders.events"
BILLING_EVENTS = "billing.events"
PROVISIONING_EVENTS = "provisioning.events"
NOTIFICATIONS_EVENTS = "notifications.events"
CREDENTIALS_HANDOVER = "credentials.handover"

PARTITIONS = 12
"""Fixed for ever: a customer's events stay in one partition."""

EVENTS: dict[str, tuple[type[Event], ...]] = {
    ORDERS_EVENTS: ORDERS,
    BILLING_EVENTS: (*BILLING, *SUPERSEDED_BILLING),
    PROVISIONING_EVENTS: PROVISIONING,
    NOTIFICATIONS_EVENTS: NOTIFICATIONS,
    CREDENTIALS_HANDOVER: (CredentialsHandedOver,),
}
WRITTEN_BY: dict[str, str] = {
    STOREFRONT_INTAKE: "storefronts",
    STOREFRONT_REJECTIONS: "orders",
    ORDERS_EVENTS: "orders",
    BILLING_EVENTS: "billing",
    PROVISIONING_EVENTS: "provisioning",
    NOTIFICATIONS_EVENTS: "notifications",
    CREDENTIALS_HANDOVER: "provisioning",
}
ANALYSED = (ORDERS_EVENTS, BILLING_EVENTS, PROVISIONING_EVENTS, NOTIFICATIONS_EVENTS)
"""What analysts read; neither intake and what it refused nor the hand-over of credentials is for them."""
RETENTION_HOURS: dict[str, int | None] = {
    STOREFRONT_INTAKE: 30 * 24,
    STOREFRONT_REJECTIONS: 30 * 24,
    ORDERS_EVENTS: None,
    BILLING_EVENTS: None,
    PROVISIONING_EVENTS: None,
    NOTIFICATIONS_EVENTS: None,
    CREDENTIALS_HANDOVER: 72,
}
"""None: for ever."""


def retention_ms(topic: str) -> int:
    """Return how long Kafka keeps a topic's records, -1 for ever."""
    hours = RETENTION_HOURS[topic]
    return -1 if hours is None else hours * 3_600_000


INTAKE_BODIES: dict[str, type[Body]] = {body.EVENT_TYPE: body for body in INTAKE}
REJECTIONS: dict[str, type[BaseModel]] = {RecordRejected.EVENT_TYPE: RecordRejected}
"""Of records, not of accounts: their subject is the record's place."""
TYPES: dict[str, type[Event]] = {event.EVENT_TYPE: event for events in EVENTS.values() for event in events}
TOPIC_OF: dict[str, str] = {event.EVENT_TYPE: topic for topic, events in EVENTS.items() for event in events}
PUBLISHED: dict[str, dict[str, type[BaseModel]]] = {
    STOREFRONT_INTAKE: dict(INTAKE_BODIES),
    STOREFRONT_REJECTIONS: REJECTIONS,
    **{topic: {event.EVENT_TYPE: event for event in events} for topic, events in EVENTS.items()},
}
"""Every type of every topic."""
