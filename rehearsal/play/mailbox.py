"""Which mails left? What the catcher keeps, read as their receiver would."""

import email
import re
from collections import defaultdict
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_LINE = re.compile(r"^(Username|Password): (\S+)\s*$", re.MULTILINE)
_MASK = "•" * 12


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    message: EmailMessage
    template: str = ""
    """Known once the events of notifications name it."""

    @property
    def message_id(self) -> str:
        """What ties it to the events of notifications."""
        return str(self.message["Message-ID"]).strip()

    @property
    def subject(self) -> str:
        """The subject."""
        return str(self.message["Subject"])

    @property
    def recipients(self) -> str:
        """Whom the mail server was told to bring it to."""
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


class Mailbox:
    """Read the catcher's Maildir; a file once read is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[str] = set()
        self._by_recipient: dict[str, list[Mail]] = defaultdict(list)
        self._look(keep=False)

    def of(self, address: str) -> list[Mail]:
        """Return the mails to an address since the play began, in the order of their arrival."""
        self._look()
        return list(self._by_recipient[address])

    def _look(self, *, keep: bool = True) -> None:
        folder = self._folder / "new"
        if not folder.exists():
            return
        fresh = [path for path in folder.iterdir() if path.name not in self._read]
        for path in sorted(fresh, key=lambda path: path.stat().st_mtime_ns):
            self._read.add(path.name)
            if keep:
                mail = Mail(email.message_from_bytes(path.read_bytes(), policy=default))
                self._by_recipient[mail.recipients].append(mail)
