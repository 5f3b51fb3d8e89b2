"""What does an operator tell of a chargeback? `coterm payments chargeback|won`."""

import asyncio
from typing import Any

from operations import surroundings
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.decisions.payments import Content, PaymentId, Source, path_of, payer_of
from operations.options import Endpoints, Json


def chargeback(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Report that a payment was charged back: what its order activated is suspended, nothing is deleted.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be charged back", "is charged back: provisioning suspends what it paid for")
    _tell((source, payment), "POST", words, {"why": why, "content_hash": content}, (yes, endpoints, as_json))


def won(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Report that a charged-back payment was won back: what was suspended for it goes on.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be won back", "is won back: provisioning lets go on what it paid for")
    _tell((source, payment), "DELETE", words, {"why": why, "content_hash": content}, (yes, endpoints, as_json))


def _tell(
    named: tuple[str, str], method: str, words: tuple[str, str], body: dict[str, Any], options: tuple[bool, Any, bool]
) -> None:
    yes, endpoints, as_json = options
    where = surroundings.find(endpoints)
    path = f"{path_of(*named)}/chargeback"
    decision = Decision(
        "orders", path, asyncio.run(payer_of(where, *named)), f"payment {'/'.join(named)}", *words, body, method
    )
    carry_out(where, decision, yes=yes, as_json=as_json)
