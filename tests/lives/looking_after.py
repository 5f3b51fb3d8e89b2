"""What do customers do in the panel, and operators at their desk, in a life?"""

import json
from random import Random

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import configuration
from schemas.vocabulary import OrderStatus, PaymentResolution, PaymentStatus
from tests.lives.life import Life, in_words

CHOSEN = "nebbia in val padana"


async def sign_in(life: Life, chance: Random) -> str:
    """A customer signs in with what was mailed, or with their own password."""
    mails = {person.customer_id: _credentials(life, person) for person in life.people[:4]}
    known = [(customer_id, mailed) for customer_id, mailed in mails.items() if mailed]
    if not known:
        return ""
    customer_id, mailed = chance.choice(known)
    secret = chance.choice((mailed["Password"], CHOSEN)) if customer_id in life.sessions else mailed["Password"]
    body = {"username": mailed["Username"], "password": secret}
    answer = await life.ask("provisioning", "POST", "/v1/panel/sign-in", body)
    if answer is not None and answer.status_code == 200:
        life.sessions[customer_id] = answer.json()["session_token"]
    return f"sign in {customer_id} → {in_words(answer)}"


async def settle_in(life: Life, chance: Random) -> str:
    """A customer signs in, takes a password of their own and configures, all in one go."""
    line = await sign_in(life, chance)
    for customer_id, session in sorted(life.sessions.items()):
        headers = {"Authorization": f"Bearer {session}"}
        for path, body in (("password", {"new_password": CHOSEN}), ("configuration", configuration())):
            await life.ask("provisioning", "POST", f"/v1/panel/{path}", body, headers)
        ddt = await life.ask("provisioning", "PUT", "/v1/panel/settings/ddt-preservation", {"enabled": True}, headers)
        line += f"; {customer_id} settles in → {in_words(ddt)}"
    return line


async def use_panel(life: Life, chance: Random) -> str:
    """A customer who signed in takes a password, configures, switches preservation."""
    if not life.sessions:
        return ""
    customer_id = chance.choice(sorted(life.sessions))
    headers = {"Authorization": f"Bearer {life.sessions[customer_id]}"}
    method, path, body = chance.choice(
        (
            ("POST", "/v1/panel/password", {"new_password": CHOSEN}),
            ("POST", "/v1/panel/configuration", configuration()),
            ("PUT", "/v1/panel/settings/ddt-preservation", {"enabled": True}),
            ("PUT", "/v1/panel/settings/ddt-preservation", {"enabled": False}),
            ("GET", "/v1/panel/service-status", None),
        )
    )
    answer = await life.ask("provisioning", method, path, body, headers)
    shown = f" {json.dumps(body)}" if "ddt" in path else ""
    return f"panel {path.rpartition('/')[2]}{shown} of {customer_id} → {in_words(answer)}"


async def correct_contact(life: Life, chance: Random) -> str:
    """An operator corrects an address."""
    customer_id = chance.choice(life.people).customer_id
    body = {"email": chance.choice(("nuovo@rossi.example", "rossi@pec.it"))}
    answer = await life.operate("notifications", "PUT", f"/v1/operator/customers/{customer_id}/contact", body)
    return f"contact of {customer_id} → {in_words(answer)}"


async def decide_mail(life: Life, chance: Random) -> str:
    """An operator says what became of a mail, or has it sent again."""
    mails = life.rows("notifications", "emails")
    if not mails:
        return ""
    mail, what = chance.choice(mails), chance.choice(("confirmation", "bounce", "loss", "reissue", "reissue"))
    path = f"/v1/operator/customers/{mail.customer_id}/emails/{mail.email_id}/{what}"
    answer = await life.operate("notifications", "POST", path)
    return f"{what} of {mail.template} ({mail.status}) to {mail.customer_id} → {in_words(answer)}"


async def reissue(life: Life, chance: Random) -> str:
    """An operator issues credentials anew."""
    customer_id = chance.choice(life.people).customer_id
    path = f"/v1/operator/customers/{customer_id}/credentials"
    return f"credentials of {customer_id} anew → {in_words(await life.operate('provisioning', 'POST', path))}"


async def end_service(life: Life, chance: Random) -> str:
    """An operator cancels a service."""
    owned = life.rows("provisioning", "services")
    if not owned:
        return ""
    service = chance.choice(owned)
    path = f"/v1/operator/customers/{service.customer_id}/services/{service.product}/cancellation"
    answer = await life.operate("provisioning", "POST", path)
    return f"cancel {service.product} ({service.status}) of {service.customer_id} → {in_words(answer)}"


async def release(life: Life, chance: Random) -> str:
    """An operator releases an order, mostly one that is held."""
    rows = life.rows("orders", "orders")
    held = [row for row in rows if row.status is OrderStatus.HELD] or rows
    if not held:
        return ""
    row = chance.choice(held)
    path = f"/v1/operator/orders/{row.order_id}/release"
    answer = await life.operate("orders", "POST", path, {"why": "seen to"})
    return f"release {row.order_id} ({row.status}) → {in_words(answer)}"


async def close(life: Life, chance: Random) -> str:
    """An operator closes an order that is held, or settled and on its way."""
    waiting = (OrderStatus.HELD, OrderStatus.SETTLED)
    held = [row for row in life.rows("orders", "orders") if row.status in waiting]
    if not held:
        return ""
    row, money = chance.choice(held), chance.choice(("TO_CREDIT", "TO_REFUND"))
    path = f"/v1/operator/orders/{row.order_id}/closure"
    answer = await life.operate("orders", "POST", path, {"why": "given up", "money": money})
    return f"close {row.order_id} ({row.status}) {money} → {in_words(answer)}"


async def resolve(life: Life, chance: Random) -> str:
    """An operator ends the wait of a payment, mostly one that waits."""
    rows = life.rows("orders", "payments")
    waiting = [row for row in rows if row.status in (PaymentStatus.HELD, PaymentStatus.CONFLICTED)] or rows
    if not waiting:
        return ""
    row, action = chance.choice(waiting), chance.choice(tuple(PaymentResolution))
    body = {"action": action, "why": "seen to", "content_hash": row.content_hash}
    orders = life.rows("orders", "orders")
    if action is PaymentResolution.MOVE and orders:
        body["order_id"] = chance.choice(orders).order_id
    path = f"/v1/operator/payments/{row.payment_source}/{row.payment_id}/resolution"
    answer = await life.operate("orders", "POST", path, body)
    return f"{action} {row.payment_id} ({row.status}) {body.get('order_id', '')} → {in_words(answer)}"


async def pay_back(life: Life, chance: Random) -> str:
    """An operator pays a refund and tells of it, perhaps once more."""
    refunds = life.rows("orders", "refunds")
    if not refunds:
        return ""
    row = chance.choice(refunds)
    answer = await life.operate("orders", "POST", f"/v1/operator/refunds/{row.refund_id}/paid")
    return f"refund {row.amount_cents} to {row.customer_id} ({row.status}) is paid → {in_words(answer)}"


async def refund(life: Life, chance: Random) -> str:
    """An operator pays a credit back."""
    entries = life.rows("billing", "credit_entries")
    if not entries:
        return ""
    entry = chance.choice(entries)
    path = f"/v1/operator/customers/{entry.customer_id}/credit/{entry.credit_id}/refund"
    answer = await life.operate("billing", "POST", path, {"why": "asked for"})
    return f"refund {entry.amount_cents} to {entry.customer_id} → {in_words(answer)}"


async def erase(life: Life, chance: Random) -> str:
    """A customer's personal data is erased."""
    customer_id = chance.choice(life.people).customer_id
    path = f"/v1/operator/customers/{customer_id}/erasure"
    body = {"why": "asked for", "close_first": chance.choice((True, False))}
    return f"erase {customer_id} ({body['close_first']}) → {in_words(await life.operate('orders', 'POST', path, body))}"


def _credentials(life: Life, person: Buyer) -> dict[str, str] | None:
    found = [mail.credentials for mail in life.services.post.arrived if _is_to(mail.message["To"], person)]
    return next((each for each in reversed(found) if each), None)


def _is_to(header: object, person: Buyer) -> bool:
    return person.email in str(header)
