"""How many orders a second does the whole chain carry, and how long after its payment is an order active?

First purchases of the simulator, over Kafka as a storefront would publish them: each is placed, paid once it has its
price, and watched until it is active. Latencies are between the broker's own append times, so that no process's waiting
is counted as the services'. A figure stands only when every order ended as it must.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from rehearsal.simulate.order_states import quantile
from rehearsal.simulate.plan import PURCHASES, plan
from rehearsal.simulate.playing import Run, Target
from schemas.catalogue import catalogue_on

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many orders went through, and how long that took."""

    orders: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Return the rate."""
        return self.orders / self.seconds


@dataclass(frozen=True, slots=True)
class Latency:
    """From payment registered to order active, in milliseconds."""

    orders: int
    p50: float
    p99: float


async def throughput(brokers: str, orders: int) -> Throughput:
    """Place, pay and activate that many first purchases as fast as they are taken."""
    run = await _played(brokers, orders, rate=0.0)
    return Throughput(orders, run.seconds)


async def latency(brokers: str, orders: int, per_second: float) -> Latency:
    """Let orders come at a rate, as by many who know nothing of each other; measure from payment to activation."""
    run = await _played(brokers, orders, rate=per_second)
    taken = sorted(run.states.taken_ms["payment to activation"])
    return Latency(orders, quantile(taken, 0.5), quantile(taken, 0.99))


async def _played(brokers: str, orders: int, rate: float) -> Run:
    catalogue = catalogue_on(datetime.now(UTC).date())
    planned = plan(1, orders, f"b{secrets.token_hex(4)}", catalogue, ways=("structured",), cases=PURCHASES)
    target = Target(brokers)
    run = Run(planned, target, catalogue, rate=rate, at_once=orders, patience_seconds=_PATIENCE_SECONDS)
    wrong = [verdict.wrong for verdict in await run.play() if verdict.wrong]
    if wrong:
        raise RuntimeError(f"the figure is void: {len(wrong)} of {orders} orders did not end as they must: {wrong[0]}")
    return run
