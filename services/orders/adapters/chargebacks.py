"""How do operators tell over HTTP that a payment was charged back, or won back?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from runtime.edge import Edge
from runtime.web import DryRun, Problem, WrittenAnswer, operator_key, written
from schemas.storefront import Id
from schemas.vocabulary import PaymentStatus
from services.orders.adapters.operator_bodies import ChargebackBody, ChargebackWonBody
from services.orders.domain.commands import ChargeBack, WinChargeback
from services.orders.projections.payments import PAYMENTS, PaymentRow

Named = Annotated[Id, Path()]
_PATH = "/operator/payments/{payment_source}/{payment_id}/chargeback"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "PAYMENT_UNKNOWN."},
    409: {"description": "PAYMENT_NOT_REGISTERED, PAYMENT_NOT_CHARGED_BACK or PAYMENT_AMBIGUOUS."},
}
_TAKEN = (PaymentStatus.REGISTERED, PaymentStatus.HELD, PaymentStatus.CHARGED_BACK)


def add_chargebacks(routes: APIRouter, edge: Edge) -> None:
    """Add the routes by which operators report chargebacks."""
    guarded = [Depends(operator_key)]

    @routes.post(_PATH, dependencies=guarded, responses=_ANSWERS)
    async def charge_payment_back(
        payment_source: Named,
        payment_id: Named,
        body: ChargebackBody,
        response: Response,
        dry_run: DryRun = False,
    ) -> WrittenAnswer:
        """Report that a payment was charged back: what its order activated is suspended, nothing is deleted.

        Reported again, nothing more happens.
        """
        row = await _payment(edge, (payment_source, payment_id), body.content_hash)
        command = ChargeBack(*_payment_fields(row), body.why, str(row.chargebacks))
        return await written(edge, command, response, dry_run=dry_run)

    @routes.delete(_PATH, dependencies=guarded, responses=_ANSWERS)
    async def win_chargeback(
        payment_source: Named,
        payment_id: Named,
        response: Response,
        body: ChargebackWonBody | None = None,
        dry_run: DryRun = False,
    ) -> WrittenAnswer:
        """Report that a charged-back payment was won back: what was suspended for it goes on."""
        reported = body or ChargebackWonBody()
        row = await _payment(edge, (payment_source, payment_id), reported.content_hash)
        command = WinChargeback(*_payment_fields(row), reported.why, str(row.chargebacks))
        return await written(edge, command, response, dry_run=dry_run)


def _payment_fields(row: PaymentRow) -> tuple[str, str, str, str, str, int]:
    return row.customer_id, row.order_id, row.payment_source, row.payment_id, row.content_hash, row.amount_cents


async def _payment(edge: Edge, identity: tuple[str, str], content_hash: str | None) -> PaymentRow:
    """Find a payment that was taken; under one identity several contents may be, where an operator accepted one."""
    named = "/".join(identity)
    known: list[PaymentRow] = await edge.rows(PAYMENTS, {"payment_source": identity[0], "payment_id": identity[1]})
    if content_hash is not None:
        known = [row for row in known if row.content_hash == content_hash]
    if not known:
        raise Problem(404, "PAYMENT_UNKNOWN", f"no payment {named}")
    taken = [row for row in known if row.status in _TAKEN]
    if len(taken) > 1:
        which = ", ".join(f"{row.content_hash} ({row.amount_cents} for {row.order_id})" for row in taken)
        raise Problem(409, "PAYMENT_AMBIGUOUS", f"several payments came as {named}; name one by content_hash: {which}")
    return (taken or known)[0]
