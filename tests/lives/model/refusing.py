"""Who may not buy what, and why? Section 4 of the rules, R31 and R32: every violation, as codes."""

from collections.abc import Iterator, Mapping

from tests.lives.model.state import BASES, DOCUMENTS, FE, RECEIVE_ONLY, Account, Buyer, Line, Order

Rules = dict[str, bool]
"""By its code, whether a rule is broken."""


def violations(accounts: Mapping[str, Account], buyer: Buyer, lines: tuple[Line, ...], channel: str) -> frozenset[str]:
    """Judge a cart."""
    own, products = accounts[buyer.customer_id], [product for product, _, _ in lines]
    activates, renews = ({each[0] for each in lines if each[1] == action} for action in ("ACTIVATE", "RENEW"))
    rules = _of_buyer(own, buyer, products)
    is_same_firm = not rules["TAX_IDENTIFIER_DIFFERS"]  # what one owns says nothing of what another may buy (R42)
    renewed = [own.living(each) for each in renews if is_same_firm]
    rules |= {
        "DUPLICATE_LINE": len(set(products)) < len(products) or set(BASES) <= set(products),
        "RENEWAL_NOT_POSSIBLE": (DOCUMENTS in renews and FE not in renews)
        or any(each is None or each.is_suspended for each in renewed),
        "BASE_RECEIVE_ONLY": DOCUMENTS in activates and RECEIVE_ONLY in products,
    }
    if activates & set(BASES):
        rules |= _of_first_purchase(accounts, buyer, channel)
    if DOCUMENTS in activates and is_same_firm:
        rules |= _of_documents(own, products)
    return frozenset(code for code, is_broken in rules.items() if is_broken)


def _of_buyer(own: Account, buyer: Buyer, products: list[str]) -> Rules:
    bought = [each.order for each in own.alive]
    open_orders = [each for each in own.orders if each.is_open]
    return {
        "BUYER_NOT_ELIGIBLE": buyer.kind not in ("LEGAL_PERSON", "VAT_HOLDER", "ACCOUNTANT"),
        "ACCOUNTANT_USER": DOCUMENTS in products
        and "ACCOUNTANT" in {buyer.kind, *(each.buyer.kind for each in bought)},
        "TAX_IDENTIFIER_DIFFERS": not all(_is_of_firm(each, buyer) for each in (*bought, *open_orders)),
    }


def _of_first_purchase(accounts: Mapping[str, Account], buyer: Buyer, channel: str) -> Rules:
    rules = {"CHANNEL_NOT_ALLOWED": channel != "SITE"}
    for account in accounts.values():
        base, is_own = account.living(*BASES), account is accounts[buyer.customer_id]
        orders = [base.order] if base else _pending(account, BASES, renewals=is_own)
        if any(_is_of_firm(each, buyer) for each in orders):
            rules["BASE_ALREADY_OWNED" if base else "BASE_ORDER_PENDING"] = True
    return rules


def _of_documents(own: Account, products: list[str]) -> Rules:
    """Judge a line that activates Documents: bought together, added while renewing, or for an owner."""
    base, is_pending = own.living(*BASES), any(_pending(own, (DOCUMENTS,)))
    is_receive_only = RECEIVE_ONLY in products or bool(base and base.product == RECEIVE_ONLY and FE not in products)
    rules = {
        "ADDON_ALREADY_ACTIVE": own.living(DOCUMENTS) is not None,
        "ADDON_ORDER_PENDING": is_pending,
        "BASE_RECEIVE_ONLY": is_receive_only,
    }
    if {*products} == {DOCUMENTS} and not is_receive_only:
        ordered = [each.status for each in _pending(own, BASES, renewals=True)]
        rules |= {
            "BASE_NOT_ACTIVE": base.status != "ACTIVE" if base else "HELD" in ordered,
            "BASE_REQUIRED": not base and not ordered,
            "BASE_ORDER_PENDING": not base and bool(ordered) and "HELD" not in ordered and not is_pending,
        }
    return rules


def _is_of_firm(order: Order, buyer: Buyer) -> bool:
    return order.buyer.tax_identifier == buyer.tax_identifier


def _pending(own: Account, products: tuple[str, ...], *, renewals: bool = False) -> Iterator[Order]:
    """Give open orders that would activate one of some products; or have paid for a renewal and are held."""
    for order in own.orders:
        is_paid_renewal = renewals and order.status == "HELD" and any(order.has(each, "RENEW") for each in products)
        if is_paid_renewal or (order.is_open and any(order.has(each, "ACTIVATE") for each in products)):
            yield order
