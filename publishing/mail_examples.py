"""What do customers get? An example of the facts of every mail, and of a provider."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.mail import MailExtension, MailFacts, MailLine, MailPrice, MailService
from schemas.vocabulary import (
    EXAMPLE_ADD_ON,
    EXAMPLE_BASE,
    CloseReason,
    CreditOrigin,
    HoldReason,
    PaymentMethod,
    TemplateName,
)
from services.notifications.settings import Provider

PROVIDER = Provider(
    name="Coterm Servizi",
    colour="#0b5c7a",
    website="https://www.coterm.example",
    address="Via Roma 1, 00184 Roma",
    contact="servizio@coterm.example",
    customer_area_url="https://area.coterm.example",
    panel_url="https://panel.coterm.example",
    iban="IT60X0542811101000000123456",
    beneficiary="Coterm Servizi Srl",
)
NAME = "Rossi & Figli Srl"
SECRET = {"username": "U12345670017", "password": "aB3<&dEfGh7JkLmN9pQr"}
"""Told by the two mails that carry a password: it is no fact."""

_FEBRUARY_14, _JUNE_30, _NEXT_YEAR = date(2026, 2, 14), date(2026, 6, 30), date(2027, 1, 15)
_VALID_UNTIL = datetime(2026, 1, 18, 10, tzinfo=UTC)
_PRICE = MailPrice(
    lines=[MailLine(product=EXAMPLE_ADD_ON, years=1, net_cents=2000)],
    extensions=[
        MailExtension(
            product=EXAMPLE_BASE,
            previous_expiry=_JUNE_30,
            new_expiry=_NEXT_YEAR,
            months=6,
            days=16,
            net_cents=1629,
        )
    ],
    net_cents=3629,
    vat_cents=798,
    total_cents=4427,
)
_ACTIVATED = MailFacts(
    order_id="o-1",
    product=EXAMPLE_ADD_ON,
    activated_on=date(2026, 1, 15),
    expires_on=_NEXT_YEAR,
    base=EXAMPLE_BASE,
    base_previous_expiry=_JUNE_30,
    base_expires_on=_NEXT_YEAR,
)
_BOTH = [MailService(product=product, expires_on=_NEXT_YEAR) for product in (EXAMPLE_BASE, EXAMPLE_ADD_ON)]
EXAMPLES: dict[TemplateName, MailFacts] = {
    "order-received": MailFacts(order_id="o-1", due_cents=4427, payable_until=_FEBRUARY_14, price=_PRICE),
    "payment-short": MailFacts(order_id="o-1", amount_cents=3000, due_cents=1427, payable_until=_FEBRUARY_14),
    "activation-credentials": MailFacts(
        order_id="o-1", expiries={EXAMPLE_ADD_ON: _NEXT_YEAR, EXAMPLE_BASE: _NEXT_YEAR}, valid_until=_VALID_UNTIL
    ),
    "credentials-reissued": MailFacts(valid_until=_VALID_UNTIL),
    "service-activated": _ACTIVATED,
    "documents-activated": _ACTIVATED,
    "order-closed": MailFacts(
        order_id="o-1", reason=CloseReason.PAYMENT_OVERDUE, closed_on=date(2026, 2, 15), surplus_cents=1000
    ),
    "payment-reminder": MailFacts(
        order_id="o-1",
        price=_PRICE,
        due_cents=4427,
        payable_until=_FEBRUARY_14,
        remaining_days=9,
        notified_on=date(2026, 2, 5),
    ),
    "order-held": MailFacts(order_id="o-1", hold_reason=HoldReason.BASE_SHORTENED),
    "expiry-notice": MailFacts(
        services=_BOTH, expires_on=_NEXT_YEAR, remaining_days=30, notified_on=date(2026, 12, 16)
    ),
    "grace-notice": MailFacts(
        services=_BOTH,
        expires_on=_NEXT_YEAR,
        grace_until=date(2027, 4, 15),
        remaining_days=60,
        notified_on=date(2027, 2, 14),
    ),
    "service-ended": MailFacts(services=_BOTH, ended_on=date(2027, 4, 16), notified_on=date(2027, 4, 16)),
    "renewal-confirmed": MailFacts(
        order_id="o-1",
        activated_on=date(2026, 12, 1),
        services=[
            MailService(product=product, expires_on=date(2029, 1, 15), previous_expiry=_NEXT_YEAR)
            for product in (EXAMPLE_BASE, EXAMPLE_ADD_ON)
        ],
    ),
    "service-suspended": MailFacts(services=_BOTH, order_id="o-1", notified_on=date(2026, 3, 8)),
    "service-resumed": MailFacts(services=_BOTH, order_id="o-1", notified_on=date(2026, 3, 11)),
    "credit-granted": MailFacts(
        amount_cents=1000,
        credit_origin=CreditOrigin.PAYMENT_SURPLUS,
        credit_expires_on=_NEXT_YEAR,
        balance_cents=2987,
        order_id="o-1",
    ),
    "credit-used": MailFacts(order_id="o-1", amount_cents=1000, due_cents=3427, balance_cents=1987),
    "credit-returned": MailFacts(order_id="o-1", amount_cents=1000, credit_expires_on=_NEXT_YEAR, balance_cents=2987),
    "credit-expiring": MailFacts(
        amount_cents=1000,
        credit_expires_on=_NEXT_YEAR,
        remaining_days=30,
        balance_cents=2987,
        notified_on=date(2026, 12, 16),
    ),
    "refund-due": MailFacts(amount_cents=2135, order_id="o-1", method=PaymentMethod.CARD),
    "refund-paid": MailFacts(
        amount_cents=2135,
        paid_on=date(2026, 5, 22),
        order_id="o-1",
        method=PaymentMethod.BANK_TRANSFER,
        reference="CRO 12345678901",
    ),
    "automatic-renewal-placed": MailFacts(
        order_id="o-1",
        due_cents=6100,
        payable_until=date(2027, 2, 7),
        price=MailPrice(
            lines=[
                MailLine(product=EXAMPLE_BASE, years=1, net_cents=3000),
                MailLine(product=EXAMPLE_ADD_ON, years=1, net_cents=2000),
            ],
            net_cents=5000,
            vat_cents=1100,
            total_cents=6100,
        ),
    ),
    "automatic-renewal-failed": MailFacts(
        order_id="o-1", services=_BOTH, due_cents=6100, payable_until=date(2027, 4, 15)
    ),
}
WHEN: dict[TemplateName, str] = {
    "order-received": "an order is priced: what it costs and how to pay",
    "payment-short": "a payment does not cover what is due",
    "activation-credentials": "the first purchase is active: its expiries, and how to sign in to the panel",
    "credentials-reissued": "a new temporary password was issued",
    "service-activated": "a product that was added later is active: the dates",
    "documents-activated": "the same, in words of the product's own",
    "order-closed": "an order was cancelled, refused or not paid in time",
    "payment-reminder": "an order is still to be paid, on days 7 and 21",
    "order-held": "a paid order has waited for an operator for an hour",
    "expiry-notice": "90, 60, 30, 15 and 7 days before services expire, and on the day",
    "grace-notice": "services have expired and can still be renewed: 30, 60 and 80 days after",
    "service-ended": "services are no more: not renewed in time, or cancelled",
    "renewal-confirmed": "a renewal is paid: the dates",
    "service-suspended": "services can't be used for now",
    "service-resumed": "they can be used again",
    "credit-granted": "money became credit: how much, why, until when",
    "credit-used": "credit has paid an order, or a part of it",
    "credit-returned": "an order that credit had paid was closed: the credit is there again",
    "credit-expiring": "credit is about to expire",
    "refund-due": "money will be paid back",
    "refund-paid": "it was paid back",
    "automatic-renewal-placed": "a renewal was ordered by itself",
    "automatic-renewal-failed": "it was not paid by the expiry",
}


def shown(template: TemplateName) -> dict[str, Any]:
    """Return all that a template is given."""
    facts = EXAMPLES[template]
    return {**facts.model_dump(), **(SECRET if facts.valid_until else {}), "name": NAME}
