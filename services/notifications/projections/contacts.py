"""Whom does notifications write to? Sealed: opened on an operator's screen and in the mail alone."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection
from schemas.envelope import Event
from schemas.notifications import ContactAddressCorrected, ContactNoted
from schemas.vocabulary import Locale, OrderWarning


class ContactRow(Struct, frozen=True):
    """A customer's sealed recipient and language."""

    customer_id: str
    key_id: str
    nonce: str
    ciphertext: str
    locale: Locale
    certified_mail: bool
    corrected: bool


def keys_of(event: Event) -> Iterable[Key]:
    """Name the customer whose contact an event sets."""
    return [(event.customer_id,)] if isinstance(event, ContactNoted | ContactAddressCorrected) else []


def evolve(row: ContactRow | None, event: Event, _: Key) -> ContactRow | None:
    """Keep the last word, an order's or an operator's."""
    match event:
        case ContactNoted():
            sealed, certified = event.personal, OrderWarning.PEC_ADDRESS in event.warnings
            return ContactRow(
                event.customer_id, sealed.key_id, sealed.nonce, sealed.ciphertext, event.locale, certified, False
            )
        case ContactAddressCorrected() if row is not None:
            sealed = event.personal
            return replace(
                row,
                key_id=sealed.key_id,
                nonce=sealed.nonce,
                ciphertext=sealed.ciphertext,
                certified_mail=OrderWarning.PEC_ADDRESS in event.warnings,
                corrected=True,
            )
        case _:
            return row


DDL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
CONTACTS = Projection("contacts", ContactRow, ("customer_id",), keys_of, evolve, DDL)
