"""How does a storefront say that a customer's base renews by itself? One choice for each base, read and set (R43)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from runtime.edge import Edge
from runtime.web import Problem, Storefront, raise_if_refused, storefront_key
from schemas.storefront import Body, Id
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, Product, ProductKind
from services.orders.adapters.binding import own_orders
from services.orders.domain.automatic import SetAutomaticRenewal
from services.orders.domain.model import State

_PATH = "/customers/{customer_id}/automatic-renewal"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {"description": "CUSTOMER_UNKNOWN."},
    422: {"description": "RENEWAL_NOT_POSSIBLE: no such base is owned, or it is suspended; INVALID_REQUEST."},
}


class AutomaticRenewalBody(Body):
    """What is chosen for a base; `base` may be left out where only one is owned."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"enabled": True, "years": 1, "add_ons": [EXAMPLE_ADD_ON]}]}
    )

    enabled: Annotated[bool, Field(strict=True)]
    years: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    add_ons: Annotated[list[Product], Field(max_length=20, default_factory=list)]
    base: Product | None = None


class AutomaticRenewalAnswer(BaseModel):
    """What was chosen for a base, and the order that was placed for its present expiry."""

    base: Product
    enabled: bool
    years: int | None
    add_ons: list[Product]
    order_id: str | None


class AutomaticRenewalsAnswer(BaseModel):
    """What was chosen for each base that a customer owns."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "c-1",
                    "bases": [
                        {
                            "base": EXAMPLE_BASE,
                            "enabled": True,
                            "years": 1,
                            "add_ons": [EXAMPLE_ADD_ON],
                            "order_id": None,
                        }
                    ],
                }
            ]
        }
    )

    customer_id: str
    bases: list[AutomaticRenewalAnswer]


def add_automatic_renewals(routes: APIRouter, edge: Edge) -> None:
    """Add what a storefront may choose for its customers."""

    @routes.put(_PATH, dependencies=[Depends(storefront_key)], responses=_RESPONSES)
    async def set_automatic_renewal(
        caller: Storefront, customer_id: Annotated[Id, Path()], body: AutomaticRenewalBody
    ) -> AutomaticRenewalsAnswer:
        """Choose whether a base renews by itself: its order is placed days before the expiry, and paid as any other."""
        orders = await own_orders(edge, caller, customer_id)
        if not orders:
            raise Problem(404, "CUSTOMER_UNKNOWN", f"no order of {customer_id} is known")
        state: State = await edge.state(customer_id) or State()
        command = SetAutomaticRenewal(
            customer_id=customer_id,
            base=body.base,
            enabled=body.enabled,
            years=body.years,
            add_ons=tuple(body.add_ons),
            storefront=orders[-1].storefront,
            changes=state.automatic_changes,
        )
        submitted = await edge.submit(command)
        raise_if_refused(submitted.outcome)
        await edge.durable(submitted, edge.settings.acknowledge_seconds)
        return await _answer(edge, customer_id)

    @routes.get(_PATH, dependencies=[Depends(storefront_key)])
    async def show_automatic_renewal(caller: Storefront, customer_id: Annotated[Id, Path()]) -> AutomaticRenewalsAnswer:
        """Show what was chosen for each base that a customer owns; an unknown customer owns none."""
        await own_orders(edge, caller, customer_id)
        return await _answer(edge, customer_id)


async def _answer(edge: Edge, customer_id: str) -> AutomaticRenewalsAnswer:
    state: State = await edge.state(customer_id) or State()
    shown = []
    for base in sorted(service.product for service in state.services if service.kind is ProductKind.BASE):
        chosen = state.automatic_of(base)
        shown.append(
            AutomaticRenewalAnswer(
                base=base,
                enabled=chosen is not None,
                years=chosen.years if chosen else None,
                add_ons=list(chosen.add_ons) if chosen else [],
                order_id=chosen.order_id if chosen else None,
            )
        )
    return AutomaticRenewalsAnswer(customer_id=customer_id, bases=shown)
