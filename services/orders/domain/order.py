"""What is an open order, and what of it does an account keep? All that its settlement will say."""

from datetime import date

from msgspec import Struct

from schemas.cart import OwnedService, ProductTerms
from schemas.orders import OrderPlaced, ServiceNoted
from schemas.payments import ChargebackWon, MoneyDestination, PaymentChargedBack
from schemas.personal import Sealed
from schemas.vocabulary import (
    Branch,
    BuyerKind,
    Channel,
    Family,
    Feature,
    LineAction,
    Locale,
    OrderStatus,
    PaymentMethod,
    Product,
    ProductKind,
    PurchaseCase,
    ServiceStatus,
)


class Line(Struct, frozen=True):
    """A line of a cart."""

    product: Product
    action: LineAction = LineAction.ACTIVATE
    years: int = 1


class Owned(Struct, frozen=True):
    """A service of this customer, as provisioning last reported it."""

    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None = None
    buyer_kind: BuyerKind | None = None
    activated_by: str | None = None
    """The order that activated it and holds its tax identifier."""
    tax_identifier_hash: str | None = None


class Automatic(Struct, frozen=True):
    """What a customer chose for a base that renews by itself, and how far its present renewal has come (R43)."""

    product: Product
    years: int
    add_ons: tuple[Product, ...]
    storefront: str
    expires_on: date | None = None
    """The expiry for which it is looked at next."""
    order_id: str | None = None
    """The order that was placed for that expiry."""


class LineTerms(Struct, frozen=True):
    """What the catalogue said of one product of an order when it was placed."""

    product: Product
    kind: ProductKind
    family: Family
    term_months: int
    requires: Product | None = None
    features: tuple[Feature, ...] = ()


class PaidBy(Struct, frozen=True):
    """What of a payment counts towards its order."""

    payment_source: str
    payment_id: str
    content_hash: str | None
    method: PaymentMethod
    amount_cents: int

    def is_of(self, event: PaymentChargedBack | ChargebackWon) -> bool:
        """Tell whether an event is about this payment."""
        is_named = (self.payment_source, self.payment_id) == (event.payment_source, event.payment_id)
        return is_named and self.content_hash in (None, event.content_hash)


class Closing(Struct, frozen=True):
    """An operator's request to close a settled order, until provisioning has answered it."""

    money: MoneyDestination
    why: str


class OpenOrder(Struct, frozen=True):
    """An order that is neither closed nor activated, with all that its settlement will say."""

    order_id: str
    storefront: str
    channel: Channel
    status: OrderStatus
    ordered_on: date
    payable_until: date
    lines: tuple[Line, ...]
    extend_active_services: bool | None
    purchase_case: PurchaseCase
    branch: Branch
    expiries_shown: tuple[Owned, ...]
    terms: tuple[LineTerms, ...]
    payable_days: int
    buyer_kind: BuyerKind
    locale: Locale
    personal: Sealed
    tax_identifier_hash: str
    catalogue_version: str
    expected_total_cents: int | None = None
    total_cents: int | None = None
    credit_cents: int = 0
    """What of its total the customer's credit pays."""
    paid_cents: int = 0
    """What of its payments counts towards what is due; surplus left as credit already."""
    paid_by: tuple[PaidBy, ...] = ()
    """The same, by payment."""
    closing: Closing | None = None
    settled_on: date | None = None

    def has(self, product: Product, action: LineAction) -> bool:
        """Tell whether a product stands in its lines, to be activated or to be renewed."""
        return any(line.product == product and line.action is action for line in self.lines)

    @property
    def families(self) -> tuple[Family, ...]:
        """Name the families of which it activates a base, and claims the buyer's tax identifier for (R9)."""
        return self._families(LineAction.ACTIVATE)

    @property
    def bases_to_come(self) -> tuple[Family, ...]:
        """Name the families of which a base is to be: one that it activates, or whose renewal is paid."""
        renewed = self._families(LineAction.RENEW) if self.is_paid else ()
        return (*self.families, *renewed)

    @property
    def is_paid(self) -> bool:
        """Tell whether it was settled: from then on no deadline and no customer closes it."""
        return self.status in (OrderStatus.SETTLED, OrderStatus.HELD)

    @property
    def outstanding_cents(self) -> int:
        """Return what is still due; 0 before the price."""
        return (self.total_cents or 0) - self.credit_cents - self.paid_cents

    def is_overdue(self, today: date) -> bool:
        """Tell whether its last payable day is over (R21)."""
        return not self.is_paid and today > self.payable_until

    def _families(self, action: LineAction) -> tuple[Family, ...]:
        products = {line.product for line in self.lines if line.action is action}
        bases = (terms for terms in self.terms if terms.kind is ProductKind.BASE and terms.product in products)
        return tuple(dict.fromkeys(terms.family for terms in bases))


def owned_line(service: Owned) -> dict[str, object]:
    """Write a service as events carry it."""
    return {
        "product": service.product,
        "kind": service.kind,
        "family": service.family,
        "status": service.status,
        "expires_on": service.expires_on,
        "anchor_on": service.anchor_on,
        "buyer_kind": service.buyer_kind,
    }


def placed(event: OrderPlaced) -> OpenOrder:
    """Keep what a placed order says: it waits for its price."""
    return OpenOrder(
        order_id=event.order_id,
        storefront=event.storefront,
        channel=event.channel,
        status=OrderStatus.AWAITING_PRICE,
        ordered_on=event.ordered_on,
        payable_until=event.payable_until,
        lines=tuple(Line(line.product, line.action, line.years) for line in event.lines),
        extend_active_services=event.extend_active_services,
        purchase_case=event.purchase_case,
        branch=event.branch,
        expiries_shown=tuple(_shown(service) for service in event.owned),
        terms=tuple(_terms(terms) for terms in event.terms.products),
        payable_days=event.terms.payable_days,
        buyer_kind=event.buyer_kind,
        locale=event.locale,
        personal=Sealed.of(event.personal),
        tax_identifier_hash=event.tax_identifier_hash,
        catalogue_version=event.catalogue_version,
        expected_total_cents=event.expected_total_cents,
    )


def _shown(service: OwnedService) -> Owned:
    return Owned(
        service.product,
        service.kind,
        service.family,
        service.status,
        service.expires_on,
        service.anchor_on,
        service.buyer_kind,
    )


def _terms(terms: ProductTerms) -> LineTerms:
    return LineTerms(terms.product, terms.kind, terms.family, terms.term_months, terms.requires, tuple(terms.features))


def services_after(services: tuple[Owned, ...], event: ServiceNoted) -> tuple[Owned, ...]:
    """Return the services that have not ended, as provisioning has now reported."""
    others = tuple(service for service in services if service.product != event.product)
    if event.status is ServiceStatus.TERMINATED:
        return others
    known = next((service for service in services if service.product == event.product), None)
    takes = event.tax_identifier_hash is not None and event.held_by is None
    noted = Owned(
        product=event.product,
        kind=event.kind,
        family=event.family,
        status=event.status,
        expires_on=event.expires_on,
        anchor_on=event.anchor_on,
        buyer_kind=event.buyer_kind,
        activated_by=event.order_id if takes or known is None else known.activated_by,
        tax_identifier_hash=event.tax_identifier_hash if takes or known is None else known.tax_identifier_hash,
    )
    return (*others, noted)
