"""What is asked of notifications, and how is each asking named? Twice the same is the same command."""

from dataclasses import dataclass
from typing import ClassVar

from schemas.notifications import EmailRequested
from schemas.personal import SealedBlock
from schemas.vocabulary import EmailFailure, EmailStatus, OrderWarning


@dataclass(frozen=True, slots=True)
class EmailOutcome:
    """What became of a mail, as the mail server or an operator says."""

    TYPE: ClassVar[str] = "notifications.email_outcome"

    customer_id: str
    email_id: str
    fate: EmailStatus
    failure: EmailFailure | None = None
    smtp_code: int | None = None
    by_operator: bool = False
    order_id: str | None = None

    @property
    def key(self) -> str:
        """The same fate of the same mail is told once by each."""
        return f"{self.email_id}\n{self.fate}" + ("\noperator" if self.by_operator else "")


@dataclass(frozen=True, slots=True)
class CorrectContact:
    """Write to another address from now on; `replaces` is the nonce of the block it was made from."""

    TYPE: ClassVar[str] = "notifications.correct_contact"

    customer_id: str
    key: str
    """Names the block that it replaces and, by a keyed hash, the address: the new block is sealed under it."""
    personal: SealedBlock
    replaces: str
    warnings: tuple[OrderWarning, ...]


@dataclass(frozen=True, slots=True)
class ReissueEmail:
    """Ask for the mail of an earlier request once more, under a key of its own (R38)."""

    TYPE: ClassVar[str] = "notifications.reissue_email"

    customer_id: str
    email_id: str
    original: EmailRequested

    @property
    def order_id(self) -> str | None:
        """Name the order that the mail is about."""
        return self.original.order_id

    @property
    def key(self) -> str:
        """A mail is asked for once more once: what it asks for is another mail."""
        return self.email_id
