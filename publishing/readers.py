"""Who acts on which type? Each service on the types it names here; analytics reads every public one of the log.

A reader of a topic skips the types that it does not act on. Versions are not named: whoever acts on a type acts on
every version of it, as the newest.
"""

from schemas.topics import INTAKE_BODIES, READ_BY, STOREFRONT_INTAKE, TOPIC_OF, TYPES

ACTS_ON: dict[str, frozenset[str]] = {
    "orders": frozenset(
        {
            "storefront.OrderSubmitted",
            "storefront.PaymentReceived",
            "storefront.OrderCancellationRequested",
            "billing.OrderPriced",
            "billing.PricingRefused",
            "provisioning.ServiceActivated",
            "provisioning.ExpiryAligned",
            "provisioning.OrderActivated",
            "provisioning.ActivationHeld",
            "provisioning.ServiceEnteredGrace",
            "provisioning.ServiceTerminated",
            "provisioning.ServiceCancelled",
        }
    ),
    "billing": frozenset(
        {
            "orders.OrderPlaced",
            "orders.PaymentRegistered",
            "orders.OrderCancelled",
            "orders.OrderExpired",
            "provisioning.ServiceActivated",
            "provisioning.ExpiryAligned",
            "provisioning.OrderActivated",
            "provisioning.ServiceEnteredGrace",
            "provisioning.ServiceTerminated",
            "provisioning.ServiceCancelled",
        }
    ),
    "provisioning": frozenset(
        {
            "orders.OrderSettled",
            "orders.OrderReleased",
            "notifications.EmailSent",
            "notifications.EmailFailed",
            "notifications.EmailInDoubt",
            "notifications.EmailBounced",
        }
    ),
    "notifications": frozenset(
        {
            "orders.OrderPlaced",
            "orders.PaymentRegistered",
            "orders.OrderCancelled",
            "orders.OrderExpired",
            "billing.OrderPriced",
            "provisioning.ServiceActivated",
            "provisioning.ExpiryAligned",
            "provisioning.OrderActivated",
            "provisioning.CredentialsIssued",
            "provisioning.CredentialsVoided",
            "handover.CredentialsHandedOver",
        }
    ),
}


def readers_of(event_type: str) -> tuple[str, ...]:
    """Name who reads a type: the services that act on it, and analytics where it is public."""
    topic = STOREFRONT_INTAKE if event_type in INTAKE_BODIES else TOPIC_OF[event_type]
    is_public = event_type in INTAKE_BODIES or TYPES[event_type].VISIBILITY == "public"
    name = event_type.rpartition(".v")[0]
    return tuple(
        reader for reader in READ_BY[topic] if (is_public if reader == "analytics" else name in ACTS_ON[reader])
    )
