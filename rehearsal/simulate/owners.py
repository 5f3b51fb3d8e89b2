"""How do those order who own something, or have ordered it? Documents for an owner, and what they are refused."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY
from rehearsal.simulate.scenarios import Expected, Scenario, Step, Until
from rehearsal.simulate.writer import Writer, bought, outcome

CHANNELS = ("SITE", "CUSTOMER_AREA", "PANEL")
MONTHS_AGO = (1, 5, 7, 11)


def documents_for_an_owner(writer: Writer) -> Scenario:
    """Case 2: from every channel, with the extension kept, refused, or left to its default."""
    buyer = writer.names.buyer()
    base = writer.cart(buyer, E_INVOICING)
    toggle = writer.random.choice(({}, {"extend_active_services": True}, {"extend_active_services": False}))
    added = writer.cart(buyer, DOCUMENTS, channel=writer.random.choice(CHANNELS), **toggle)
    refuses = toggle.get("extend_active_services") is False
    return Scenario(
        "Documents, extension refused" if refuses else "Documents, extension kept",
        bought(writer, added),
        (
            outcome(base, "ACTIVATED", payments=1),
            outcome(added, "ACTIVATED", payments=1, base_order=str(base["order_id"])),
        ),
        before=(*bought(writer, base), Until(str(base["order_id"]), "activated")),
        bought_months_ago=writer.random.choice(MONTHS_AGO),
    )


def documents_twice(writer: Writer) -> Scenario:
    """R10: owned already."""
    return _refused(writer, "Documents twice", (E_INVOICING, DOCUMENTS), DOCUMENTS, "ADDON_ALREADY_ACTIVE")


def e_invoicing_twice(writer: Writer) -> Scenario:
    """R8: owned already."""
    return _refused(writer, "e-invoicing twice", (E_INVOICING,), E_INVOICING, "BASE_ALREADY_OWNED")


def documents_for_receive_only(writer: Writer) -> Scenario:
    """R8: the other variant takes no add-on."""
    return _refused(writer, "Documents for receive-only", (RECEIVE_ONLY,), DOCUMENTS, "BASE_RECEIVE_ONLY")


def documents_in_grace(writer: Writer) -> Scenario:
    """R12: e-invoicing expired a month ago."""
    return _refused(writer, "Documents in grace", (E_INVOICING,), DOCUMENTS, "BASE_NOT_ACTIVE", months_ago=13)


def documents_before_the_base_is_paid(writer: Writer) -> Scenario:
    """R11: e-invoicing is ordered, and not paid."""
    buyer = writer.names.buyer()
    base, added = writer.cart(buyer, E_INVOICING), writer.cart(buyer, DOCUMENTS)
    first = writer.submit(base)
    steps = (first, Until(first.order_id, "decided"), writer.submit(added, "refused"))
    ends = (outcome(base, "AWAITING_PAYMENT"), _refusal(added, "BASE_ORDER_PENDING", first.order_id))
    return Scenario("Documents before its base is paid", steps, ends)


def documents_ordered_twice(writer: Writer) -> Scenario:
    """R10: ordered already, and neither paid nor closed."""
    buyer = writer.names.buyer()
    base, added, again = (writer.cart(buyer, product) for product in (E_INVOICING, DOCUMENTS, DOCUMENTS))
    first = writer.submit(added)
    steps = (first, Until(first.order_id, "decided"), writer.submit(again, "refused"))
    base_order = str(base["order_id"])
    ends = (
        outcome(base, "ACTIVATED", payments=1),
        outcome(added, "AWAITING_PAYMENT", base_order=base_order),
        _refusal(again, "ADDON_ORDER_PENDING", first.order_id),
    )
    return Scenario(
        "Documents ordered twice", steps, ends, before=(*bought(writer, base), Until(base_order, "activated"))
    )


def two_for_one_tax_identifier(writer: Writer) -> Scenario:
    """R9: the first has it, the second is told so."""
    first_buyer = writer.names.buyer()
    second_buyer = writer.names.buyer(vat_number=first_buyer.body["vat_number"])
    first, second = writer.cart(first_buyer, E_INVOICING), writer.cart(second_buyer, E_INVOICING)
    first_order = str(first["order_id"])
    steps = (writer.submit(first), Until(first_order, "decided"), writer.submit(second, "refused"))
    ends = (outcome(first, "AWAITING_PAYMENT"), _refusal(second, "BASE_ORDER_PENDING", first_order))
    return Scenario("two for one tax identifier", steps, ends)


def _refused(
    writer: Writer, case: str, owned: tuple[str, ...], product: str, code: str, *, months_ago: int = 0
) -> Scenario:
    buyer = writer.names.buyer()
    base, again = writer.cart(buyer, *owned), writer.cart(buyer, product)
    before: tuple[Step, ...] = (*bought(writer, base), Until(str(base["order_id"]), "activated"))
    ends = (outcome(base, "ACTIVATED", payments=1), _refusal(again, code))
    return Scenario(case, (writer.submit(again, "refused"),), ends, before, months_ago)


def _refusal(body: dict[str, object], code: str, in_the_way: str | None = None) -> Expected:
    return outcome(body, "REFUSED", violations=(code,), order_in_the_way=in_the_way)
