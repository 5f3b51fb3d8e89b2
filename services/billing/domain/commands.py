"""What is asked of billing, and how is each asking named? Twice the same is the same command."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RefundCredit:
    """An operator pays a credit back, as a whole."""

    TYPE: ClassVar[str] = "billing.RefundCredit"

    customer_id: str
    credit_id: str
    why: str

    @property
    def key(self) -> str:
        """A credit is paid back once."""
        return self.credit_id
