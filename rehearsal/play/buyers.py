"""Who buys? People and firms that were never there before, so that a play can be run again."""

import hashlib
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import luhn
from stdnum.it import codicefiscale

_CONSONANTS = "BCDFGHLMNPRSTVZ"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as a storefront's order describes it."""

    body: Mapping[str, Any]

    @property
    def customer_id(self) -> str:
        """The account."""
        return str(self.body["customer_id"])

    @property
    def email(self) -> str:
        """Where their mail goes."""
        return str(self.body["email"])

    def but(self, **changes: Any) -> "Buyer":
        """Return the same buyer with other fields."""
        return Buyer({**self.body, **changes})


class Names:
    """Ids and identifiers that are unique on this stack: a random start for the run, then a counter.

    A run that is named gives out the same ones each time.
    """

    def __init__(self, run: str | None = None) -> None:
        self.run = run or secrets.token_hex(4)
        self._numbers = itertools.count(1)
        start = int.from_bytes(hashlib.sha256(self.run.encode()).digest()[:8])
        self._first_company = start % 9_000_000 + 1_000_000
        self._office = start // 9_000_000 % 100 + 1

    def order(self) -> str:
        """Return a new order id."""
        return f"o-{self.run}-{next(self._numbers)}"

    def payment(self) -> str:
        """Return a new payment id."""
        return f"p-{self.run}-{next(self._numbers)}"

    def vat_number(self) -> str:
        """Return a valid Italian VAT number: seven digits of the firm, three of the office, Luhn's check digit."""
        company = 1_000_000 + (self._first_company + next(self._numbers)) % 9_000_000
        digits = f"{company:07d}{self._office:03d}"
        return f"{digits}{luhn.calc_check_digit(digits)}"

    def tax_code(self) -> str:
        """Return a valid personal tax code of somebody born on 10 December 1985 in Florence."""
        number, letters = next(self._numbers) + self._first_company, ""
        for _ in range(6):
            number, index = divmod(number, len(_CONSONANTS))
            letters += _CONSONANTS[index]
        code = f"{letters}85T10D612"
        return f"{code}{codicefiscale.calc_check_digit(code)}"

    def buyer(self, kind: str = "LEGAL_PERSON", **changes: Any) -> Buyer:
        """Return a new eligible buyer: a firm with a VAT number, unless told otherwise."""
        name = f"{self.run}-{next(self._numbers)}"
        body = {
            "customer_id": f"c-{name}",
            "kind": kind,
            "citizenship": "IT",
            "name": f"Rossi {name} Srl",
            "email": f"amministrazione@{name}.example",
            "vat_number": self.vat_number(),
            "tax_code": None,
            "locale": "it",
        }
        return Buyer({**body, **changes})
