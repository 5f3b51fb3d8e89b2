"""Who may not buy what, and why? Section 4 of the rules, R31 and R32: every violation, as codes."""

from collections.abc import Iterator, Mapping

from tests.lives.model.state import BASES, DOCUMENTS, FE, RECEIVE_ONLY, Account, Buyer, Line


def violations(accounts: Mapping[str, Account], buyer: Buyer, lines: tuple[Line, ...], channel: str) -> frozenset[str]:
    """Judge a cart."""
    own, products = accounts[buyer.customer_id], [product for product, _, _ in lines]
    found = set(_of_buyer(own, buyer, products))
    activates, renews = ({each[0] for each in lines if each[1] == action} for action in ("ACTIVATE", "RENEW"))
    if len(set(products)) < len(products) or set(BASES) <= set(products):
        found.add("DUPLICATE_LINE")
    if activates & set(BASES):
        found |= set(_of_first_purchase(accounts, buyer, channel))
    is_same_firm = "TAX_IDENTIFIER_DIFFERS" not in found  # what one owns says nothing of what another may buy (R42)
    if FE not in renews and DOCUMENTS in renews:
        found.add("RENEWAL_NOT_POSSIBLE")
    if is_same_firm and any((service := own.living(each)) is None or service.is_suspended for each in renews):
        found.add("RENEWAL_NOT_POSSIBLE")
    if DOCUMENTS in activates and is_same_firm:
        found |= set(_of_documents(own, products, alone={*products} == {DOCUMENTS}))
    elif DOCUMENTS in activates and RECEIVE_ONLY in products:
        found.add("BASE_RECEIVE_ONLY")
    return frozenset(found)


def _of_buyer(own: Account, buyer: Buyer, products: list[str]) -> Iterator[str]:
    alive = [service for service in own.services.values() if service.is_alive]
    if buyer.kind not in ("LEGAL_PERSON", "VAT_HOLDER", "ACCOUNTANT"):
        yield "BUYER_NOT_ELIGIBLE"
    if "ACCOUNTANT" in {buyer.kind, *(each.order.buyer.kind for each in alive)} and DOCUMENTS in products:
        yield "ACCOUNTANT_USER"
    held = [*(each.order for each in alive if each.product in BASES), *(each for each in own.orders if each.is_open)]
    if {each.buyer.tax_identifier for each in held} - {buyer.tax_identifier}:
        yield "TAX_IDENTIFIER_DIFFERS"


def _of_first_purchase(accounts: Mapping[str, Account], buyer: Buyer, channel: str) -> Iterator[str]:
    if channel != "SITE":
        yield "CHANNEL_NOT_ALLOWED"
    for account in accounts.values():
        base = account.living(*BASES)
        if base and base.order.buyer.tax_identifier == buyer.tax_identifier:
            yield "BASE_ALREADY_OWNED"
        ordered = account.open_orders(*BASES, renewals=account is accounts[buyer.customer_id])
        if not base and any(each.buyer.tax_identifier == buyer.tax_identifier for each in ordered):
            yield "BASE_ORDER_PENDING"


def _of_documents(own: Account, products: list[str], *, alone: bool) -> Iterator[str]:
    """Judge a line that activates Documents: bought together, added while renewing, or for an owner."""
    base, pending = own.living(*BASES), own.open_orders(DOCUMENTS)
    if own.living(DOCUMENTS):
        yield "ADDON_ALREADY_ACTIVE"
    if pending:
        yield "ADDON_ORDER_PENDING"
    if RECEIVE_ONLY in products or (base and base.product == RECEIVE_ONLY and FE not in products):
        yield "BASE_RECEIVE_ONLY"
    elif alone and base:
        yield from ["BASE_NOT_ACTIVE"] if base.status != "ACTIVE" else []
    elif alone:
        ordered = own.open_orders(*BASES, renewals=True)
        if any(each.status == "HELD" for each in ordered):
            yield "BASE_NOT_ACTIVE"
        elif not ordered:
            yield "BASE_REQUIRED"
        elif not pending:
            yield "BASE_ORDER_PENDING"
