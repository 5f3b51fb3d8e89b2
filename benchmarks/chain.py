"""How many orders a second does the whole chain carry, and how long after its payment is an order active?

First purchases of the simulator, over Kafka as a storefront would publish them: each is placed, paid once it has its
price, and watched until it is active. Latencies are between the broker's own append times, so that no process's waiting
is counted as the services'. A figure stands only when every order ended as it must.
"""

import secrets
from datetime import UTC, datetime
from typing import Literal

from benchmarks.takes import RATE, Take, percentiles
from rehearsal.simulate.plan import PURCHASES, Plan, plan
from rehearsal.simulate.playing import Run, Target
from schemas.catalogue import Catalogue, catalogue_on

_PATIENCE_SECONDS = 60.0


def first_purchases(orders: int, way: Literal["http", "structured", "binary"] = "structured") -> tuple[Plan, Catalogue]:
    """Write so many first purchases down, by customers that nobody knows yet."""
    catalogue = catalogue_on(datetime.now(UTC).date())
    return plan(1, orders, f"b{secrets.token_hex(4)}", catalogue, ways=(way,), cases=PURCHASES), catalogue


async def sold(brokers: str, orders: int, per_second: float = 0.0) -> Take:
    """Place, pay and activate that many: as fast as they are taken, or as they come from many at a rate."""
    planned, catalogue = first_purchases(orders)
    run = Run(planned, Target(brokers), catalogue, rate=per_second, at_once=orders, patience_seconds=_PATIENCE_SECONDS)
    wrong = [verdict.wrong for verdict in await run.play() if verdict.wrong]
    taken = run.states.taken_ms["payment to activation"]
    measured = {RATE: orders / run.seconds, **percentiles(taken or [0.0])}
    return Take(
        measured, orders, f"{len(wrong)} of {orders} orders did not end as they must: {wrong[0]}" if wrong else ""
    )
