"""Is this a VAT number or a tax code? The check digits say so; whose it is, they don't."""

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.it import codicefiscale, iva

from schemas.vocabulary import BuyerKind

_DIGITS = 11
_SEPARATORS = re.compile(r"[\s.-]")
_PREFIXED_VAT_NUMBER = re.compile(r"IT\d{11}")


class Verdict(StrEnum):
    """What a check found; it stands in for the identifier wherever the identifier itself is not needed."""

    MISSING = "MISSING"
    MALFORMED = "MALFORMED"
    VALID = "VALID"


@dataclass(frozen=True, slots=True)
class Identifiers:
    """A buyer's identifiers, tidied, with what their checks found."""

    vat_number: str | None
    tax_code: str | None

    @property
    def vat_number_verdict(self) -> Verdict:
        """Check the VAT number."""
        # Digits alone: stdnum would strip another "IT", and one number would have two look-up hashes.
        number = self.vat_number or ""
        return _verdict(number, number.isdigit() and iva.is_valid(number))

    def tax_code_verdict(self, kind: BuyerKind) -> Verdict:
        """Check the tax code: 11 digits, or 16 characters, which are a person's and never a legal person's."""
        code = self.tax_code or ""
        may_be = kind is not BuyerKind.LEGAL_PERSON or len(code) == _DIGITS
        return _verdict(code, may_be and codicefiscale.is_valid(code))

    @property
    def tax_identifier(self) -> str | None:
        """Return the VAT number, else the tax code (R9)."""
        return self.vat_number or self.tax_code


def tidy(vat_number: str | None, tax_code: str | None) -> Identifiers:
    """Bring identifiers as people type them into the one form that is checked, hashed and sealed."""
    vat = _compact(vat_number).removeprefix("IT")
    code = _compact(tax_code)
    if _PREFIXED_VAT_NUMBER.fullmatch(code):
        code = code.removeprefix("IT")
    return Identifiers(vat or None, code or None)


def _compact(typed: str | None) -> str:
    return _SEPARATORS.sub("", typed or "").upper()


def _verdict(value: str, is_valid: bool) -> Verdict:
    if not value:
        return Verdict.MISSING
    return Verdict.VALID if is_valid else Verdict.MALFORMED
