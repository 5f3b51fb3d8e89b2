"""Who lives in a life that is compared, and how is it told?"""

from rehearsal.play.buyers import Buyer as Played
from tests.lives.model.state import Buyer, Line

FIRM, OTHER_FIRM, STUDIO, PERSON = "12345670017", "00743110157", "01234560017", "07643520567"
BUYERS = (
    Buyer("c-1", "LEGAL_PERSON", FIRM),
    Buyer("c-2", "VAT_HOLDER", OTHER_FIRM),
    Buyer("c-3", "ACCOUNTANT", STUDIO),
    Buyer("c-4", "LEGAL_PERSON", FIRM),
    Buyer("c-1", "LEGAL_PERSON", OTHER_FIRM),
    Buyer("c-2", "ACCOUNTANT", OTHER_FIRM),
    Buyer("c-5", "PRIVATE_PERSON", PERSON),
)
"""c-4 is the same firm as c-1; c-1 may try to order for another; c-2 may turn out an accountant."""


def shown(lines: tuple[Line, ...]) -> str:
    """Tell of a cart."""
    return " and ".join(
        f"{action.lower()} {product}" + f" for {years} years" * (years > 1) for product, action, years in lines
    )


def described(buyer: Buyer) -> Played:
    """Describe a buyer as an order does."""
    return Played(
        {
            "customer_id": buyer.customer_id,
            "kind": buyer.kind,
            "name": "Rossi",
            "email": f"{buyer.customer_id}@rossi.example",
            "vat_number": buyer.tax_identifier,
        }
    )
