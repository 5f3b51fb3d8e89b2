"""How do the four services work together without a stack? Joined by topics in memory, on one clock.

Each takes what stands in its topics when it is told to, so that a test chooses who is late, who is away, and in which
order the topics are read against each other.
"""

from collections.abc import Callable
from datetime import datetime
from random import Random

from pydantic import SecretStr

from runtime.clock import SetClock
from runtime.privacy.keyring import MemoryKeys
from runtime.service import Fate
from schemas.topics import STOREFRONT_INTAKE
from services.billing.adapters.api import router as billing_routes
from services.billing.declaration import declare as billing
from services.notifications.adapters.api import router as notifications_routes
from services.notifications.declaration import declare as notifications
from services.orders.adapters.api import router as orders_routes
from services.orders.adapters.review import review_held
from services.orders.declaration import declare as orders
from services.provisioning.adapters.api import router as provisioning_routes
from services.provisioning.declaration import declare as provisioning
from tests.lives.log import MemoryLog
from tests.lives.member import Member
from tests.lives.post import HANDOVER_KEY, SETTINGS, Post
from tests.unit.memory_edge import MemoryEdge

WEBHOOK_SECRET = "whsec_c2VjcmV0LW9uZQ=="
ROUNDS = 400
"""After so many rounds of everybody's work, what still moves will never rest."""


class NeverRests(AssertionError):
    """Something moves for ever."""


class FourServices:
    """Orders, billing, provisioning and notifications, with their log, their mailbox and one clock."""

    def __init__(
        self, now: datetime, answers: Callable[[int], Fate] = lambda _: Fate.SENT, post: type[Post] = Post
    ) -> None:
        self.clock = SetClock(now)
        self.log = MemoryLog(self.clock)
        keys = MemoryKeys()
        self.members = {
            name: Member(MemoryEdge(declare, routes, self.clock, keys, **settings), self.log)
            for name, declare, routes, settings in (
                ("orders", orders, orders_routes, _ORDERS),
                ("billing", billing, billing_routes, {}),
                ("provisioning", provisioning, provisioning_routes, _PROVISIONING),
                ("notifications", notifications, notifications_routes, {"mail_from": SETTINGS.sender}),
            )
        }
        self.post = post(self.members["notifications"].edge, answers)

    def __getitem__(self, name: str) -> Member:
        return self.members[name]

    def present(self) -> list[Member]:
        """Return the services that are not away."""
        return [member for member in self.members.values() if not member.is_away]

    def write(self, customer_id: str, value: bytes) -> None:
        """Let a storefront append a record to intake."""
        self.log.append(STOREFRONT_INTAKE, customer_id.encode(), value)

    async def stir(self, chance: Random, moves: int) -> None:
        """Let some of those present do something, in any order."""
        for _ in range(moves):
            member = chance.choice(self.present() or [None])
            if member is None:
                return
            match chance.randrange(8):
                case 0 | 1 | 2:
                    behind = member.behind()
                    if behind:
                        await member.take(chance.choice(behind), chance.choice((1, 2, 500)), chance.choice((0, 0, 3)))
                case 3 | 4 | 5:
                    self._publish(member, chance.choice((1, 2, None)))
                case 6:
                    await self._fire(member)
                case _:
                    await self._look_after(member)

    async def drain(self) -> None:
        """Let those present work until nothing moves. Raises NeverRests."""
        for _ in range(ROUNDS):
            if not [member for member in self.present() if await self._work(member)]:
                return
        still = {
            member.name: [str(each) for each in (*member.behind(), *member.edge.due())] for member in self.present()
        }
        raise NeverRests(f"after {ROUNDS} rounds there is still to do: {still}")

    async def _work(self, member: Member) -> bool:
        """Do all that a service has to do; tell whether there was anything."""
        before = len(member.edge.store.contents.journal)
        behind = member.behind()
        for place in behind:
            await member.take(place)
        due = member.edge.due()
        await self._fire(member)
        await self._look_after(member)
        sent = self._publish(member)
        return bool(behind or due or sent) or len(member.edge.store.contents.journal) > before

    async def _fire(self, member: Member) -> None:
        await member.fire()

    async def _look_after(self, member: Member) -> None:
        """Do what a service does beside its inputs: review held payments, send mails."""
        if member.name == "orders":
            await review_held(member.edge)
        if member.name == "notifications":
            for letter in self.post.waiting():
                await self.post.deliver(letter)

    def _publish(self, member: Member, inputs: int | None = None) -> int:
        sent = member.publish(inputs)
        if member.name == "notifications":
            self.post.note(sent)
        return len(sent) + member.hand_over()


_ORDERS = {"acknowledge_seconds": 5.0, "webhook_secrets": [SecretStr(WEBHOOK_SECRET)]}
_PROVISIONING = {
    "lookup_key": SecretStr("00" * 32),
    "handover_public_key": bytes(HANDOVER_KEY.public_key).hex(),
    "username_prefix": "U",
}
