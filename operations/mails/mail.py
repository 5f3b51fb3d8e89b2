"""What does a mail say to whoever receives it?"""

import re
from dataclasses import dataclass
from email.message import EmailMessage

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
