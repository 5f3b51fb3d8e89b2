"""What became of each order? Folded from the events of the log, as any of its readers may."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rehearsal.play.broker import Record
from rehearsal.play.patience import NotInTime
from rehearsal.simulate.scenarios import Milestone

REACHED: dict[Milestone, tuple[str, ...]] = {
    "decided": ("OrderPlaced", "OrderRefused"),
    "priced": ("OrderPriceNoted",),
    "settled": ("OrderSettled",),
    "activated": ("OrderActivationNoted",),
    "closed": ("OrderCancelled", "OrderExpired"),
}
_STATUS = (
    ("OrderRefused", "REFUSED"),
    ("OrderExpired", "EXPIRED"),
    ("OrderCancelled", "CANCELLED"),
    ("OrderActivationNoted", "ACTIVATED"),
    ("OrderHeld", "HELD"),
    ("OrderSettled", "SETTLED"),
)


@dataclass
class OrderState:
    """Everything that the log says of one order."""

    times: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How often each event came."""
    at: dict[str, int] = field(default_factory=dict)
    """When each came first, by the broker's clock, in milliseconds."""
    violations: dict[str, str | None] = field(default_factory=dict)
    reason: str | None = None
    ordered_on: date | None = None
    settled_on: date | None = None
    total_cents: int | None = None
    paid_cents: int = 0
    surplus_cents: int = 0
    credit_cents: int = 0
    expiries: dict[str, date] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Name where the order stands, in the interface's words."""
        for name, status in _STATUS:
            if self.times[name]:
                return status
        if self.total_cents is not None:
            return "PARTIALLY_PAID" if self.paid_cents else "AWAITING_PAYMENT"
        return "AWAITING_PRICE" if self.times["OrderPlaced"] else "UNKNOWN"

    def has(self, milestone: Milestone) -> bool:
        """Tell whether the order has come that far."""
        return any(self.times[name] for name in REACHED[milestone])

    def take(self, name: str, data: dict[str, Any], at: int) -> None:
        """Fold one event."""
        self.times[name] += 1
        self.at.setdefault(name, at)
        match name:
            case "OrderPlaced":
                self.ordered_on = date.fromisoformat(data["ordered_on"])
            case "OrderRefused":
                self.violations = {each["code"]: each.get("order_id") for each in data["violations"]}
            case "OrderPriceNoted":
                self.total_cents = data["total_cents"]
            case "PaymentRegistered":
                self.paid_cents += data["amount_cents"]
                self.surplus_cents += data["surplus_cents"]
            case "OrderSettled":
                self.settled_on = date.fromisoformat(data["settled_on"])
            case "OrderCancelled":
                self.reason = data["reason"]
                self.surplus_cents += data.get("surplus_cents", 0)
            case "CreditGranted":
                self.credit_cents += data["amount_cents"]
            case "ServiceActivated":
                self.expiries[data["product"]] = date.fromisoformat(data["expires_on"])
            case _:
                pass  # counted above, and that is all


SPANS = {
    "order to price": ("OrderPlaced", "OrderPriceNoted"),
    "payment to activation": ("OrderSettled", "OrderActivated"),
}
"""What is timed, between which events, by the broker's clock."""


class OrderStates:
    """The state of every order of one run, and what wakes whoever waits for one."""

    def __init__(self, run: str) -> None:
        self._prefix = f"c-{run}-".encode()
        self._news: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.orders: dict[str, OrderState] = defaultdict(OrderState)
        self.counted: Counter[str] = Counter()
        self.taken_ms: dict[str, list[int]] = {name: [] for name in SPANS}
        self.last_news = time.monotonic()

    def take(self, record: Record) -> None:
        """Look at a record; those of other customers are skipped."""
        if not (record.key or b"").startswith(self._prefix):
            return
        order_id = record.data.get("order_id")
        if not order_id:
            return
        self.last_news = time.monotonic()
        seen = self.orders[order_id]
        seen.take(record.name, record.data, record.timestamp_ms)
        if seen.times[record.name] == 1:
            self.counted[record.name] += 1
            self._time(seen, record.name)
        self._news[order_id].set()

    async def news_of(self, order_ids: Sequence[str], seconds: float) -> None:
        """Wait for the next event of any of some orders, or until the whole run has been silent for so long.

        Raises NotInTime in the second case.
        """
        arrived = [self._news[order_id] for order_id in order_ids]
        for event in arrived:
            event.clear()
        waiting = [asyncio.ensure_future(event.wait()) for event in arrived]
        try:
            while True:
                left = self.last_news + seconds - time.monotonic()
                done, _ = await asyncio.wait(waiting, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED)
                if done:
                    return
                if time.monotonic() - self.last_news >= seconds:
                    raise NotInTime(f"nothing came for {seconds:.0f} s")
        finally:
            for each in waiting:
                each.cancel()

    async def until(self, order_id: str, milestone: Milestone, seconds: float) -> OrderState:
        """Return an order once it has come that far. Raises NotInTime when nothing comes any more."""
        seen = self.orders[order_id]
        while not seen.has(milestone):
            await self.news_of([order_id], seconds)
        return seen

    def _time(self, seen: OrderState, name: str) -> None:
        for span, (start, end) in SPANS.items():
            if name in {start, end} and start in seen.at and end in seen.at:
                self.taken_ms[span].append(seen.at[end] - seen.at[start])


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which that share of an ordered list lies."""
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
