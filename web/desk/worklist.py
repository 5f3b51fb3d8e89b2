"""What waits for an operator, and what can be done about each? Through the services' operator interfaces alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from operations.asking import Answered, ask, every_page
from operations.mails.command import mails
from operations.repairs.parked import parked_accounts
from operations.repairs.quarantine import quarantined
from operations.repairs.telling import place
from operations.sealed import printable
from operations.surroundings import SERVICES, OperationFailed, Surroundings
from runtime.privacy.showing import shown
from schemas.vocabulary import EmailStatus


@dataclass(frozen=True, slots=True)
class Action:
    """Something that ends a wait: a call of a service, which can be rehearsed."""

    name: str
    service: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ("why",)
    """What the operator must say besides: a reason, an order."""
    then: "Action | None" = None
    """What ends the wait once this is done: a new password is issued before the old mail counts as lost."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits, with what can be done about it."""

    kind: str
    key: str
    customer_id: str
    since: str
    what: str
    actions: tuple[Action, ...]
    order_id: str | None = None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that waits, oldest first, and what could not be asked."""

    items: Sequence[Item]
    away: Sequence[str]


async def work(where: Surroundings) -> Work:
    """Ask every service for what waits."""
    items: list[Item] = []
    away: list[str] = []
    asked = await asyncio.gather(
        *(asyncio.to_thread(_listed, where, *each) for each in _LISTS),
        _all(mails(where, {"status": EmailStatus.IN_DOUBT}), _doubt),
        *(_all(parked_accounts(where, service), _parked) for service in SERVICES),
        *(_all(quarantined(where, service), partial(_quarantined, service)) for service in SERVICES),
        return_exceptions=True,
    )
    for found in asked:
        match found:
            case OperationFailed():
                away.append(str(found))
            case BaseException():
                raise found
            case _:
                items += found
    return Work(sorted(items, key=lambda item: item.since), away)


async def carry_out(where: Surroundings, action: Action, fields: Mapping[str, str], *, rehearse: bool) -> Any:
    """Do it, or rehearse it; what is sealed in the answer stays covered.

    Raises Answered with the service's reason, OperationFailed when it does not answer.
    """
    done = await _asked(where, action, fields, rehearse=rehearse)
    if action.then is not None:
        try:
            ended = await _asked(where, action.then, fields, rehearse=rehearse)
        except Answered as refused:
            if refused.code != "EMAIL_NOT_IN_DOUBT":
                raise
        else:
            done = {**done, "events": [*done.get("events", []), *ended.get("events", [])]}
    return await shown(done, "")


async def _asked(where: Surroundings, action: Action, fields: Mapping[str, str], *, rehearse: bool) -> dict[str, Any]:
    body = {**action.body, **{name: fields[name] for name in action.asks if fields.get(name)}}
    params = {"dry_run": "true"} if rehearse else None
    sent = body if action.body or action.asks else None
    return await asyncio.to_thread(ask, where, action.service, "POST", action.path, body=sent, params=params)


async def _all(asked: Awaitable[list[dict[str, Any]]], item_of: Callable[[dict[str, Any]], Item]) -> list[Item]:
    return [item_of(each) for each in await asked]


def _listed(where: Surroundings, service: str, path: str, name: str, shown: Callable[[dict[str, Any]], Item]) -> Any:
    try:
        pages = every_page(where, service, path)
        return [shown(each) for page in pages for each in page[name]]
    except Answered as refusal:
        raise OperationFailed(str(refusal)) from refusal


def _order(order: dict[str, Any]) -> Item:
    path = f"/v1/operator/orders/{quote(order['order_id'], safe='')}"
    return Item(
        "HELD_ORDER",
        order["order_id"],
        order["customer_id"],
        order["ordered_on"],
        str(order["reason"]),
        (
            Action("release", "orders", f"{path}/release"),
            Action("close_to_credit", "orders", f"{path}/closure", {"money": "TO_CREDIT"}),
            Action("close_to_refund", "orders", f"{path}/closure", {"money": "TO_REFUND"}),
        ),
        order["order_id"],
    )


def _payment(payment: dict[str, Any]) -> Item:
    identity = (payment["payment_source"], payment["payment_id"])
    path = "/v1/operator/payments/" + "/".join(quote(part, safe="") for part in identity) + "/resolution"
    content = {"content_hash": payment["content_hash"]}
    ways = ("MOVE", "REFUND", "TO_CREDIT") if payment["status"] == "HELD" else ("ACCEPT", "MOVE", "REFUND", "DISMISS")
    actions = tuple(
        Action(
            way.lower(),
            "orders",
            path,
            {"action": way, **content},
            ("why", "order_id") if way == "MOVE" else ("why",),
        )
        for way in ways
    )
    return Item(
        f"{payment['status']}_PAYMENT",
        "/".join(identity),
        payment["customer_id"],
        str(payment["taken_at"] or ""),
        payment["reason"] or "",
        actions,
        payment["order_id"],
        payment["amount_cents"],
    )


def _refund(refund: dict[str, Any]) -> Item:
    path = f"/v1/operator/refunds/{quote(refund['refund_id'], safe='')}/paid"
    return Item(
        "REFUND_DUE",
        refund["refund_id"],
        refund["customer_id"],
        refund["due_on"],
        refund.get("explanation", ""),
        (Action("paid", "orders", path, {}, ("reference",)),),
        refund.get("order_id"),
        refund["amount_cents"],
    )


def _parked(row: dict[str, Any]) -> Item:
    path = f"/v1/operator/parked/{quote(row['customer_id'], safe='')}"
    return Item(
        "PARKED_ACCOUNT",
        f"{row['service']}/{row['customer_id']}",
        row["customer_id"],
        row["since"].isoformat(),
        f"{row['service']}: {row['reason']}: {row['detail']}",
        (
            Action("redrive", row["service"], f"{path}/redrive", {}, ()),
            Action("discard", row["service"], f"{path}/discard"),
        ),
    )


def _quarantined(service: str, row: dict[str, Any]) -> Item:
    path = f"/v1/operator/quarantine/{row['id']}"
    return Item(
        "QUARANTINE",
        f"{service}/{row['id']}",
        "",
        row["quarantined_at"].isoformat(),
        f"{place(row)}, {row['bytes'] or 0} bytes: {row['reason']}: {printable(row['detail'])}",
        (Action("redrive", service, f"{path}/redrive", {}, ()), Action("discard", service, f"{path}/discard")),
    )


def _doubt(mail: dict[str, Any]) -> Item:
    customer = f"/v1/operator/customers/{quote(mail['customer_id'], safe='')}"
    path = f"{customer}/emails/{mail['email_id']}"
    again = Action("reissue", "notifications", f"{path}/reissue", {}, ())
    if mail["credential_id"] is not None:  # a password is never mailed twice
        lost = Action("lost", "notifications", f"{path}/loss", {}, ())
        again = Action("new_password", "provisioning", f"{customer}/credentials", {}, (), lost)
    return Item(
        "MAIL_IN_DOUBT",
        mail["email_id"],
        mail["customer_id"],
        mail["requested_at"],
        f"{mail['template']} · {mail['message_id']}",
        (Action("confirm_sent", "notifications", f"{path}/confirmation", {}, ()), again),
        mail["order_id"],
    )


_LISTS: tuple[tuple[str, str, str, Callable[[dict[str, Any]], Item]], ...] = (
    ("orders", "/v1/operator/orders?status=HELD", "orders", _order),
    ("orders", "/v1/operator/payments", "payments", _payment),
    ("orders", "/v1/operator/refunds?status=DUE", "refunds", _refund),
)
"""Of which service, at which path, under which name, shown how."""
