"""How may a text look that a person writes? One rule for names, reasons and addresses, wherever they come in."""

import re
import unicodedata
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints

_BREAKING = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ufffe\uffff"
"""Controls, line and paragraph separators, marks that turn the direction, and what is no character."""
_UNSEEN = (
    r"\x20\xa0\xad\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200d\u202f\u205f-\u2065\u2800\u3000\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0"
)
"""Blanks of every width, fillers, joiners, and what only changes the look of its neighbour."""
_AROUND = (
    "\x20\xa0\xad\u115f\u1160\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
    "\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0"
)
"""What is cut off at both ends. Not the joiners: in Malayalam and Persian a word may end in one."""
UNBROKEN = f"^[^{_BREAKING}]*$"
"""What a text matches that may also be empty."""
ONE_LINE = f"^[^{_BREAKING}]*[^{_BREAKING}{_UNSEEN}][^{_BREAKING}]*$"
"""What a text of one line matches, as JSON Schema says it: nothing that breaks it, and something to be seen."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
MAILBOX = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+([A-Za-z0-9][A-Za-z0-9-]{{0,61}})?[A-Za-z]$"
"""What an address of one mailbox matches; it may still be of a domain that is nobody's."""

_MOST = 1_000
"""More is composed (NFC) in a time that grows with the square of a run of marks."""

_breaking = re.compile(f"[{_BREAKING}]")
_seen = re.compile(f"[^{_UNSEEN}]")
_mailbox = re.compile(MAILBOX)


def tidied(text: str) -> str:
    """Return a text in one form (NFC), without blanks around it. Raises ValueError for what is not one line of text."""
    found = _breaking.search(text)
    if found is not None:
        where = f"U+{ord(found[0]):04X} at character {found.start() + 1}"
        raise ValueError(f"a text of one line holds no control, line break or mark of direction: {where}")
    if len(text) > _MOST:
        raise ValueError(f"a text of one line has at most {_MOST:,} characters")
    if not _seen.search(text):
        raise ValueError("there is nothing to be seen in this text")
    return unicodedata.normalize("NFC", text).strip(_AROUND)


def tidied_if_any(text: str) -> str:
    """Do the same with a text that may also be left empty."""
    return tidied(text) if _seen.search(text) or _breaking.search(text) else ""


def reachable(address: str) -> str:
    """Return an address of one mailbox as it is. Raises ValueError for one that no mail can reach; nobody is asked."""
    local = address.rpartition("@")[0]
    # Some readers take =?…?= for an encoded word also where RFC 2047 allows none.
    if not _mailbox.fullmatch(address) or len(local) > 64 or "=?" in local:
        raise ValueError("this is no e-mail address of one mailbox, like anna.rossi@rossi.example")
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("no mail can reach an address in this domain") from None
    return address


def tidied_form(value: Any) -> Any:
    """Tidy every text of a form, names of fields too, at whatever depth. Raises ValueError for one of several lines."""
    try:
        match value:
            case str():
                return tidied_if_any(value)
            case dict():
                return {tidied_if_any(name): tidied_form(part) for name, part in value.items()}
            case list():
                return [tidied_form(part) for part in value]
            case _:
                return value
    except RecursionError:
        raise ValueError("nested too deeply") from None


Entry = Annotated[str, AfterValidator(tidied_if_any), Field(json_schema_extra={"pattern": UNBROKEN})]
_one_line = Field(json_schema_extra={"pattern": ONE_LINE})
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(tidied), _one_line]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(tidied), _one_line]
EmailAddress = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(reachable),
    Field(json_schema_extra={"pattern": MAILBOX}),
]
