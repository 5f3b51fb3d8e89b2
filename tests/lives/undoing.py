"""What is taken back in a life? Services that end on a day, payments that are charged back, and won back."""

from datetime import timedelta
from random import Random

from schemas.storefront import PaymentChargedBack
from schemas.terms import business_date
from schemas.vocabulary import PaymentStatus
from tests.lives.life import Life, in_words


async def end_on_a_day(life: Life, chance: Random) -> str:
    """An operator ends a service today, or on a day that has been, or tries one that can't be."""
    owned = life.rows("provisioning", "services")
    if not owned:
        return ""
    service = chance.choice(owned)
    day = business_date(life.now) - timedelta(days=chance.choice((0, 0, 0, 3, 40, -1)))
    body = {"on": day.isoformat(), "why": "asked for", "money": chance.choice(("TO_CREDIT", "TO_REFUND"))}
    path = f"/v1/operator/customers/{service.customer_id}/services/{service.product}/end"
    answer = await life.operate("provisioning", "POST", path, body)
    return f"end {service.product} ({service.status}) of {service.customer_id} on {day} → {in_words(answer)}"


async def charge_back(life: Life, chance: Random) -> str:
    """A bank charges a payment back, told by an operator or by the storefront; mostly one that was registered."""
    rows = life.rows("orders", "payments")
    registered = [row for row in rows if row.status == PaymentStatus.REGISTERED]
    rows = registered if registered and chance.random() < 0.9 else rows
    if not rows:
        return ""
    row = chance.choice(rows)
    named = f"{row.payment_source}/{row.payment_id}"
    if chance.random() < 0.3:
        fields = ("payment_source", "payment_id", "order_id", "customer_id", "amount_cents")
        body = {name: getattr(row, name) for name in fields} | {"chargeback_id": f"case-{row.chargebacks}"}
        life.write(PaymentChargedBack.EVENT_TYPE, row.customer_id, body)
        return f"charge back {named} ({row.status}) over Kafka"
    answer = await life.operate("orders", "POST", f"/v1/operator/payments/{named}/chargeback", {"why": "a case"})
    return f"charge back {named} ({row.status}) → {in_words(answer)}"


async def win_back(life: Life, chance: Random) -> str:
    """A payment that was charged back is won back."""
    rows = [row for row in life.rows("orders", "payments") if row.chargebacks]
    if not rows:
        return ""
    row = chance.choice(rows)
    named = f"{row.payment_source}/{row.payment_id}"
    answer = await life.operate("orders", "DELETE", f"/v1/operator/payments/{named}/chargeback")
    return f"win back {named} ({row.status}) → {in_words(answer)}"
