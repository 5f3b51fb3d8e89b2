"""What does an operator tell of a chargeback? `coterm payments chargeback|won`."""

import asyncio
from typing import Any

from operations import surroundings
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.decisions.payments import Content, PaymentId, Source
from operations.options import Endpoints, Json
from operations.rows import tables
from operations.surroundings import OperationFailed, Surroundings


def chargeback(
    source: Source,
    payment: PaymentId,
    why: Why,
    content: Content = None,
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Tell that a payment was charged back: what its order activated is suspended, nothing is deleted.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be charged back", "is charged back: provisioning suspends what it paid for")
    where = surroundings.find(endpoints)
    decision = _decision(where, (source, payment), "POST", words, {"why": why, "content_hash": content})
    carry_out(where, decision, yes=yes, as_json=as_json)


def won(
    source: Source,
    payment: PaymentId,
    why: Why,
    content: Content = None,
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Tell that a charged-back payment was won back: what was suspended for it goes on.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be won back", "is won back: provisioning lets go on what it paid for")
    where = surroundings.find(endpoints)
    decision = _decision(where, (source, payment), "DELETE", words, {"why": why, "content_hash": content})
    carry_out(where, decision, yes=yes, as_json=as_json)


def _decision(
    where: Surroundings, named: tuple[str, str], method: str, words: tuple[str, str], body: dict[str, Any]
) -> Decision:
    path = f"/v1/operator/payments/{segment(named[0])}/{segment(named[1])}/chargeback"
    customer = asyncio.run(_payer(where, named))
    return Decision("orders", path, customer, f"payment {'/'.join(named)}", *words, body, method)


async def _payer(where: Surroundings, named: tuple[str, str]) -> str:
    async with tables(where, "orders") as orders:
        rows = await orders.rows("payments", {"payment_source": named[0], "payment_id": named[1]}, ("content_hash",))
    if not rows:
        raise OperationFailed(f"no payment {'/'.join(named)} is known")
    return str(rows[0].customer_id)
