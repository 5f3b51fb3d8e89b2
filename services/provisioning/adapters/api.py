"""What do operators ask provisioning over HTTP? Services, credentials, cancellations and ends."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from runtime.edge import Edge
from runtime.ids import input_id
from runtime.web import (
    DryRun,
    Paged,
    Problem,
    Reader,
    WrittenAnswer,
    operator_key,
    raise_if_refused,
    rehearsed,
    written,
)
from schemas.provisioning import CancellationRefused
from schemas.storefront import Id
from schemas.vocabulary import Product
from services.provisioning.adapters.bodies import (
    CancelBody,
    CredentialAnswer,
    CredentialsAnswer,
    EndBody,
    ReissueAnswer,
    ServicesAnswer,
    WrittenServicesAnswer,
)
from services.provisioning.adapters.panel import panel_router
from services.provisioning.adapters.vault import credential_id_of
from services.provisioning.domain.commands import CancelService, EndService, ReissueCredentials
from services.provisioning.domain.model import Account
from services.provisioning.projections.activations import ACTIVATIONS
from services.provisioning.projections.credentials import CREDENTIALS, CredentialStatus
from services.provisioning.projections.services import SERVICES

_CustomerId = Annotated[Id, Path()]
_OLDEST_FIRST = ("activated_on", "product")
_Responses = dict[int | str, dict[str, Any]]
_UNKNOWN: _Responses = {404: {"description": "CUSTOMER_UNKNOWN or SERVICE_UNKNOWN."}}
_CANCELLED: _Responses = {**_UNKNOWN, 409: {"description": "CANCELLATION_REFUSED."}}
_ENDED: _Responses = {
    **_UNKNOWN,
    409: {"description": "SERVICE_ENDED."},
    422: {"description": "INVALID_REQUEST: `on` is a day to come, or before the service began."},
}


def router(edge: Edge) -> APIRouter:
    """Return provisioning's routes, the panel's among them."""
    routes = APIRouter()
    routes.include_router(panel_router(edge))
    routes.include_router(_services_router(edge))
    routes.include_router(_operator_router(edge))
    return routes


def _services_router(edge: Edge) -> APIRouter:
    routes = APIRouter(tags=["services"])

    @routes.get("/v1/customers/{customer_id}/services")
    async def list_services(customer_id: _CustomerId, caller: Reader, page: Paged) -> ServicesAnswer:
        """List a customer's services; an unknown customer has none."""
        if caller.only is not None:
            bought = await edge.rows(ACTIVATIONS, {"customer_id": customer_id})
            caller.must_serve({row.storefront for row in bought if row.storefront is not None})
        rows, on = await page.of(edge, SERVICES, {"customer_id": customer_id}, _OLDEST_FIRST)
        return ServicesAnswer.of(rows, on)

    return routes


def _operator_router(edge: Edge) -> APIRouter:
    routes = APIRouter(prefix="/v1/operator", tags=["operators"], dependencies=[Depends(operator_key)])

    @routes.post(
        "/customers/{customer_id}/credentials",
        status_code=202,
        responses={
            404: {"description": "CUSTOMER_UNKNOWN or SERVICE_UNKNOWN."},
            409: {"description": "PERSONAL_DATA_ERASED."},
        },
    )
    async def reissue_credentials(
        customer_id: _CustomerId, response: Response, dry_run: DryRun = False
    ) -> ReissueAnswer | WrittenAnswer:
        """Issue a new temporary password and mail it; the old one is void."""
        account = await _account(edge, customer_id)
        command = ReissueCredentials(customer_id, account.seals)
        if dry_run:
            return await rehearsed(edge, response, command)
        submitted = await edge.submit(command)
        raise_if_refused(submitted.outcome)
        await edge.durable(submitted)
        return ReissueAnswer(credential_id=credential_id_of(input_id(command)))

    @routes.get("/credentials")
    async def list_credentials(
        page: Paged,
        status: Annotated[CredentialStatus | None, Query()] = None,
        customer_id: Annotated[Id | None, Query()] = None,
    ) -> CredentialsAnswer:
        """List temporary passwords by what became of them: failed, bounced and expired ones await a re-issue."""
        filters = {"status": status.value if status else None, "customer_id": customer_id}
        where = {name: value for name, value in filters.items() if value is not None}
        rows, on = await page.of(edge, CREDENTIALS, where, ("expires_at", "credential_id"))
        return CredentialsAnswer(credentials=[CredentialAnswer.model_validate(row) for row in rows], next=on)

    _add_ends(routes, edge)
    return routes


def _add_ends(routes: APIRouter, edge: Edge) -> None:
    @routes.post(
        "/customers/{customer_id}/services/{product}/cancellation",
        responses=_CANCELLED,
    )
    async def cancel_service(
        customer_id: _CustomerId,
        product: Product,
        response: Response,
        body: CancelBody | None = None,
        dry_run: DryRun = False,
    ) -> WrittenServicesAnswer:
        """Cancel a base at once, with its add-ons; or let an add-on lapse at its expiry. Nothing is paid back."""
        account = await _account(edge, customer_id)
        command = CancelService(customer_id, product, account.cancellations, body.why if body else None)
        answer = await written(edge, command, response, dry_run=dry_run)
        for event in answer.events:
            if event.type == CancellationRefused.EVENT_TYPE:
                raise Problem(409, "CANCELLATION_REFUSED", event.data["detail"])
        return await _written(edge, customer_id, answer)

    @routes.post(
        "/customers/{customer_id}/services/{product}/end",
        responses=_ENDED,
    )
    async def end_service(
        customer_id: _CustomerId, product: Product, body: EndBody, response: Response, dry_run: DryRun = False
    ) -> WrittenServicesAnswer:
        """End a service on a day, a base with its add-ons; what of it is unused and paid is owed to the customer.

        The day is today or an earlier one since the service began. Billing tells the amounts, whole unused months, and
        how they come about.
        """
        account = await _account(edge, customer_id)
        command = EndService(customer_id, product, body.on, body.money, body.why, account.cancellations)
        return await _written(edge, customer_id, await written(edge, command, response, dry_run=dry_run))


async def _written(edge: Edge, customer_id: str, answer: WrittenAnswer) -> WrittenServicesAnswer:
    services = await _services(edge, customer_id)
    return WrittenServicesAnswer(dry_run=answer.dry_run, events=answer.events, services=services.services)


async def _account(edge: Edge, customer_id: str) -> Account:
    account: Account | None = await edge.state(customer_id)
    if account is None:
        raise Problem(404, "CUSTOMER_UNKNOWN", f"no customer {customer_id}")
    return account


async def _services(edge: Edge, customer_id: str) -> ServicesAnswer:
    return ServicesAnswer.of(await edge.rows(SERVICES, {"customer_id": customer_id}, _OLDEST_FIRST), None)
