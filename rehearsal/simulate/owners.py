"""How do those order who own something, or have ordered it? Documents for an owner, and what they are refused."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY
from rehearsal.simulate.clerk import Clerk, bought, outcome
from rehearsal.simulate.errands import Errand, Expected, Step, Until

CHANNELS = ("SITE", "CUSTOMER_AREA", "PANEL")
MONTHS_AGO = (1, 5, 7, 11)


def documents_for_an_owner(clerk: Clerk) -> Errand:
    """Case 2: from every channel, with the extension kept, refused, or left to its default."""
    buyer = clerk.names.buyer()
    base = clerk.cart(buyer, E_INVOICING)
    toggle = clerk.dice.choice(({}, {"extend_active_services": True}, {"extend_active_services": False}))
    added = clerk.cart(buyer, DOCUMENTS, channel=clerk.dice.choice(CHANNELS), **toggle)
    refuses = toggle.get("extend_active_services") is False
    return Errand(
        "Documents, extension refused" if refuses else "Documents, extension kept",
        bought(clerk, added),
        (
            outcome(base, "ACTIVATED", payments=1),
            outcome(added, "ACTIVATED", payments=1, base_order=str(base["order_id"])),
        ),
        before=(*bought(clerk, base), Until(str(base["order_id"]), "activated")),
        bought_months_ago=clerk.dice.choice(MONTHS_AGO),
    )


def documents_twice(clerk: Clerk) -> Errand:
    """R10: owned already."""
    return _refused(clerk, "Documents twice", (E_INVOICING, DOCUMENTS), DOCUMENTS, "ADDON_ALREADY_ACTIVE")


def e_invoicing_twice(clerk: Clerk) -> Errand:
    """R8: owned already."""
    return _refused(clerk, "e-invoicing twice", (E_INVOICING,), E_INVOICING, "BASE_ALREADY_OWNED")


def documents_for_receive_only(clerk: Clerk) -> Errand:
    """R8: the other variant takes no add-on."""
    return _refused(clerk, "Documents for receive-only", (RECEIVE_ONLY,), DOCUMENTS, "BASE_RECEIVE_ONLY")


def documents_in_grace(clerk: Clerk) -> Errand:
    """R12: e-invoicing expired a month ago."""
    return _refused(clerk, "Documents in grace", (E_INVOICING,), DOCUMENTS, "BASE_NOT_ACTIVE", months_ago=13)


def documents_before_the_base_is_paid(clerk: Clerk) -> Errand:
    """R11: e-invoicing is ordered, and not paid."""
    buyer = clerk.names.buyer()
    base, added = clerk.cart(buyer, E_INVOICING), clerk.cart(buyer, DOCUMENTS)
    first = clerk.submit(base)
    steps = (first, Until(first.order_id, "decided"), clerk.submit(added, "refused"))
    ends = (outcome(base, "AWAITING_PAYMENT"), _refusal(added, "BASE_ORDER_PENDING", first.order_id))
    return Errand("Documents before its base is paid", steps, ends)


def documents_ordered_twice(clerk: Clerk) -> Errand:
    """R10: ordered already, and neither paid nor closed."""
    buyer = clerk.names.buyer()
    base, added, again = (clerk.cart(buyer, product) for product in (E_INVOICING, DOCUMENTS, DOCUMENTS))
    first = clerk.submit(added)
    steps = (first, Until(first.order_id, "decided"), clerk.submit(again, "refused"))
    base_order = str(base["order_id"])
    ends = (
        outcome(base, "ACTIVATED", payments=1),
        outcome(added, "AWAITING_PAYMENT", base_order=base_order),
        _refusal(again, "ADDON_ORDER_PENDING", first.order_id),
    )
    return Errand("Documents ordered twice", steps, ends, before=(*bought(clerk, base), Until(base_order, "activated")))


def two_for_one_tax_identifier(clerk: Clerk) -> Errand:
    """R9: the first has it, the second is told so."""
    first_buyer = clerk.names.buyer()
    second_buyer = clerk.names.buyer(vat_number=first_buyer.body["vat_number"])
    first, second = clerk.cart(first_buyer, E_INVOICING), clerk.cart(second_buyer, E_INVOICING)
    first_order = str(first["order_id"])
    steps = (clerk.submit(first), Until(first_order, "decided"), clerk.submit(second, "refused"))
    ends = (outcome(first, "AWAITING_PAYMENT"), _refusal(second, "BASE_ORDER_PENDING", first_order))
    return Errand("two for one tax identifier", steps, ends)


def _refused(clerk: Clerk, case: str, owned: tuple[str, ...], wanted: str, code: str, *, months_ago: int = 0) -> Errand:
    buyer = clerk.names.buyer()
    base, again = clerk.cart(buyer, *owned), clerk.cart(buyer, wanted)
    before: tuple[Step, ...] = (*bought(clerk, base), Until(str(base["order_id"]), "activated"))
    ends = (outcome(base, "ACTIVATED", payments=1), _refusal(again, code))
    return Errand(case, (clerk.submit(again, "refused"),), ends, before, months_ago)


def _refusal(body: dict[str, object], code: str, in_the_way: str | None = None) -> Expected:
    return outcome(body, "REFUSED", violations=(code,), order_in_the_way=in_the_way)
