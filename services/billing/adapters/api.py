"""How is billing asked over HTTP? Quotes, an order's charges explained, a customer's credit."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Response

from runtime.edge import Edge
from runtime.web import (
    Caller,
    DryRun,
    Paged,
    Problem,
    Reader,
    Storefront,
    WrittenAnswer,
    operator_key,
    raise_if_refused,
    written,
)
from schemas.cart import OrderLine, OwnedService, refused_years
from schemas.catalogue import catalogue_on
from schemas.storefront import Id
from schemas.terms import business_date
from services.billing.adapters.bodies import (
    QUOTE_EXAMPLES,
    ChargesAnswer,
    CreditAnswer,
    CreditRefundBody,
    QuoteAnswer,
    QuoteBody,
    QuotedExtension,
    QuotedLine,
    QuotedOutcome,
)
from services.billing.adapters.ledger import ledger
from services.billing.domain.cart import NotPriceable
from services.billing.domain.commands import RefundCredit
from services.billing.domain.quotes import Outcome, quote
from services.billing.projections.charges import CHARGES
from services.billing.projections.services import SERVICES, OwnedRow

Named = Annotated[Id, Path()]


def router(edge: Edge) -> APIRouter:
    """Make billing's routes: quotes, charges and credit for storefronts, refunds for operators."""
    routes = APIRouter(prefix="/v1")

    @routes.post(
        "/quotes",
        tags=["quotes"],
        responses={422: {"description": "NOT_PRICEABLE, or INVALID_REQUEST."}},
    )
    async def quote_cart(
        body: Annotated[QuoteBody, Body(openapi_examples=QUOTE_EXAMPLES)], caller: Storefront
    ) -> QuoteAnswer:
        """Quote a cart: every outcome the customer may choose. Nothing is stored."""
        await _refuse_foreign_customer(edge, caller, body.account)
        today = business_date(edge.clock.now())
        catalogue = catalogue_on(today)
        raise_if_refused(refused_years(body.lines, catalogue))
        rows = await edge.rows(SERVICES, {"customer_id": body.account}, ("product",)) if body.account else []
        lines = [OrderLine(product=line.product, action=line.action, years=line.years) for line in body.lines]
        try:
            found = quote(lines, [_owned(row) for row in rows], today, catalogue)
        except NotPriceable as refusal:
            raise Problem(422, "NOT_PRICEABLE", str(refusal)) from refusal
        return QuoteAnswer(
            customer_id=body.account,
            quoted_on=today,
            purchase_case=found.purchase_case,
            catalogue_version=catalogue.version,
            outcomes=[_outcome(outcome) for outcome in found.outcomes],
        )

    @routes.get("/orders/{order_id}/charges", tags=["quotes"], responses={404: {"description": "ORDER_UNKNOWN."}})
    async def show_charges(order_id: Named, caller: Reader) -> ChargesAnswer:
        """Explain what an order costs, line by line, and what of it credit paid."""
        row = await edge.row(CHARGES, (order_id,))
        if row is None:
            raise Problem(404, "ORDER_UNKNOWN", f"no priced order {order_id}")
        caller.must_be(row.storefront)
        return ChargesAnswer.model_validate(row, from_attributes=True)

    @routes.get("/customers/{customer_id}/credit", tags=["credit"])
    async def show_credit(customer_id: Named, caller: Reader, page: Paged) -> CreditAnswer:
        """List a customer's credit ledger; a customer without entries has a balance of 0."""
        await _refuse_foreign_customer(edge, caller, customer_id)
        return await ledger(edge, customer_id, page)

    @routes.post(
        "/operator/customers/{customer_id}/credit/{credit_id}/refund",
        tags=["operators"],
        dependencies=[Depends(operator_key)],
        responses={409: {"description": "CREDIT_NOT_AVAILABLE."}},
    )
    async def refund_credit(
        customer_id: Named, credit_id: Named, body: CreditRefundBody, response: Response, dry_run: DryRun = False
    ) -> WrittenAnswer:
        """Pay a credit back to the customer, as a whole: a refund of it is due until it is told as paid."""
        return await written(edge, RefundCredit(customer_id, credit_id, body.why), response, dry_run=dry_run)

    return routes


async def _refuse_foreign_customer(edge: Edge, caller: Caller, customer_id: str | None) -> None:
    """Let a new customer in, or one with an order of the caller's. Raises Problem 403 STOREFRONT_DIFFERS."""
    if caller.only is not None and customer_id is not None:
        caller.must_serve({row.storefront for row in await edge.rows(CHARGES, {"customer_id": customer_id})})


def _owned(row: OwnedRow) -> OwnedService:
    return OwnedService(
        product=row.product,
        kind=row.kind,
        family=row.family,
        status=row.status,
        expires_on=row.expires_on,
        anchor_on=row.anchor_on,
        buyer_kind=row.buyer_kind,
    )


def _outcome(outcome: Outcome) -> QuotedOutcome:
    priced = outcome.priced
    return QuotedOutcome(
        extend_active_services=outcome.extend_active_services,
        branch=outcome.branch,
        lines=[QuotedLine.model_validate(line) for line in priced.lines],
        extensions=[QuotedExtension.model_validate(extension) for extension in priced.extensions],
        net_cents=priced.net_cents,
        vat_cents=priced.vat_cents,
        total_cents=priced.total_cents,
        expiries=outcome.expiries,
        net_cents_per_month=outcome.net_cents_per_month,
        warnings=outcome.warnings,
    )
