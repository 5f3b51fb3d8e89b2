"""Who may not buy what, and why? Section 4 of the rules, R31 and R32: every violation, as codes."""

from collections.abc import Iterator, Mapping

from tests.lives.model.state import BASES, DOCUMENTS, FE, OPEN, RECEIVE_ONLY, Account, Buyer, Line, Order


def violations(accounts: Mapping[str, Account], buyer: Buyer, lines: tuple[Line, ...], channel: str) -> frozenset[str]:
    """Judge a cart."""
    own, products = accounts[buyer.customer_id], [product for product, _, _ in lines]
    activates, renews = ({each[0] for each in lines if each[1] == action} for action in ("ACTIVATE", "RENEW"))
    kinds, firm = {buyer.kind, *(each.order.buyer.kind for each in own.alive)}, buyer.tax_identifier
    concerned = [*(each.order for each in own.alive), *(each for each in own.orders if each.status in OPEN)]
    # what one owns says nothing of what another may buy (R42)
    is_same_firm = all(each.buyer.tax_identifier == firm for each in concerned)
    renewed = [own.living(each) for each in renews if is_same_firm]
    is_first_purchase = bool(activates & set(BASES))
    rules = {
        "BUYER_NOT_ELIGIBLE": buyer.kind not in ("LEGAL_PERSON", "VAT_HOLDER", "ACCOUNTANT"),
        "ACCOUNTANT_USER": DOCUMENTS in products and "ACCOUNTANT" in kinds,
        "TAX_IDENTIFIER_DIFFERS": not is_same_firm,
        "DUPLICATE_LINE": len(set(products)) < len(products) or set(BASES) <= set(products),
        "RENEWAL_NOT_POSSIBLE": (DOCUMENTS in renews and FE not in renews)
        or any(each is None or each.is_suspended for each in renewed),
        "BASE_RECEIVE_ONLY": DOCUMENTS in activates and RECEIVE_ONLY in products,
        "CHANNEL_NOT_ALLOWED": is_first_purchase and channel != "SITE",
    }
    for account in accounts.values() if is_first_purchase else ():
        base = account.living(*BASES)
        orders = [base.order] if base else _pending(account, BASES, renewals=account is own)
        if any(each.buyer.tax_identifier == firm for each in orders):
            rules["BASE_ALREADY_OWNED" if base else "BASE_ORDER_PENDING"] = True
    more = _of_documents(own, products) if DOCUMENTS in activates and is_same_firm else {}
    return frozenset(code for code, is_broken in (*rules.items(), *more.items()) if is_broken)


def _of_documents(own: Account, products: list[str]) -> dict[str, bool]:
    """Judge a line that activates Documents: bought together, added while renewing, or for an owner."""
    base, is_pending = own.living(*BASES), any(_pending(own, (DOCUMENTS,)))
    is_receive_only = RECEIVE_ONLY in products or bool(base and base.product == RECEIVE_ONLY and FE not in products)
    is_alone = {*products} == {DOCUMENTS} and not is_receive_only
    ordered = [each.status for each in _pending(own, BASES, renewals=True)]
    return {
        "ADDON_ALREADY_ACTIVE": own.living(DOCUMENTS) is not None,
        "ADDON_ORDER_PENDING": is_pending,
        "BASE_RECEIVE_ONLY": is_receive_only,
        "BASE_NOT_ACTIVE": is_alone and (base.status != "ACTIVE" if base else "HELD" in ordered),
        "BASE_REQUIRED": is_alone and not base and not ordered,
        "BASE_ORDER_PENDING": is_alone and not base and bool(ordered) and "HELD" not in ordered and not is_pending,
    }


def _pending(own: Account, products: tuple[str, ...], *, renewals: bool = False) -> Iterator[Order]:
    """Give open orders that would activate one of some products; or have paid for a renewal and are held."""
    for order in own.orders:
        is_paid_renewal = renewals and order.status == "HELD" and any(order.has(each, "RENEW") for each in products)
        if is_paid_renewal or (order.status in OPEN and any(order.has(each, "ACTIVATE") for each in products)):
            yield order
