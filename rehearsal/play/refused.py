"""What is refused to somebody who owns nothing? Each mistake with the codes that it must lead to (R8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body, line


@dataclass(frozen=True)
class Mistake:
    """A first purchase that is refused: how the buyer differs from an eligible one, and the cart."""

    what: str
    products: tuple[str | Body, ...]
    codes: tuple[str, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "SITE"


FIRST_PURCHASES = (
    Mistake("Documents alone", (DOCUMENTS,), ("BASE_REQUIRED",)),
    Mistake("receive-only with Documents", (RECEIVE_ONLY, DOCUMENTS), ("BASE_RECEIVE_ONLY",)),
    Mistake("both variants", (E_INVOICING, RECEIVE_ONLY), ("DUPLICATE_LINE",)),
    Mistake("one product twice", (E_INVOICING, E_INVOICING), ("DUPLICATE_LINE",)),
    Mistake("an empty cart", (), ("EMPTY_CART",)),
    Mistake(
        "an accountant with Documents", (E_INVOICING, DOCUMENTS), ("ACCOUNTANT_USER",), changes={"kind": "ACCOUNTANT"}
    ),
    Mistake("a private person", (E_INVOICING,), ("BUYER_NOT_ELIGIBLE",), changes={"kind": "PRIVATE_PERSON"}),
    Mistake(
        "a public administration",
        (E_INVOICING,),
        ("BUYER_NOT_ELIGIBLE",),
        changes={"kind": "PUBLIC_ADMINISTRATION"},
    ),
    Mistake(
        "a foreign VAT holder",
        (E_INVOICING,),
        ("BUYER_NOT_ELIGIBLE",),
        changes={"kind": "VAT_HOLDER", "citizenship": "FR"},
    ),
    Mistake("a firm without identifier", (E_INVOICING,), ("BUYER_NOT_ELIGIBLE",), changes={"vat_number": None}),
    Mistake("a VAT number too short", (E_INVOICING,), ("VAT_NUMBER_INVALID",), changes={"vat_number": "IT1234567"}),
    Mistake("a wrong VAT number", (E_INVOICING,), ("VAT_NUMBER_INVALID",), changes={"vat_number": "12345678901"}),
    Mistake(
        "a wrong tax code",
        (E_INVOICING,),
        ("TAX_CODE_INVALID",),
        changes={"vat_number": None, "tax_code": "RSSMRA85T10A562X"},
    ),
    Mistake("a renewal of nothing", (line(E_INVOICING, "RENEW"),), ("RENEWAL_NOT_POSSIBLE",)),
    Mistake("a first purchase in the customer area", (E_INVOICING,), ("CHANNEL_NOT_ALLOWED",), channel="CUSTOMER_AREA"),
    Mistake("a first purchase in the panel", (E_INVOICING,), ("CHANNEL_NOT_ALLOWED",), channel="PANEL"),
    Mistake(
        "several reasons at once",
        (E_INVOICING, E_INVOICING),
        ("BUYER_NOT_ELIGIBLE", "VAT_NUMBER_INVALID", "DUPLICATE_LINE", "CHANNEL_NOT_ALLOWED"),
        changes={"kind": "PRIVATE_PERSON", "vat_number": "12345678901"},
        channel="PANEL",
    ),
)
