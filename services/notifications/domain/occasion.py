"""What may a reaction look at beside the event? The account, its rows, the day, the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.catalogue import Catalogue
from schemas.envelope import Event
from schemas.mail import CausedMail
from schemas.notifications import EmailRequested, InputNoted
from schemas.terms import business_date
from services.notifications.domain.model import Correspondence
from services.notifications.domain.requests import requested
from services.notifications.domain.rows import Email, OrderNote


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a neighbour's event, or a deadline, is reacted to, and on what."""

    event_id: str
    """Of the event, or of the input that a deadline becomes: the keys of its mails are made from it."""
    state: Correspondence
    now: datetime
    domain: str
    """In which the Message-IDs end."""
    catalogue: Catalogue
    note: OrderNote | None = None
    """The order that the event is about, where it is known."""
    email: Email | None = None
    """The mail that the event causes, where it was caused before."""

    @property
    def today(self) -> date:
        """The Europe/Rome date (R1)."""
        return business_date(self.now)

    def mails(self, customer_id: str, *caused: CausedMail | None) -> Sequence[EmailRequested]:
        """Ask for mails; they wait while nobody is known to write to."""
        contact = self.state.contact
        if contact is None:
            return []
        return [requested(customer_id, mail, contact, self.now, self.domain) for mail in caused if mail is not None]


def known_already(event: Event) -> InputNoted:
    """Note an event that says nothing new."""
    return nothing_to_tell(event, "known already")


def nothing_to_tell(event: Event, note: str) -> InputNoted:
    """Note an event that changes nothing here."""
    return InputNoted(customer_id=event.customer_id, order_id=event.correlation, input_type=event.EVENT_TYPE, note=note)
