"""How does a customer live? One life of the plan, played through the interfaces that storefronts and operators have."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from coterm_client import (
    Cart,
    Channel,
    Customer,
    KnownCustomer,
    Line,
    LineAction,
    NotYet,
    Order,
    OrderRefused,
    OrderStatus,
    OrderUnknown,
    PaymentConflict,
    Storefront,
)
from coterm_client import Payment as TransferredMoney
from coterm_client.answers import Service
from coterm_client.intake import order_event
from rehearsal.play.broker import Publisher
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS
from rehearsal.year.days import Days
from rehearsal.year.newest import Newest
from rehearsal.year.operator import Operator
from rehearsal.year.panel import Panel
from rehearsal.year.plan import Adding, ChargingBack, Leaving, Life, Paying, Payment, Renewal, Renewing
from schemas.topics import ORDERS_EVENTS

T = TypeVar("T")

STOREFRONT, SOURCE = "pec.it", "bank"
_CLOSED = (OrderStatus.REFUSED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)
_BY_ITSELF = (Renewing.BY_ITSELF, Renewing.BY_ITSELF_IN_GRACE, Renewing.BY_ITSELF_UNPAID)


@dataclass(frozen=True)
class Means:
    """What customers reach coterm by: a storefront's published client, its Kafka, the panel, an operator."""

    shop: Storefront
    publisher: Publisher
    panel: Panel
    operator: Operator
    newest: Newest


@dataclass
class OneCustomer:
    """A customer, from the first purchase to the last day or to their end with us."""

    life: Life
    buyer: Buyer
    means: Means
    days: Days
    is_automatic: bool = False
    _named: int = field(default=0, init=False)

    async def live(self) -> None:
        """Do what the plan says, a day after the other. Raises YearIsOver where the next thing is after the last."""
        life = self.life
        await self.days.morning(life.starts_on)
        bought_on = self.days.today
        order = await self._order([Line(product=each) for each in life.products], Channel.SITE, is_first=True)
        payments = await self._pay(order, life.payment)
        if order is None or not await self._is_active(order):
            return
        if life.signs_in:
            await self.means.panel.begin(self.buyer, preserves=DOCUMENTS in life.products)
        if life.charged_back is not None and payments:
            await self._charge_back(payments[0], bought_on, life.charged_back)
        if life.adds is not None:
            await self._add_documents(bought_on, life.adds)
        if life.leaves is not None:
            await self._leave(bought_on + life.leaves_after_days, life.leaves)
            return
        for renewal in life.renewals:
            if not await self._renew(renewal):
                return

    async def _charge_back(self, payment_id: str, bought_on: int, planned: ChargingBack) -> None:
        await self.days.morning(bought_on + planned.after_days)
        await self.means.operator.charge_back(SOURCE, payment_id)
        if planned.is_won:
            await self.days.morning(self.days.today + 30)
            await self.means.operator.win(SOURCE, payment_id)

    async def _add_documents(self, bought_on: int, adding: Adding) -> None:
        await self.days.morning(bought_on + adding.after_days)
        lines = [Line(product=DOCUMENTS)]
        order = await self._order(lines, adding.channel, extend_active_services=adding.extends)
        await self._pay(order, adding.payment)
        if order is not None:
            await self._is_active(order)  # the base's expiry, on which all that follows counts, has moved

    async def _leave(self, on: int, how: Leaving) -> None:
        await self.days.morning(on)
        base = await self._base()
        if base is None:
            return
        operator, whose = self.means.operator, self.buyer.customer_id
        match how:
            case Leaving.CANCELLED:
                await operator.cancel(whose, base.product)
            case Leaving.TO_CREDIT | Leaving.TO_REFUND:
                await operator.end(whose, base.product, self.days.date(self.days.today), str(how.name))
            case Leaving.BEFORE_DOCUMENTS_ARE_PAID:
                order = await self._order([Line(product=DOCUMENTS)], Channel.CUSTOMER_AREA)
                await operator.cancel(whose, base.product)
                await self.days.morning(self.days.today + 1)
                await self._pay(order, Payment(Paying.AT_ONCE, self.life.payment.method, 0, 0))
            case _:
                assert_never(how)

    async def _renew(self, renewal: Renewal) -> bool:
        """Renew as planned, and tell whether there is a next expiry to look forward to."""
        base = await self._base()
        if base is None:
            return False
        await self._choose(base, renewal)
        if renewal.how in {Renewing.NEVER, Renewing.BY_ITSELF_UNPAID}:
            return False
        await self.days.morning(self.days.number(base.expires_on) + renewal.days)
        if renewal.how in _BY_ITSELF:
            order = await self._until(self._automatic, "the automatic renewal")
        else:
            placed = await self._order(await self._renewed(base, renewal), renewal.channel, use_credit=True)
            if placed is None:
                return False
            order = placed
        await self._pay(order, renewal.payment)
        return await self._is_active(order)

    async def _choose(self, base: Service, renewal: Renewal) -> None:
        """Let the base renew by itself, or no more."""
        is_wanted = renewal.how in _BY_ITSELF
        if is_wanted != self.is_automatic:
            add_ons = [DOCUMENTS] if renewal.with_documents and await self._documents() is not None else []
            choose, whose = self.means.shop.choose_automatic_renewal, self.buyer.customer_id
            await choose(whose, base.variant, enabled=is_wanted, years=renewal.years, add_ons=add_ons)
            self.is_automatic = is_wanted

    async def _automatic(self) -> Order | None:
        orders = await self.means.shop.orders_of(self.buyer.customer_id)
        found = [each for each in orders if each.channel == Channel.AUTOMATIC and not each.expiries and each.is_priced]
        return found[-1] if found else None

    async def _renewed(self, base: Service, renewal: Renewal) -> list[Line]:
        lines = [Line(product=base.variant, action=LineAction.RENEW, years=renewal.years)]
        if await self._documents() is not None:
            if renewal.with_documents:
                lines.append(Line(product=DOCUMENTS, action=LineAction.RENEW, years=renewal.years))
        elif renewal.with_documents and self.life.adds is not None:
            lines.append(Line(product=DOCUMENTS))
        return lines

    async def _base(self) -> Service | None:
        return next((each for each in await self._living() if each.product != DOCUMENTS), None)

    async def _documents(self) -> Service | None:
        return next((each for each in await self._living() if each.product == DOCUMENTS), None)

    async def _living(self) -> list[Service]:
        services = (await self.means.shop.services(self.buyer.customer_id)).services
        return [each for each in services if each.status in {"ACTIVE", "GRACE"}]

    async def _order(
        self,
        lines: Sequence[Line],
        channel: Channel,
        *,
        is_first: bool = False,
        extend_active_services: bool = True,
        use_credit: bool = False,
    ) -> Order | None:
        """Place an order and return it with its price; None where it is refused, since something has ended."""
        known = KnownCustomer(customer_id=self.buyer.customer_id)
        cart = Cart.model_validate(
            {
                "order_id": self._name("o"),
                "storefront": STOREFRONT,
                "channel": channel,
                "customer": Customer.model_validate(self.buyer.body) if is_first else known,
                "lines": list(lines),
                "extend_active_services": extend_active_services,
                "use_credit": use_credit,
            }
        )
        if is_first and self.life.over_kafka:
            await self.means.publisher.publish(order_event(cart))
        else:
            try:
                placed = await self.means.shop.submit(cart, wait=10)
            except OrderRefused:
                return None
            if placed.order.is_priced:
                return placed.order
        return await self._order_is(
            cart.order_id, OrderStatus.AWAITING_PAYMENT, OrderStatus.SETTLED, OrderStatus.ACTIVATED
        )

    async def _pay(self, order: Order | None, payment: Payment) -> list[str]:
        """Pay an order as planned; return the payments' ids."""
        if order is None or not order.outstanding_cents:
            return []
        due, how = order.outstanding_cents, payment.how
        if how is Paying.CANCELLED:
            await self.means.shop.cancel(order.order_id)
        told_for = self._name("mistyped") if how is Paying.UNDER_A_WRONG_NUMBER else order.order_id
        ids: list[str] = []
        for cents in payment.amounts(due):
            if how is Paying.LATE or ids:
                await self.days.morning(self.days.today + payment.days)
            ids.append(await self._transfer(told_for, cents, payment))
        if how is Paying.TOLD_OTHERWISE:
            await self._transfer(told_for, due + payment.surplus_cents, payment, again=ids[0])
        if how is Paying.UNDER_A_WRONG_NUMBER:
            await self.days.morning(self.days.today + 1)  # an operator sees to it in the evening
        return ids

    async def _transfer(self, order_id: str, cents: int, payment: Payment, *, again: str | None = None) -> str:
        """Tell of money that came; `again` is the id of a payment that was told before, otherwise."""
        name = again or self._name("p")
        money = TransferredMoney(
            payment_source=SOURCE,
            payment_id=name,
            amount_cents=cents,
            method=payment.method,
            customer_id=self.buyer.customer_id,
        )
        try:
            await self.means.shop.pay(order_id, money)
        except PaymentConflict:
            if again is None:
                raise
        return name

    async def _is_active(self, order: Order) -> bool:
        """Tell whether an order is activated, once it stands still."""
        still = OrderStatus.ACTIVATED, OrderStatus.HELD, OrderStatus.AWAITING_PAYMENT, OrderStatus.PARTIALLY_PAID
        try:
            found = await self._order_is(order.order_id, *still)
        except NotYet:
            return False
        return found.status == OrderStatus.ACTIVATED

    async def _order_is(self, order_id: str, *statuses: OrderStatus) -> Order:
        """Return an order once it has one of some statuses. Raises NotYet where it has closed."""

        async def look() -> Order | None:
            try:
                order = await self.means.shop.order(order_id)
            except OrderUnknown:  # it was published over Kafka
                return None
            if order.status in _CLOSED:
                raise NotYet(order, statuses, 0)
            return order if order.status in statuses else None

        return await self._until(look, f"order {order_id}")

    async def _until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        return await self.means.newest.until(look, what, self.buyer.customer_id, ORDERS_EVENTS)

    def _name(self, kind: str) -> str:
        self._named += 1
        return f"{kind}-{self.buyer.customer_id.removeprefix('c-')}-{self._named}"
