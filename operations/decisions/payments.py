"""What becomes of a payment that waits? `coterm payments list|accept|move|refund|to-credit|dismiss`."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.decisions.orders import PAYMENTS_IN_ORDER
from operations.options import Endpoints, Json
from operations.rows import listed
from operations.surroundings import Misused, OperationFailed, Surroundings
from schemas.money import euros
from schemas.vocabulary import PaymentResolution, PaymentStatus

app = typer.Typer(no_args_is_help=True, help="Look at payments that wait, and say what becomes of each.")
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="Where the payment came from.")]
PaymentId = Annotated[str, typer.Argument(metavar="PAYMENT", help="The payment's id there.")]
Order = Annotated[str, typer.Option("--to", metavar="ORDER", help="The order that it pays.", show_default=False)]
Customer = Annotated[str | None, typer.Option(help="Those of one customer.")]
Content = Annotated[
    str | None, typer.Option(help="Which one, where several wait under the same id: as `list` shows it.")
]


class Wait(StrEnum):
    """For what a payment waits, as it is typed."""

    HELD = "held"
    CONFLICTED = "conflicted"


Status = Annotated[Wait | None, typer.Option(help="Those of one kind; both where left out.")]
WAITING = (PaymentStatus.HELD, PaymentStatus.CONFLICTED)


@app.command("list")
def list_(status: Status = None, customer: Customer = None, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """List the payments that wait: held for their order or price, or in conflict.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    kinds = WAITING if status is None else (PaymentStatus[status.name],)
    found = asyncio.run(_payments(surroundings.find(endpoints), kinds, {"customer_id": customer} if customer else {}))
    answer(found, map(_line, found) if found else ["no payment waits"], as_json=as_json)


@app.command()
def accept(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Take a payment in conflict as one of its own: it pays the order that it names.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be accepted", "is accepted as a payment of its own")
    _decide((source, payment, content), PaymentResolution.ACCEPT, words, why, (yes, endpoints, as_json))


@app.command()
def move(
    source: Source, payment: PaymentId, to: Order, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Let a payment pay an order of its customer's that waits for one.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = (f"would pay order {to}", f"pays order {to}")
    _decide((source, payment, content), PaymentResolution.MOVE, words, why, (yes, endpoints, as_json), to)


@app.command()
def refund(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Pay a payment back as a whole: `coterm refunds list` shows it until it is reported as paid.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be paid back", "is to be paid back")
    _decide((source, payment, content), PaymentResolution.REFUND, words, why, (yes, endpoints, as_json))


@app.command("to-credit")
def to_credit(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Make a held payment its customer's credit.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would become credit", "becomes credit")
    _decide((source, payment, content), PaymentResolution.TO_CREDIT, words, why, (yes, endpoints, as_json))


@app.command()
def dismiss(
    source: Source, payment: PaymentId, why: Why, content: Content = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Drop a payment in conflict that was reported twice: no money stands behind it.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    words = ("would be dismissed", "is dismissed: it was reported twice")
    _decide((source, payment, content), PaymentResolution.DISMISS, words, why, (yes, endpoints, as_json))


def _decide(
    named: tuple[str, str, str | None],
    action: PaymentResolution,
    words: tuple[str, str],
    why: str,
    options: tuple[bool, Any, bool],
    to: str | None = None,
) -> None:
    (source, payment, content), (yes, endpoints, as_json) = named, options
    path = f"{path_of(source, payment)}/resolution"
    where = surroundings.find(endpoints)
    known = asyncio.run(payer_of(where, source, payment))
    body = {"action": action, "why": why, "order_id": to, "content_hash": content}
    filled = {name: value for name, value in body.items() if value is not None}
    decision = Decision("orders", path, known, f"payment {source}/{payment}", *words, filled)
    carry_out(where, decision, yes=yes, as_json=as_json)


def path_of(source: str, payment: str) -> str:
    """Write where a payment stands in orders' operator interface. Raises Misused for what can name none."""
    return f"/v1/operator/payments/{_part(source)}/{_part(payment)}"


def _part(text: str) -> str:
    try:
        return segment(text)
    except Misused:
        raise Misused(f"{text!r} names no payment") from None


async def payer_of(where: Surroundings, source: str, payment: str) -> str:
    """Name whose payment it is. Raises OperationFailed for one that nobody has reported."""
    identity = {"payment_source": source, "payment_id": payment}
    rows = await listed(where, "orders", "payments", identity, PAYMENTS_IN_ORDER)
    if not rows:
        raise OperationFailed(f"no payment {source}/{payment} is known")
    return str(next((row for row in rows if row["status"] in WAITING), rows[0])["customer_id"])


async def _payments(
    where: Surroundings, kinds: tuple[PaymentStatus, ...], chosen: dict[str, Any]
) -> list[dict[str, Any]]:
    by_kind = [
        await listed(where, "orders", "payments", {"status": kind, **chosen}, PAYMENTS_IN_ORDER) for kind in kinds
    ]
    return [payment for payments in by_kind for payment in payments]


def _line(payment: dict[str, Any]) -> str:
    named = f"{payment['payment_source']} {payment['payment_id']}  {payment['customer_id']}"
    stands = f"{payment['status']} ({payment['reason']})  {euros(payment['amount_cents'])} for {payment['order_id']}"
    return f"{named}  {stands}  since {payment['taken_at']}  content {payment['content_hash']}"
