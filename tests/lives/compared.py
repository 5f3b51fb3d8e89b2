"""Do the services do what the rules say? One life, told to the model and to the four services, compared at rest."""

import json
from datetime import datetime, timedelta
from typing import Any

from rehearsal.play.carts import cart, cloudevent, line, transfer
from runtime.effect import Verdict
from runtime.service import Fate
from schemas.storefront import OrderCancellationRequested, OrderSubmitted, PaymentReceived
from tests.lives.comparing import differences
from tests.lives.customers import BUYERS, described, shown
from tests.lives.four_services import FourServices
from tests.lives.model.model import Model
from tests.lives.model.reckoning import DAY, ROME, add_months, instant_of
from tests.lives.model.state import BASES, DOCUMENTS, FE, UNPAID, Buyer, Line, Order
from tests.lives.operated import asked, is_allowed, real
from tests.lives.post import Letter, Post
from tests.lives.steps import (
    BUY,
    CARTS,
    RENEW,
    Away,
    Back,
    Cancelling,
    Operating,
    Ordering,
    Paying,
    PayingAgain,
    Step,
    Twice,
    Waiting,
)

A_LONG_OUTAGE = timedelta(days=31)
"""Longer ones are not lived: what was paid before one would be acted on when its base has ended (R18: held)."""


PLACING = 4
"""The rank of automatic renewals among the model's deadlines."""
SOON = timedelta(milliseconds=1)
"""What places itself does so some microseconds after 09:00, where it was looked at again."""


class Disagreement(AssertionError):
    """The services do something else than the rules say."""


class QuickPost(Post):
    """Let every mail arrive uncomposed: what stands in it is not compared."""

    async def _verdict(self, letter: Letter) -> Verdict:
        return Verdict(Fate.SENT)


class ComparedLife:
    """One life, told twice: to the model and, over intake, to the services."""

    def __init__(self, begins: datetime) -> None:
        self.services = FourServices(begins, post=QuickPost)
        self.model = Model(list(BUYERS), begins)
        self.history: list[str] = []
        self._is_asked = False
        """An order waits for orders to come back: what else the log says then is read first, so it must be as old."""
        self._busy: set[str] = set()
        """Whom something happened to while a service was away: what follows would depend on who knows what."""

    async def live(self, steps: list[Step]) -> None:
        """Live it step by step. Raises Disagreement, told as a story."""
        for step in [*steps, Back()]:
            self.model.reach(self.services.clock.instant)
            line = await self._take(step)
            if not line:
                continue
            self.model.reach(self.services.clock.instant)
            self.history.append(f"{self.services.clock.instant.astimezone(ROME):%a %Y-%m-%d %H:%M:%S}  {line}")
            await self.services.drain()
            if self._is_complete():
                self._busy.clear()
                self._compare()

    async def _operate(self, step: Operating) -> str:
        """Ask over HTTP, while everybody is there."""
        wanted = asked(step, self.model, self.services) if self._is_complete() else None
        if wanted is None:
            return ""
        otherwise = await wanted.put(self.services)
        if otherwise:
            self._differ([f"{wanted.told}: {otherwise}"])
        return wanted.told if wanted.is_fine else f"{wanted.told}, which is refused"

    async def _take(self, step: Step) -> str:
        match step:
            case Operating():
                return await self._operate(step)
            case Waiting():
                return await self._wait(step)
            case Ordering():
                return self._order(step)
            case Paying():
                return self._pay(step)
            case PayingAgain():
                return self._pay_again(step)
            case Cancelling():
                return self._cancel(step)
            case Twice():
                return self._send_again(step)
            case Away():
                self.services[step.service].is_away = True
                return f"{step.service} goes away"
            case Back():
                return self._come_back()

    def _send_again(self, step: Twice) -> str:
        records = [held[-1] for held in self.services.log.records.values() if held]
        if not records:
            return ""
        record = records[step.record % len(records)]
        self.services.log.again(record)
        return f"the last record of {record.topic}[{record.partition}] is sent again"

    def _order(self, step: Ordering) -> str:
        buyer = BUYERS[step.buyer]
        if self._is_held_up(buyer.customer_id):
            return ""
        order_id = self._next_order
        self._is_asked |= self.services["orders"].is_away
        # What credit covers settles when it is priced (R22): on another day, where billing is away.
        uses_credit = step.uses_credit and not self.services["billing"].is_away
        cart_lines = step.lines or self._sensible(buyer, step)
        owns = self.model.accounts[buyer.customer_id].living(FE)
        channel = step.channel or ("PANEL" if owns else "SITE")
        is_expected = step.expected is not None and not self.services["billing"].is_away
        order = self.model.order(
            order_id,
            buyer,
            cart_lines,
            channel,
            toggle=step.toggle is not False,
            use_credit=uses_credit,
            beside=step.expected if is_expected else None,
        )
        optional: dict[str, Any] = {} if step.toggle is None else {"extend_active_services": step.toggle}
        if uses_credit:
            optional["use_credit"] = True
        if is_expected and order.total is not None:
            optional["expected_total_cents"] = max(0, order.total + (step.expected or 0))
        lines = [line(*each) for each in cart_lines]
        body = cart(order_id, described(buyer), *lines, channel=channel, **optional)
        self._write(OrderSubmitted.EVENT_TYPE, buyer.customer_id, body)
        options = ", ".join(f"{name} {value}" for name, value in {"": f"from {channel}", **optional}.items())
        who = f"{buyer.customer_id} ({buyer.kind}, {buyer.tax_identifier})"
        story = f"{who} orders {order_id}: {shown(cart_lines)}{options}"
        is_first = order.branch == "BUNDLE" and step.years == 0  # what others build on is rather paid
        if (step.pays or is_first) and order.status in UNPAID:
            story += "; " + self._receive(self._next_payment, order_id, buyer.customer_id, order.due)
        return story

    def _sensible(self, buyer: Buyer, step: Ordering) -> tuple[Line, ...]:
        account = self.model.accounts[buyer.customer_id]
        base, documents = account.living(*BASES), account.living(DOCUMENTS)
        if base and step.years:
            beside = RENEW if documents else BUY
            more = ((DOCUMENTS, beside, step.years if documents else 1),) if step.toggle else ()
            return ((base.product, RENEW, step.years), *more)
        if base:
            return ((DOCUMENTS, BUY, 1),)
        return CARTS[0] if step.toggle else CARTS[1]

    def _pay(self, step: Paying) -> str:
        orders = list(self.model.orders.values())
        if step.order < 0:
            order_id, customer_id, due = self._next_order, BUYERS[0].customer_id, 3660
        elif orders:
            unpaid = [each for each in orders if each.status in UNPAID]
            meant = unpaid if unpaid and step.order < 2 else orders
            order = meant[-1 - step.order % len(meant)]
            if self._closes_later(order):
                return ""
            order_id, customer_id, due = order.order_id, order.buyer.customer_id, order.due or 3660
        else:
            return ""
        if step.by_other:
            customer_id = "c-1" if customer_id == "c-2" else "c-2"
        if self._is_held_up(customer_id):
            return ""
        amount = due // 2 if step.beside < -1000 else due + step.beside
        return self._receive(self._next_payment, order_id, customer_id, max(1, amount))

    def _closes_later(self, order: Order) -> bool:
        """Tell whether it would close, once paid, when provisioning is back: credit then counts from another day."""
        base = order.account.living(*BASES)
        is_bought_anew = order.branch == "BUNDLE"
        is_fine = is_bought_anew or (base is not None and base.status == "ACTIVE")
        return self.services["provisioning"].is_away and not is_fine

    def _pay_again(self, step: PayingAgain) -> str:
        paid = list(self.model.payments)
        if not paid:
            return ""
        payment_id, order_id, customer_id, amount = paid[-1 - step.payment % len(paid)]
        if self._is_held_up(customer_id):
            return ""
        return "again: " + self._receive(payment_id, order_id, customer_id, amount + step.changed)

    def _receive(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> str:
        self.model.pay(payment_id, order_id, customer_id, amount)
        body = {**transfer(payment_id, amount), "order_id": real(order_id), "customer_id": customer_id}
        self._write(PaymentReceived.EVENT_TYPE, customer_id, body)
        return f"{customer_id} pays {amount} cents ({payment_id}) for {order_id}"

    def _cancel(self, step: Cancelling) -> str:
        orders = list(self.model.orders.values())
        if not orders:
            return ""
        order = orders[-1 - step.order % len(orders)]
        customer_id = order.buyer.customer_id
        if self._is_held_up(customer_id):
            return ""
        is_allowed(lambda: self.model.give_up(order, "CUSTOMER"))
        body = {"order_id": real(order.order_id), "customer_id": customer_id}
        self._write(OrderCancellationRequested.EVENT_TYPE, customer_id, body)
        return f"{customer_id} cancels {order.order_id}"

    @property
    def _next_order(self) -> str:
        return f"o-{len(self.model.orders) + 1}"

    @property
    def _next_payment(self) -> str:
        return f"p-{len(self.model.payments) + 1}"

    async def _wait(self, step: Waiting) -> str:
        clock = self.services.clock
        is_long = step.span > A_LONG_OUTAGE or step.to_next or step.to_month_end
        placing = self._upcoming(PLACING)
        is_long |= placing is not None and placing <= clock.instant + step.span
        if self._is_asked or (is_long and not self._is_complete()):
            return self._come_back()
        upcoming = self._upcoming()
        if step.to_next and upcoming is None:
            return ""
        later = upcoming + step.span if step.to_next and upcoming else clock.instant + step.span
        if step.to_month_end:
            first = add_months(self.model.today.replace(day=1), 1)
            later = instant_of(first - DAY, 23) + step.span
        while is_long and (placing := self._upcoming(PLACING)) and placing <= later:
            await self._reach(placing + SOON)
        await self._reach(later)
        return "time has passed"

    def _upcoming(self, *ranks: int) -> datetime | None:
        """Return the instant of the next deadline, or of the next of some ranks."""
        return min((at for at, rank, _ in self.model.deadlines() if not ranks or rank in ranks), default=None)

    async def _reach(self, moment: datetime) -> None:
        """Let everybody work at a moment, so that what places itself is placed in time."""
        self.services.clock.instant = max(moment, self.services.clock.instant)
        self.model.reach(self.services.clock.instant)
        await self.services.drain()

    def _is_complete(self) -> bool:
        return len(self.services.present()) == len(self.services.members)

    def _come_back(self) -> str:
        if self._is_complete():
            return ""
        for member in self.services.members.values():
            member.is_away = False
        self._is_asked = False
        return "everybody is there"

    def _is_held_up(self, customer_id: str) -> bool:
        """Tell whether this customer, or the same firm, must wait; else note that something happens to it now."""
        if self._is_complete():
            return False
        firms = {"c-1", "c-2", "c-4"} if customer_id in ("c-1", "c-2", "c-4") else {customer_id}
        if firms & self._busy:
            return True
        self._busy |= firms
        return False

    def _write(self, event_type: str, customer_id: str, data: dict[str, Any]) -> None:
        message = cloudevent(
            event_type, f"{event_type}-{len(self.history)}-{len(self.model.payments)}", customer_id, data
        )
        self.services.write(customer_id, json.dumps(message).encode())

    def _compare(self) -> None:
        found = differences(self.model, self.services)
        if found:
            self._differ(found)

    def _differ(self, found: list[str]) -> None:
        history = "\n  ".join(self.history)
        raise Disagreement(f"The services do something else than the rules say.\n  {history}\n" + "\n".join(found))
