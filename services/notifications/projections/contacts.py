"""Whom does notifications write to? Sealed: opened on an operator's screen and in the mail alone."""

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.notifications import ContactAddressCorrected, ContactNoted, RefusedBuyerNoted
from schemas.vocabulary import Locale, OrderWarning

_Setting = ContactNoted | RefusedBuyerNoted | ContactAddressCorrected


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
    return [(event.customer_id,)] if isinstance(event, _Setting) else []


def evolve(row: ContactRow | None, event: _Setting, _: Key) -> ContactRow | None:
    """Keep the last word, an order's or an operator's."""
    match event:
        case ContactNoted() | RefusedBuyerNoted():
            sealed, certified = event.personal, OrderWarning.PEC_ADDRESS in event.warnings
            return ContactRow(
                event.customer_id, sealed.key_id, sealed.nonce, sealed.ciphertext, event.locale, certified, False
            )
        case ContactAddressCorrected():
            return None if row is None else _corrected(row, event)
        case _:
            assert_never(event)


def _corrected(row: ContactRow, event: ContactAddressCorrected) -> ContactRow:
    return replace(
        row,
        key_id=event.personal.key_id,
        nonce=event.personal.nonce,
        ciphertext=event.personal.ciphertext,
        certified_mail=OrderWarning.PEC_ADDRESS in event.warnings,
        corrected=True,
    )


DDL = ddl(__file__)
CONTACTS = Projection(
    "contacts", ContactRow, ("customer_id",), keys_of, evolve, DDL, replaced_by=ContactNoted | RefusedBuyerNoted
)
