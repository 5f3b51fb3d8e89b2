"""What does a customer get back of a service that an operator ends? Its whole unused months, as far as paid (R29)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from schemas.billing import CreditGranted, RefundDue
from schemas.ends import ServiceEnded
from schemas.money import euros
from schemas.payments import RefundReason
from schemas.provisioning import OrderActivated
from schemas.reversals import ServiceCharge, ServiceChargesNoted
from schemas.terms import add_months, missing_term
from schemas.vocabulary import CreditOrigin, Product
from services.billing.domain.charges import ChargedExtension, ChargedLine
from services.billing.domain.credit import computed_anew, moved_up
from services.billing.domain.model import Account, BillingEvent, PaidService, credit_id
from services.billing.domain.money import half_up, with_vat
from services.billing.domain.proration import prorated_cents
from services.billing.domain.refunds import refund_id


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed of an ended service: in all, by which order's money, and why."""

    gross_cents: int
    shares: tuple[tuple[PaidService, int], ...]
    explanation: str


def charges_noted(
    activated: OrderActivated,
    lines: Sequence[ChargedLine],
    extensions: Sequence[ChargedExtension],
    vat_percent: int,
) -> ServiceChargesNoted:
    """Say what an activated order charged for each service, less what R18 gave back; VAT divided among them."""
    found = moved_up(activated)
    anew = {each.product: computed_anew(each, found[each.product]) for each in extensions if each.product in found}
    charged = [(line.product, line.annual_cents, line.net_cents) for line in lines]
    for each in extensions:
        net = anew[each.product].net_cents if each.product in anew else each.net_cents
        charged.append((each.product, each.annual_cents, net))
    charges = [
        ServiceCharge(product=product, annual_cents=annual, net_cents=net, gross_cents=gross)
        for (product, annual, net), gross in zip(
            charged, _gross([net for *_, net in charged], vat_percent), strict=True
        )
    ]
    return ServiceChargesNoted(
        customer_id=activated.customer_id, order_id=activated.order_id, vat_percent=vat_percent, charges=charges
    )


def owed(ended: ServiceEnded, account: Account) -> Owed:
    """Compute what is owed: whole unused months × annual / 12, net and VAT, never more than was paid for it."""
    paid = _paid(account, ended.product)
    months = missing_term(ended.ended_on, ended.expires_on).months if ended.expires_on > ended.ended_on else 0
    if not paid or not months:
        why = "no whole month of it is unused" if not months else "nothing was paid for it"
        return Owed(0, (), f"{ended.product} ended on {ended.ended_on}: {why}")
    last = paid[-1]
    paid_net, paid_gross = sum(each.net_cents for each in paid), sum(each.gross_cents for each in paid)
    unused = prorated_cents(last.annual_cents, Fraction(months))
    net = min(unused, paid_net)
    gross = min(with_vat(net, last.vat_percent), paid_gross)
    cap = "" if net == unused else f", of which {euros(net)} were paid"
    explanation = (
        f"{ended.product} ended on {ended.ended_on}, {months} unused months until {ended.expires_on}: "
        f"{euros(last.annual_cents)} a year × {months} / 12 = {euros(unused)}{cap}; "
        f"with VAT {last.vat_percent} %: {euros(net)} + {euros(gross - net)} = {euros(gross)}"
    )
    return Owed(gross, tuple(_shares(paid, gross)), explanation)


def granted(ended: ServiceEnded, owed: Owed, granted_on: date, credit_months: int) -> CreditGranted:
    """Give what is owed as credit."""
    last = owed.shares[0][0]
    return CreditGranted(
        customer_id=ended.customer_id,
        order_id=last.order_id,
        credit_id=credit_id("service-ended", last.order_id, ended.product),
        amount_cents=owed.gross_cents,
        granted_on=granted_on,
        expires_on=add_months(granted_on, credit_months),
        origin=CreditOrigin.SERVICE_ENDED,
        explanation=owed.explanation,
    )


def refunds(ended: ServiceEnded, owed: Owed) -> list[BillingEvent]:
    """Give what is owed back by the payments that it came by: one refund for each order that paid for it."""
    return [
        RefundDue(
            customer_id=ended.customer_id,
            order_id=paid.order_id,
            refund_id=refund_id("service-ended", paid.order_id, ended.product),
            amount_cents=cents,
            payment_source=paid.payment.payment_source if paid.payment is not None else None,
            payment_id=paid.payment.payment_id if paid.payment is not None else None,
            reason=RefundReason.SERVICE_ENDED,
            explanation=owed.explanation,
            due_on=ended.ended_on,
        )
        for paid, cents in owed.shares
    ]


def _paid(account: Account, product: Product) -> list[PaidService]:
    """List what was paid for a service that lives, the latest last; not what was charged back."""
    charged_back = {each.order_id for each in account.chargebacks if each.order_cents}
    return [each for each in account.paid if each.product == product and each.order_id not in charged_back]


def _shares(paid: Sequence[PaidService], cents: int) -> Iterator[tuple[PaidService, int]]:
    """Divide an amount among the orders that paid for it, the latest first."""
    for each in reversed(paid):
        share = min(cents, each.gross_cents)
        if share:
            yield each, share
        cents -= share


def _gross(nets: Iterable[int], vat_percent: int) -> Iterator[int]:
    """Divide an order's total among its charges, so that their sum is the total."""
    nets = list(nets)
    net = sum(nets)
    total = with_vat(net, vat_percent)
    so_far = yielded = 0
    for each in nets:
        so_far += each
        upto = half_up(Fraction(total * so_far, net)) if net else 0
        yield upto - yielded
        yielded = upto
