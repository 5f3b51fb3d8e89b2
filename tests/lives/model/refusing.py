"""Who may not buy what, and why? Section 4 of the rules, R31 and R32: every violation, as codes."""

from collections.abc import Iterator, Mapping

from tests.lives.model.state import BASES, DOCUMENTS, FE, RECEIVE_ONLY, Account, Buyer, Line


def violations(accounts: Mapping[str, Account], buyer: Buyer, lines: tuple[Line, ...], channel: str) -> frozenset[str]:
    """Judge a cart."""
    own = accounts[buyer.customer_id]
    products = [product for product, _, _ in lines]
    renews = any(action == "RENEW" for _, action, _ in lines)
    found = set(_of_buyer(own, buyer, products))
    if len(set(products)) < len(products) or set(BASES) <= set(products):
        found.add("DUPLICATE_LINE")
    bases = [product for product, action, _ in lines if product in BASES and action == "ACTIVATE"]
    if bases:
        found |= set(_of_first_purchase(accounts, buyer, channel))
    is_same_firm = "TAX_IDENTIFIER_DIFFERS" not in found  # what one owns says nothing of what another may buy (R42)
    if renews:
        found |= set(_of_renewal(own if is_same_firm else None, lines))
    if (DOCUMENTS, "ACTIVATE", 1) in lines:
        if is_same_firm:
            found |= set(_of_documents(own, products, bases=bool(bases), renewed=renews))
        elif RECEIVE_ONLY in products:
            found.add("BASE_RECEIVE_ONLY")
    return frozenset(found)


def _of_buyer(own: Account, buyer: Buyer, products: list[str]) -> Iterator[str]:
    if buyer.kind not in ("LEGAL_PERSON", "VAT_HOLDER", "ACCOUNTANT"):
        yield "BUYER_NOT_ELIGIBLE"
    base = own.living(*BASES)
    kinds = {buyer.kind, base.kind if base else buyer.kind}
    if "ACCOUNTANT" in kinds and DOCUMENTS in products:
        yield "ACCOUNTANT_USER"
    held = {service.tax_identifier for service in own.services.values() if service.is_alive}
    held |= {order.buyer.tax_identifier for order in own.orders if order.is_open}
    if held - {buyer.tax_identifier}:
        yield "TAX_IDENTIFIER_DIFFERS"


def _of_first_purchase(accounts: Mapping[str, Account], buyer: Buyer, channel: str) -> Iterator[str]:
    if channel != "SITE":
        yield "CHANNEL_NOT_ALLOWED"
    for account in accounts.values():
        base = account.living(*BASES)
        if base and base.tax_identifier == buyer.tax_identifier:
            yield "BASE_ALREADY_OWNED"
        pending = [order for product in BASES for order in account.open_orders(product)]
        if any(order.buyer.tax_identifier == buyer.tax_identifier for order in pending):
            yield "BASE_ORDER_PENDING"


def _of_documents(own: Account, products: list[str], *, bases: bool, renewed: bool) -> Iterator[str]:
    """Judge a line that activates Documents: bought together, added while renewing, or for an owner."""
    base = own.living(*BASES)
    if own.living(DOCUMENTS):
        yield "ADDON_ALREADY_ACTIVE"
    pending = own.open_orders(DOCUMENTS)
    if pending:
        yield "ADDON_ORDER_PENDING"
    if RECEIVE_ONLY in products or (base and base.product == RECEIVE_ONLY and FE not in products):
        yield "BASE_RECEIVE_ONLY"
    if bases or renewed or (base and base.product == RECEIVE_ONLY):
        return
    if base is None:
        ordered = [order for product in BASES for order in own.open_orders(product)]
        if not ordered:
            yield "BASE_REQUIRED"
        elif not pending:
            yield "BASE_ORDER_PENDING"
    elif base.status != "ACTIVE":
        yield "BASE_NOT_ACTIVE"


def _of_renewal(own: Account | None, lines: tuple[Line, ...]) -> Iterator[str]:
    renewed = {product for product, action, _ in lines if action == "RENEW"}
    for product in renewed if own else ():
        service = own.living(product)
        if service is None or service.status == "SUSPENDED" or not renewed & set(BASES):
            yield "RENEWAL_NOT_POSSIBLE"
    if FE not in renewed and DOCUMENTS in renewed:
        yield "RENEWAL_NOT_POSSIBLE"
