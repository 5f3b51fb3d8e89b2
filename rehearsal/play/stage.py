"""What does one play with? A running stack, opened once, and the moves that every case is made of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from operations.mails.mail import Mail, Maildir
from rehearsal.play.broker import EventLog, Mode, Publisher, Record
from rehearsal.play.buyers import Buyer, Names
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, by_id, cart, cloudevent, configuration, transfer
from rehearsal.play.clock import ClockFile, Time
from rehearsal.play.endpoints import Endpoints
from rehearsal.play.patience import PATIENCE_SECONDS, eventually
from rehearsal.play.storefront import Answer, Storefront
from schemas.topics import NOTIFICATIONS_EVENTS, ORDERS_EVENTS

Way = Literal["http", "structured", "binary"]
"""How a storefront's message travels: HTTP, or Kafka in one of the two modes of CloudEvents."""

CHOSEN_PASSWORD = "correct-horse-battery-staple-86"  # noqa: S105

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.5


@dataclass(frozen=True)
class Stage:
    """A stack that runs, with everything one needs to play on it."""

    endpoints: Endpoints
    front: Storefront
    publisher: Publisher
    log: EventLog
    mailbox: Maildir
    names: Names
    clock: ClockFile
    time: Time

    def timed_by(self, time: Time) -> "Stage":
        """Return the same stage whose instants another keeps."""
        return replace(self, time=time)

    async def at(self, instant: str) -> None:
        """Go on at an instant."""
        await self.time.at(instant)

    async def publish(
        self, event_type: str, customer_id: str, data: Mapping[str, Any], mode: Mode = "structured"
    ) -> None:
        """Publish a message of a storefront on the intake topic."""
        await self.publisher.publish(self.cloudevent(event_type, customer_id, data), mode)

    async def publish_together(self, customer_id: str, *messages: tuple[str, Mapping[str, Any]]) -> None:
        """Publish several messages of one customer without waiting between them."""
        events = [self.cloudevent(event_type, customer_id, data) for event_type, data in messages]
        await asyncio.gather(*(self.publisher.publish(event) for event in events))

    def cloudevent(self, event_type: str, customer_id: str, data: Mapping[str, Any]) -> Body:
        """Write a message of a storefront as CloudEvents 1.0."""
        time = self.time.now().isoformat()
        return cloudevent(event_type, f"m-{self.names.order()}", customer_id, dict(data), time=time)

    async def place(self, order: Body, way: Way = "http") -> Body:
        """Submit a cart that will be accepted, and return the order once it has its price."""
        if way == "http":
            answer = await self.front.submit(order, wait=10)
            if answer.status not in {201, 202}:
                raise AssertionError(f"the order was not accepted: {answer.status} {answer.body}")
        else:
            await self.publish("storefront.OrderSubmitted.v1", order["customer"]["customer_id"], order, way)
        return await self.order_once(
            order["order_id"], lambda view: bool(view["status"] != "AWAITING_PRICE"), "an order with its price"
        )

    async def pay(self, order: Body, amount_cents: int, way: Way = "http", **changes: Any) -> Body:
        """Pay some amount for an order, and return the payment's body."""
        payment = transfer(self.names.payment(), amount_cents, **changes)
        if way == "http":
            answer = await self.front.pay(order["order_id"], payment)
            if answer.status not in {200, 201, 202}:
                raise AssertionError(f"the payment was not accepted: {answer.status} {answer.body}")
        else:
            whose = {"order_id": order["order_id"], "customer_id": order["customer_id"]}
            await self.publish("storefront.PaymentReceived.v1", order["customer_id"], {**payment, **whose}, way)
        return payment

    async def settle(self, order: Body, way: Way = "http") -> Body:
        """Pay all that is due for an order, and return it once it is activated."""
        if order["outstanding_cents"]:
            await self.pay(order, order["outstanding_cents"], way)
        return await self.order_is(order["order_id"], "ACTIVATED")

    async def buy(
        self, buyer: Buyer, *products: str | Body, channel: str = "SITE", way: Way = "http", **optional: Any
    ) -> Body:
        """Order, pay and wait for the activation, all at the play's instant; return the order."""
        order = await self.place(cart(self.names.order(), buyer, *products, channel=channel, **optional), way)
        return await self.settle(order, way)

    async def owner(self, bought_at: str, *products: str, buyer: Buyer | None = None) -> Buyer:
        """Return somebody who bought e-invoicing (and what else is named) at an instant, and has their mail."""
        buyer = buyer or self.names.buyer()
        await self.at(bought_at)
        await self.buy(buyer, *(products or (E_INVOICING,)))
        await self.mail(buyer, "activation-credentials")
        return buyer

    async def add_documents(
        self, buyer: Buyer, channel: str = "CUSTOMER_AREA", way: Way = "http", **optional: Any
    ) -> Body:
        """Order Documents for an owner, and return the order with its price."""
        return await self.place(cart(self.names.order(), buyer, DOCUMENTS, channel=channel, **optional), way)

    async def renewal(self, buyer: Buyer, *lines: str | Body, channel: str = "PANEL", way: Way = "http") -> Body:
        """Order a renewal by the customer's id alone, and return the order with its price."""
        return await self.place(by_id(cart(self.names.order(), buyer, *lines, channel=channel)), way)

    async def order_is(self, order_id: str, status: str) -> Body:
        """Return an order once it has a status."""
        return await self.order_once(order_id, lambda view: bool(view["status"] == status), f"order {status}")

    async def order_once(self, order_id: str, holds: Callable[[Body], bool], what: str) -> Body:
        """Return an order once something holds of it."""
        last: Answer | None = None

        async def look() -> Body | None:
            nonlocal last
            last = await self.front.order(order_id)
            return last.body if last.status == 200 and holds(last.body) else None

        def seen() -> str:
            if last is None:
                return ""
            whose = str(last.body.get("customer_id", ""))
            return f"order: {last.status} {last.body}\n{self.log.seen_of(whose) if whose else ''}"

        async def pause() -> None:
            whose = last.body.get("customer_id") if last is not None else None
            await (self.log.news(str(whose), ORDERS_EVENTS, _LONGEST_PAUSE) if whose else asyncio.sleep(_FIRST_PAUSE))

        return await eventually(look, f"{what} ({order_id})", seen=seen, pause=pause)

    async def event(
        self, buyer: Buyer, topic: str, name: str, seconds: float = PATIENCE_SECONDS, **data: str
    ) -> Record:
        """Return a customer's newest event of a name, with these in its data if any are given, once there is one."""

        async def look() -> Record | None:
            named = [record for record in self.log.of(buyer.customer_id, topic) if record.name == name]
            found = [record for record in named if data.items() <= record.envelope["data"].items()]
            return found[-1] if found else None

        return await eventually(
            look, f"{name} on {topic}", seconds=seconds, seen=lambda: self.log.seen_of(buyer.customer_id)
        )

    async def mail(self, buyer: Buyer, template: str, count: int = 1) -> Mail:
        """Return the `count`-th mail of a template to a buyer, once it has left and arrived."""

        async def look() -> Mail | None:
            emails = await self.front.emails(buyer.customer_id)
            sent = [mail["message_id"] for mail in emails if mail["template"] == template and mail["status"] == "SENT"]
            arrived = [mail for mail in self.mailbox.of(buyer.email) if mail.message_id in sent]
            return replace(arrived[count - 1], template=template) if len(arrived) >= count else None

        return await eventually(
            look,
            f"mail {template}",
            seen=lambda: self.log.seen_of(buyer.customer_id),
            pause=lambda: self.log.news(buyer.customer_id, NOTIFICATIONS_EVENTS, _LONGEST_PAUSE),
        )

    async def templates(self, buyer: Buyer) -> list[str]:
        """Name the templates of the mails that were requested for a buyer, in order."""
        return [mail["template"] for mail in await self.front.emails(buyer.customer_id)]

    async def expiries(self, buyer: Buyer) -> dict[str, str]:
        """Map each service of a buyer to its expiry."""
        services = await self.front.services(buyer.customer_id)
        return {product: service["expires_on"] for product, service in services.items()}

    async def credit(self, buyer: Buyer) -> int:
        """Return a buyer's credit, in cents."""
        return int((await self.front.credit(buyer.customer_id)).body["balance_cents"])

    async def signed_in(self, buyer: Buyer) -> str:
        """Sign in with the mailed credentials, change the password, configure; return the panel's session."""
        credentials = (await self.mail(buyer, "activation-credentials")).credentials
        first = await self.front.sign_in(credentials["Username"], credentials["Password"])
        await self.front.in_panel(first.body["session_token"], "POST", "password", {"new_password": CHOSEN_PASSWORD})
        second = await self.front.sign_in(credentials["Username"], CHOSEN_PASSWORD)
        session = str(second.body["session_token"])
        await self.front.in_panel(session, "POST", "configuration", configuration())
        return session


@asynccontextmanager
async def open_stage(endpoints: Endpoints) -> AsyncIterator[Stage]:
    """Open a running stack to play on it; whoever set its clock removes it when nothing is to be played any more."""
    clock = ClockFile(endpoints.clock)
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(Storefront(endpoints))
        publisher = await stack.enter_async_context(Publisher(endpoints.kafka))
        log = await stack.enter_async_context(EventLog(endpoints.kafka))
        yield Stage(endpoints, front, publisher, log, Maildir(endpoints.maildir, from_now=True), Names(), clock, clock)
