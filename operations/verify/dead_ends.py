"""Is an order or a payment in a state that no command can leave? Part of invariant 18.

An operator's commands find an order in its account's state and a payment by its row: where the two don't say the same,
or an answer that is waited for was given, nobody can go on.
"""

from collections.abc import Iterator
from typing import Any

from operations.verify.evidence import Evidence, Held, grouped
from operations.verify.findings import Place
from runtime.wire.codec import decode_state
from schemas.vocabulary import OrderStatus, PaymentStatus
from services.orders.domain.commands import content_hash

_OPEN = (
    OrderStatus.AWAITING_PRICE,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.PARTIALLY_PAID,
    OrderStatus.SETTLED,
    OrderStatus.HELD,
)
_ANSWERED = ("ACTIVATED", "CLOSED")


def dead_ends(evidence: Evidence) -> Iterator[tuple[Place, str | None]]:
    """Look at each order and payment that is open: where it stands, and what keeps it there, None for nothing."""
    orders, provisioning = evidence.held("orders"), evidence.held("provisioning")
    rows, waiting = grouped(orders.rows["orders"]), grouped(orders.rows["payments"])
    for account in evidence.accounts:
        place, state = Place("orders", account), _state(orders, account)
        known = {order.order_id: order for order in state.orders}
        for row in rows.get(account, {}).values():
            if row.status in _OPEN:
                yield place, None if row.order_id in known else f"{row.order_id} is {row.status}: no command finds it"
        found = {key for key, row in waiting.get(account, {}).items() if row.status == PaymentStatus.HELD}
        for each in state.held:
            content = content_hash(account, each.order_id, each.amount_cents)
            named = (each.payment_source, each.payment_id, content)
            yield place, None if named in found else f"payment {'/'.join(named[:2])} waits: no command finds it"
        if not evidence.undrained:
            for order in state.orders:
                yield place, _unanswered(order, provisioning)


def _unanswered(order: Any, provisioning: Held) -> str | None:
    if order.closing is None:
        return None
    row = provisioning.rows["activations"].get((order.order_id,))
    if row is None or row.status not in _ANSWERED:
        return None
    return f"{order.order_id} waits to be closed though provisioning has answered: {row.status}"


def _state(orders: Held, account: str) -> Any:
    _, encoded = orders.accounts.get(account, (0, None))
    return orders.service.initial() if encoded is None else decode_state(encoded, orders.service.state)
