"""May this buyer order this cart, here and now? Every violation as a code, never only the first (R8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schemas.catalogue import Catalogue
from schemas.orders import Violation
from schemas.vocabulary import BuyerKind, Channel, LineAction, Product, ServiceStatus, ViolationCode
from services.orders.domain.cases import purchase_case, status_on
from services.orders.domain.commands import BaseElsewhere, Buyer
from services.orders.domain.identifiers import Verdict
from services.orders.domain.model import Line, OpenOrder, Owned, State

_TOGETHER = "cancel that order and order both together"


@dataclass(frozen=True, slots=True)
class Cart:
    """Be what is asked for: lines, where, by whom."""

    lines: tuple[Line, ...]
    channel: Channel
    buyer: Buyer
    tax_identifier_hash: str | None

    def products(self, action: LineAction) -> set[Product]:
        """Return the products that its lines activate, or renew."""
        return {line.product for line in self.lines if line.action is action}


@dataclass(frozen=True, slots=True)
class Holdings:
    """Be what stands around a cart: the account, and who else holds the buyer's tax identifier."""

    state: State
    elsewhere: tuple[BaseElsewhere, ...]
    today: date
    catalogue: Catalogue

    def owned(self) -> list[Owned]:
        """Return the services that have not ended by their dates."""
        ended = ServiceStatus.TERMINATED
        return [service for service in self.state.services if self.status(service) is not ended]

    def status(self, service: Owned) -> ServiceStatus:
        """Tell a service's status today."""
        return status_on(service, self.today, self.catalogue)

    def is_base(self, product: Product) -> bool:
        """Tell whether a product stands on its own (R13)."""
        return self.catalogue.products[product].requires is None

    def base(self) -> Owned | None:
        """Return the base owned, in either variant."""
        return next((service for service in self.owned() if self.is_base(service.product)), None)

    def base_order(self) -> OpenOrder | None:
        """Return the account's open order that asks for a base."""
        asked = (order for order in self.state.orders if any(self._activates_base(line) for line in order.lines))
        return next(asked, None)

    def order_of(self, product: Product) -> OpenOrder | None:
        """Return the account's open order that asks for a product."""
        return next((order for order in self.state.orders if order.has(product)), None)

    def other_firm(self, tax_identifier_hash: str | None) -> list[str | None]:
        """Return what the account has under another tax identifier: its orders by id, its base as None (R42)."""
        if tax_identifier_hash is None:
            return []
        orders = (order for order in self.state.orders if order.tax_identifier_hash != tax_identifier_hash)
        bases = (service for service in self.owned() if self.is_base(service.product))
        owned = [None for base in bases if base.tax_identifier_hash != tax_identifier_hash]
        return [*owned, *(order.order_id for order in orders)]

    def _activates_base(self, line: Line) -> bool:
        return line.action is LineAction.ACTIVATE and self.is_base(line.product)


def violations(cart: Cart, holdings: Holdings) -> list[Violation]:
    """List everything that stands against an order, one violation per code and order."""
    other_firm = holdings.other_firm(cart.tax_identifier_hash)
    found = [
        *_of_the_cart(cart, holdings),
        *_of_the_buyer(cart, holdings),
        *_of_another_firm(other_firm),
        # What one firm owns says nothing of what another may buy.
        *_of_add_ons(cart, holdings, is_same_firm=not other_firm),
        *_of_bases(cart, holdings, is_same_firm=not other_firm),
        *_of_renewals(cart),
    ]
    return list({(violation.code, violation.order_id): violation for violation in reversed(found)}.values())[::-1]


def _of_the_cart(cart: Cart, holdings: Holdings) -> Iterator[Violation]:
    products = [line.product for line in cart.lines]
    case = purchase_case(cart.lines, holdings.catalogue)
    if case is None:
        yield _violation(ViolationCode.EMPTY_CART, "the order has no line")
        return
    if len(set(products)) < len(products):
        yield _violation(ViolationCode.DUPLICATE_LINE, "a product stands in the order twice")
    elif sum(holdings.is_base(product) for product in products) > 1:
        yield _violation(ViolationCode.DUPLICATE_LINE, "both variants of e-invoicing stand in the order")
    if cart.channel not in holdings.catalogue.channels[case]:
        allowed = ", ".join(holdings.catalogue.channels[case])
        yield _violation(ViolationCode.CHANNEL_NOT_ALLOWED, f"{case} is sold on {allowed}, not on {cart.channel}")


def _of_the_buyer(cart: Cart, holdings: Holdings) -> Iterator[Violation]:
    buyer = cart.buyer
    if buyer.vat_number is Verdict.MALFORMED:
        yield _violation(ViolationCode.VAT_NUMBER_INVALID, "the VAT number is no Italian VAT number")
    if buyer.tax_code is Verdict.MALFORMED:
        is_firm = buyer.kind is BuyerKind.LEGAL_PERSON
        detail = "a legal person's tax code is one of 11 digits" if is_firm else "the tax code is no Italian tax code"
        yield _violation(ViolationCode.TAX_CODE_INVALID, detail)
    if _has_add_on(cart, holdings) and BuyerKind.ACCOUNTANT in _kinds(buyer, holdings):
        yield _violation(ViolationCode.ACCOUNTANT_USER, "accountant users can't have Documents")
        if buyer.kind is BuyerKind.ACCOUNTANT:
            return
    reasons = list(_why_not_eligible(buyer, holdings.catalogue))
    if reasons:
        yield _violation(ViolationCode.BUYER_NOT_ELIGIBLE, "; ".join(reasons))


def _has_add_on(cart: Cart, holdings: Holdings) -> bool:
    return any(not holdings.is_base(line.product) for line in cart.lines)


def _kinds(buyer: Buyer, holdings: Holdings) -> set[BuyerKind | None]:
    """Collect the kind given and those recorded on the services owned, which count too."""
    return {buyer.kind, *(service.buyer_kind for service in holdings.owned())}


def _why_not_eligible(buyer: Buyer, catalogue: Catalogue) -> Iterator[str]:
    if buyer.kind not in catalogue.eligible_kinds:
        yield f"{buyer.kind} is not sold to"
    elif buyer.kind is BuyerKind.LEGAL_PERSON:
        if buyer.vat_number is Verdict.MISSING and buyer.tax_code is Verdict.MISSING:
            yield "a legal person needs a VAT number or a tax code"
    else:
        if buyer.vat_number is Verdict.MISSING:
            yield "an Italian VAT number is needed"
        if buyer.citizenship != "IT":
            yield "only Italian citizens are sold to"


def _of_another_firm(held: list[str | None]) -> Iterator[Violation]:
    for order_id in held:
        detail = "this account is another firm's: a second firm buys under a customer id of its own"
        yield _violation(ViolationCode.TAX_IDENTIFIER_DIFFERS, detail, order_id)


def _of_add_ons(cart: Cart, holdings: Holdings, *, is_same_firm: bool) -> Iterator[Violation]:
    asked = cart.products(LineAction.ACTIVATE)
    in_cart = {line.product for line in cart.lines if holdings.is_base(line.product)}
    for product in sorted(asked):
        required = holdings.catalogue.products[product].requires
        if required is None:
            continue
        if in_cart - {required}:
            yield _violation(ViolationCode.BASE_RECEIVE_ONLY, "Documents is not sold for receive-only e-invoicing")
        elif not in_cart and is_same_firm:
            yield from _of_the_missing_base(product, required, holdings)
        if is_same_firm:
            yield from _of_the_same_add_on(product, holdings)


def _of_the_missing_base(product: Product, required: Product, holdings: Holdings) -> Iterator[Violation]:
    """Judge an add-on that is ordered without its base: the base must be owned and active (R8, R11, R12)."""
    owned, pending = holdings.base(), holdings.base_order()
    if owned is not None and owned.product is not required:
        yield _violation(ViolationCode.BASE_RECEIVE_ONLY, "Documents is not sold for receive-only e-invoicing")
    elif owned is not None and holdings.status(owned) is not ServiceStatus.ACTIVE:
        status = holdings.status(owned)
        yield _violation(ViolationCode.BASE_NOT_ACTIVE, f"e-invoicing is in {status}: renew it first, with Documents")
    elif owned is not None:
        return
    elif pending is None:
        yield _violation(ViolationCode.BASE_REQUIRED, "Documents needs e-invoicing: order both together")
    elif pending.is_paid:
        detail = "e-invoicing is paid and not yet active"
        yield _violation(ViolationCode.BASE_NOT_ACTIVE, detail, pending.order_id)
    elif not pending.has(product):
        detail = f"e-invoicing is ordered and not yet active: {_TOGETHER}"
        yield _violation(ViolationCode.BASE_ORDER_PENDING, detail, pending.order_id)


def _of_the_same_add_on(product: Product, holdings: Holdings) -> Iterator[Violation]:
    pending = holdings.order_of(product)
    if any(service.product is product for service in holdings.owned()):
        yield _violation(ViolationCode.ADDON_ALREADY_ACTIVE, "Documents is owned already: it is renewed instead")
    elif pending is not None:
        is_with_base = any(holdings.is_base(line.product) for line in pending.lines)
        advice = f": {_TOGETHER}" if is_with_base and not pending.is_paid else ""
        detail = f"Documents is ordered already{advice}"
        yield _violation(ViolationCode.ADDON_ORDER_PENDING, detail, pending.order_id)


def _of_bases(cart: Cart, holdings: Holdings, *, is_same_firm: bool) -> Iterator[Violation]:
    if not any(holdings.is_base(product) for product in cart.products(LineAction.ACTIVATE)):
        return
    owned, pending = (holdings.base(), holdings.base_order()) if is_same_firm else (None, None)
    if owned is not None or any(held.is_owned for held in holdings.elsewhere):
        yield _violation(ViolationCode.BASE_ALREADY_OWNED, "e-invoicing is owned already under this tax identifier")
    elif pending is not None:
        yield _order_pending(pending.order_id)
    for held in holdings.elsewhere:
        if not held.is_owned:
            yield _order_pending(held.order_id)


def _order_pending(order_id: str) -> Violation:
    detail = "e-invoicing is ordered already under this tax identifier"
    return _violation(ViolationCode.BASE_ORDER_PENDING, detail, order_id)


def _of_renewals(cart: Cart) -> Iterator[Violation]:
    if cart.products(LineAction.RENEW):
        yield _violation(ViolationCode.RENEWAL_NOT_POSSIBLE, "renewals are not sold yet")


def _violation(code: ViolationCode, detail: str, order_id: str | None = None) -> Violation:
    return Violation(code=code, detail=detail, order_id=order_id)
