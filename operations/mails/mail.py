"""What does a mail say to whoever receives it?"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import default
from functools import cached_property, lru_cache
from pathlib import Path

_LINE = re.compile(r"^(Username|Password): (\S+)\s*$", re.MULTILINE)
_MASK = "•" * 12
# Each time that a header is looked at, the standard policy parses it by the grammar anew: three quarters of the work.
_PARSED_ONCE = default.clone(header_factory=lru_cache(1024)(HeaderRegistry()))


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    message: EmailMessage
    template: str = ""
    """Known once the events of notifications name it."""

    @cached_property
    def message_id(self) -> str:
        """What ties it to the events of notifications."""
        return str(self.message["Message-ID"]).strip()

    @property
    def subject(self) -> str:
        """The subject."""
        return str(self.message["Subject"])

    @cached_property
    def recipients(self) -> str:
        """Whom the mail server was to bring it to."""
        return str(self.message["X-Envelope-To"]).strip()

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part is not None else ""

    @property
    def credentials(self) -> dict[str, str]:
        """The labelled lines of the text part: Username and Password, where they stand."""
        return dict(_LINE.findall(self.text))

    @property
    def masked(self) -> str:
        """The text part with its password hidden, to be shown."""
        return re.sub(r"^(Password: )\S+", rf"\g<1>{_MASK}", self.text, flags=re.MULTILINE)


def read_mail(content: bytes) -> Mail:
    """Read a mail's bytes."""
    return Mail(message_from_bytes(content, EmailMessage, policy=_PARSED_ONCE))


class Maildir:
    """What a mail catcher received. A mail is read once, however often one looks: none changes once it is there.

    `from_now` leaves out what is there already.
    """

    def __init__(self, folder: Path | str | None, *, from_now: bool = False) -> None:
        self._new = None if folder is None else Path(folder) / "new"
        self._read: dict[str, Mail] = {}
        self._earlier = frozenset(path.name for path in self._paths()) if from_now else frozenset()

    def mails(self) -> list[Mail] | None:
        """Read what is there, in the order of its arrival; None where there is no catcher."""
        if self._new is None or not self._new.is_dir():
            return None
        known = self._earlier | self._read.keys()
        fresh = [path for path in self._paths() if path.name not in known]
        for path in sorted(fresh, key=lambda path: path.stat().st_mtime_ns):
            self._read[path.name] = read_mail(path.read_bytes())
        return list(self._read.values())

    def of(self, address: str) -> list[Mail]:
        """Return the mails to an address."""
        return [mail for mail in self.mails() or () if mail.recipients == address]

    def _paths(self) -> list[Path]:
        return list(self._new.iterdir()) if self._new is not None and self._new.is_dir() else []
