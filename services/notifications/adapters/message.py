"""How does a letter become the bytes of a mail? No text is parsed on the way, and the finished bytes are read again."""

import re
from binascii import b2a_qp
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import Header
from email.message import Message
from email.policy import default
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from schemas.text import reachable
from schemas.vocabulary import EmailFailure
from services.notifications.adapters.letters import Letter

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
LONGEST_LINE = 998
"""Bytes of a line without its end, as RFC 5322 has it."""

_BOUNDARY = "=_part"
"""No quoted-printable text has it (RFC 2045, 6.7); one drawn anew has a pattern compiled for each mail, twice."""
_PARTS = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'
_PART = (
    f"--{_BOUNDARY}\r\n"
    'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "{content}\r\n"
)
_ON_ONE_LINE = 66
_TORN_LINE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")


class Unsendable(Exception):
    """A mail that may not leave, and why."""

    def __init__(self, failure: EmailFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Mail:
    """What is handed to the mail server: who sends, who is addressed, and the bytes, which may hold a password."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)


def compose(letter: Letter, sender: str, address: str, message_id: str, at: datetime) -> Mail:
    """Make the mail for one mailbox, which is addressed without a name: a name there would be parsed by every reader.

    Raises Unsendable for an address that no mail can reach, and for bytes that say more or less than was meant.
    """
    try:
        reachable(address)
    except ValueError:
        raise Unsendable(EmailFailure.ADDRESS_INVALID) from None
    try:
        mail = _written(letter, sender, address, message_id, at)
        is_right = _has_whole_lines(mail.content) and _says_no_more(mail, letter)
    except (ValueError, MessageError):
        is_right = False
    if not is_right:
        raise Unsendable(EmailFailure.MALFORMED_MAIL)
    return mail


def _written(letter: Letter, sender: str, address: str, message_id: str, at: datetime) -> Mail:
    own_name, own_address = parseaddr(sender)
    headers = {
        "From": formataddr((own_name, own_address)),
        "To": address,
        "Subject": _encoded(letter.subject),
        "Date": format_datetime(at),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Mail(own_address, address, head.encode("ascii") + _body(letter))


def _encoded(subject: str) -> str:
    """Write a subject as it stands, or as encoded words: also where it is long, or looks as if it had one."""
    is_plain = subject.isascii() and "=?" not in subject and len(subject) <= _ON_ONE_LINE
    return Header(subject, "us-ascii" if is_plain else "utf-8", header_name="Subject").encode(linesep="\r\n")


def _body(letter: Letter) -> bytes:
    parts = (("plain", letter.text), ("html", letter.html))
    written = "".join(_PART.format(kind=kind, content=_quoted(content)) for kind, content in parts)
    return f"{_PARTS}{written}--{_BOUNDARY}--\r\n".encode("ascii")


def _quoted(text: str) -> str:
    return b2a_qp(text.replace("\n", "\r\n").encode(), istext=True).decode("ascii")


def _has_whole_lines(content: bytes) -> bool:
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return (
        content.isascii()
        and all(line.strip() for line in head)
        and _TORN_LINE.search(content) is None
        and max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    )


def _says_no_more(mail: Mail, letter: Letter) -> bool:
    """Read the bytes as whoever gets them does, and tell whether they say what was meant and nothing else."""
    read = message_from_bytes(mail.content)
    if sorted(read.keys()) != sorted(HEADERS) or f"To: {mail.recipient}".encode() not in mail.content.split(b"\r\n"):
        return False
    return (
        _addressed(read, "To") == [mail.recipient]
        and _addressed(read, "From") == [mail.sender]
        and _parsed(read, "Subject") == letter.subject
        and _parts(read) == [("text/plain", _lines(letter.text)), ("text/html", _lines(letter.html))]
    )


def _parsed(read: Message, name: str) -> Any:
    """Parse one header by the grammar; to parse all of them each time that one is looked at takes ten times as long."""
    return default.header_fetch_parse(name, read[name])


def _addressed(read: Message, name: str) -> list[str]:
    return [each.addr_spec for each in _parsed(read, name).addresses]


def _parts(read: Message) -> list[tuple[str, list[str]]]:
    _, *parts = read.walk()
    return [(part.get_content_type(), _lines(_text(part))) for part in parts]


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode(part.get_content_charset("us-ascii")) if isinstance(content, bytes) else ""


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")
