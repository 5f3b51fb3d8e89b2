"""What does notifications forget of an erased customer? The passwords on their way: their box has another key."""

from schemas.notifications import CredentialsEndNoted, InputNoted
from schemas.orders import PersonalDataErased
from services.notifications.domain.model import NotificationsEvent
from services.notifications.domain.occasion import Occasion


def on_personal_data_erased(event: PersonalDataErased, occasion: Occasion) -> list[NotificationsEvent]:
    """Forget credentials that wait for their mail: a box names its customer, and the customer's key does not seal it.

    All else is sealed with that key; a mail that still is to leave fails, its address can't be read.
    """
    ended: list[NotificationsEvent] = [
        CredentialsEndNoted(customer_id=event.customer_id, order_id=held.order_id, credential_id=held.credential_id)
        for held in occasion.state.credentials
    ]
    return ended or [InputNoted(customer_id=event.customer_id, input_type=event.EVENT_TYPE, note="none is on its way")]
