"""What is told of renewals that place themselves? That one was not paid; one that was placed is told with its price."""

from schemas.automatic_renewals import AutomaticRenewalFailed, AutomaticRenewalSet
from schemas.mail import MailFacts, MailPrice, MailService
from schemas.notices import AutomaticRenewalNoted, MailNoted
from services.notifications.domain.drafts import about_order, due_cents
from services.notifications.domain.model import NotificationsEvent
from services.notifications.domain.notices import planned
from services.notifications.domain.occasion import Occasion, nothing_to_tell
from services.notifications.domain.services import service
from services.notifications.domain.texts import AUTOMATIC_RENEWAL_FAILED


def on_automatic_renewal_set(event: AutomaticRenewalSet, occasion: Occasion) -> list[NotificationsEvent]:
    """Note whether a base renews by itself: its notices are fewer, and say so."""
    noted = AutomaticRenewalNoted(customer_id=event.customer_id, product=event.product, enabled=event.enabled)
    return planned(event.customer_id, [noted], occasion)


def on_automatic_renewal_failed(event: AutomaticRenewalFailed, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that a renewal was not paid by the expiry, and until when it still can be."""
    note, base = occasion.note, service(occasion.state.services, event.product)
    if note is None or note.settled or note.closed:
        return [nothing_to_tell(event, "nothing is due for this order")]
    price = None if note.price is None else MailPrice.model_validate_json(note.price)
    facts = MailFacts(
        order_id=event.order_id,
        services=[] if base is None else [MailService(product=base.product, expires_on=base.expires_on)],
        due_cents=None if price is None else due_cents(note, price),
        payable_until=note.payable_until,
    )
    mail = about_order(AUTOMATIC_RENEWAL_FAILED, event.order_id, occasion.event_id, facts)
    noted = MailNoted(customer_id=event.customer_id, order_id=event.order_id, mail=mail)
    return [noted, *occasion.mails(event.customer_id, mail)]
