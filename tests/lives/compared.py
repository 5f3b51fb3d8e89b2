"""Do the services do what the rules say? One life, told to the model and to the four services, compared at rest."""

import json
from datetime import datetime, timedelta
from typing import Any

from rehearsal.play.buyers import Buyer as Played
from rehearsal.play.carts import cart, cloudevent, line, transfer
from runtime.effect import Verdict
from runtime.service import Fate
from schemas.storefront import OrderCancellationRequested, OrderSubmitted, PaymentReceived
from tests.lives.comparing import differences
from tests.lives.four_services import FourServices
from tests.lives.model.model import Model
from tests.lives.model.reckoning import ROME
from tests.lives.model.state import BASES, DOCUMENTS, FE, Buyer, Line
from tests.lives.post import Letter, Post
from tests.lives.steps import (
    BUY,
    CARTS,
    RENEW,
    Away,
    Back,
    Cancelling,
    Ordering,
    Paying,
    PayingAgain,
    Step,
    Twice,
    Waiting,
)

FIRM, OTHER_FIRM, STUDIO, PERSON = "12345670017", "00743110157", "01234560017", "07643520567"
BUYERS = (
    Buyer("c-1", "LEGAL_PERSON", FIRM),
    Buyer("c-2", "VAT_HOLDER", OTHER_FIRM),
    Buyer("c-3", "ACCOUNTANT", STUDIO),
    Buyer("c-4", "LEGAL_PERSON", FIRM),
    Buyer("c-1", "LEGAL_PERSON", OTHER_FIRM),
    Buyer("c-2", "ACCOUNTANT", OTHER_FIRM),
    Buyer("c-5", "PRIVATE_PERSON", PERSON),
)
"""c-4 is the same firm as c-1; c-1 may try to order for another; c-2 may turn out an accountant."""


A_LONG_OUTAGE = timedelta(days=31)
"""Longer ones are not lived: what was paid before one would be acted on when its base has ended (R18: held)."""


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
        self._placed: list[str] = []
        self._paid: list[tuple[str, str, str, int]] = []
        self._is_asked = False
        """An order waits for orders to come back: what else the log says then is read first, so it must be as old."""
        self._busy: set[str] = set()
        """Whom something happened to while a service was away: what follows would depend on who knows what."""

    async def live(self, steps: list[Step]) -> None:
        """Live it step by step. Raises Disagreement, told as a story."""
        for step in [*steps, Back()]:
            self.model.reach(self.services.clock.instant)
            line = self._do(step)
            if not line:
                continue
            self.history.append(f"{self.services.clock.instant.astimezone(ROME):%a %Y-%m-%d %H:%M:%S}  {line}")
            await self.services.drain()
            if self._is_complete():
                self._busy.clear()
                self._compare()

    def _do(self, step: Step) -> str:
        match step:
            case Ordering():
                return self._order(step)
            case Paying():
                return self._pay(step)
            case PayingAgain():
                return self._pay_again(step)
            case Cancelling():
                return self._cancel(step)
            case Waiting():
                return self._wait(step)
            case Away():
                self.services[step.service].is_away = True
                return f"{step.service} goes away"
            case Back():
                return self._come_back()
            case Twice():
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
        order_id = f"o-{len(self._placed) + 1}"
        self._placed.append(order_id)
        self._is_asked |= self.services["orders"].is_away
        # What credit covers settles when it is priced (R22): on another day, where billing is away.
        uses_credit = step.uses_credit and not self.services["billing"].is_away
        cart_lines = step.lines or self._sensible(buyer, step)
        owns = self.model.accounts[buyer.customer_id].living(FE)
        channel = step.channel or ("PANEL" if owns else "SITE")
        order = self.model.order(
            order_id, buyer, cart_lines, channel, toggle=step.toggle is not False, use_credit=uses_credit
        )
        optional: dict[str, Any] = {} if step.toggle is None else {"extend_active_services": step.toggle}
        if uses_credit:
            optional["use_credit"] = True
        if step.expected is not None and order.total is not None and not self.services["billing"].is_away:
            optional["expected_total_cents"] = max(0, order.total + step.expected)
        self.model.priced(order, optional.get("expected_total_cents"))
        lines = [line(*each) for each in cart_lines]
        body = cart(order_id, _body(buyer), *lines, channel=channel, **optional)
        self._write(OrderSubmitted.EVENT_TYPE, buyer.customer_id, body)
        options = ", ".join(f"{name} {value}" for name, value in {"": f"from {channel}", **optional}.items())
        who = f"{buyer.customer_id} ({buyer.kind}, {buyer.tax_identifier})"
        story = f"{who} orders {order_id}: {_shown(cart_lines)}{options}"
        if step.pays and order.is_unpaid:
            due = max(1, order.due - order.paid)
            story += "; " + self._receive(f"p-{len(self._paid) + 1}", order_id, buyer.customer_id, due)
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
        if step.order < 0:
            order_id, customer_id, due = f"o-{len(self._placed) + 1}", BUYERS[0].customer_id, 3660
        elif self._placed:
            order = self.model.orders[self._placed[-1 - step.order % len(self._placed)]]
            order_id, customer_id, due = order.order_id, order.buyer.customer_id, (order.due - order.paid) or 3660
        else:
            return ""
        if step.by_other:
            customer_id = "c-1" if customer_id == "c-2" else "c-2"
        if self._is_held_up(customer_id):
            return ""
        amount = due // 2 if step.beside < -1000 else due + step.beside
        return self._receive(f"p-{len(self._paid) + 1}", order_id, customer_id, max(1, amount))

    def _pay_again(self, step: PayingAgain) -> str:
        if not self._paid:
            return ""
        payment_id, order_id, customer_id, amount = self._paid[-1 - step.payment % len(self._paid)]
        if self._is_held_up(customer_id):
            return ""
        return "again: " + self._receive(payment_id, order_id, customer_id, amount + step.changed)

    def _receive(self, payment_id: str, order_id: str, customer_id: str, amount: int) -> str:
        if all(paid[0] != payment_id for paid in self._paid):
            self._paid.append((payment_id, order_id, customer_id, amount))
        self.model.pay(payment_id, order_id, customer_id, amount)
        body = {**transfer(payment_id, amount), "order_id": order_id, "customer_id": customer_id}
        self._write(PaymentReceived.EVENT_TYPE, customer_id, body)
        return f"{customer_id} pays {amount} cents ({payment_id}) for {order_id}"

    def _cancel(self, step: Cancelling) -> str:
        if not self._placed:
            return ""
        order = self.model.orders[self._placed[-1 - step.order % len(self._placed)]]
        customer_id = order.buyer.customer_id
        if self._is_held_up(customer_id):
            return ""
        self.model.cancel(order.order_id)
        body = {"order_id": order.order_id, "customer_id": customer_id}
        self._write(OrderCancellationRequested.EVENT_TYPE, customer_id, body)
        return f"{customer_id} cancels {order.order_id}"

    def _wait(self, step: Waiting) -> str:
        is_long = step.span > A_LONG_OUTAGE or step.to_next
        if self._is_asked or (is_long and not self._is_complete()):
            return self._come_back()
        clock = self.services.clock
        upcoming = self.model.upcoming()
        if step.to_next and upcoming is None:
            return ""
        later = upcoming + step.span if step.to_next and upcoming else clock.instant + step.span
        clock.instant = max(later, clock.instant)
        self.model.reach(clock.instant)
        return "time has passed"

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
        message = cloudevent(event_type, f"{event_type}-{len(self.history)}-{len(self._paid)}", customer_id, data)
        self.services.write(customer_id, json.dumps(message).encode())

    def _compare(self) -> None:
        found = differences(self.model, self.services)
        if found:
            history = "\n  ".join(self.history)
            raise Disagreement(f"The services do something else than the rules say.\n  {history}\n" + "\n".join(found))


def _shown(lines: tuple[Line, ...]) -> str:
    return " and ".join(
        f"{action.lower()} {product}" + f" for {years} years" * (years > 1) for product, action, years in lines
    )


def _body(buyer: Buyer) -> Played:
    """Describe a buyer as an order does."""
    return Played(
        {
            "customer_id": buyer.customer_id,
            "kind": buyer.kind,
            "name": "Rossi",
            "email": f"{buyer.customer_id}@rossi.example",
            "vat_number": buyer.tax_identifier,
        }
    )
