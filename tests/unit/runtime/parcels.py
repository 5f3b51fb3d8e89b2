"""What do the tests of `runtime.web` serve? A small post office."""

import hashlib
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from runtime.edge import AccountParked
from runtime.web import Caller, Problem, any_key, create_app, operator_key, storefront_key

STOREFRONT = {"Authorization": "Bearer sf_1"}
OPERATOR = {"Authorization": "Bearer op_1"}


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parcel_id: str
    weight_grams: int
    tags: list[dict[str, Any]] = []
    value_cents: Annotated[int, Field(strict=True)] = 0


class Fine:
    reason: str | None = None
    illness: str | None = None

    def alive(self) -> str | None:
        return self.illness

    def ready(self) -> str | None:
        return self.reason

    def waits(self) -> str | None:
        return None


def _router() -> APIRouter:
    router = APIRouter(tags=["parcels"])

    @router.post("/v1/parcels", status_code=201)
    async def accept(body: Parcel, caller: Annotated[Caller, Depends(storefront_key)], dry_run: bool = False) -> Parcel:
        return body

    @router.get("/v1/parcels/{parcel_id}")
    async def show(parcel_id: str, caller: Annotated[Caller, Depends(any_key)]) -> dict[str, str]:
        match parcel_id:
            case "unknown":
                raise Problem(404, "PARCEL_UNKNOWN", "no such parcel", violations=[{"code": "X"}])
            case "parked":
                raise AccountParked
            case "disconnected":
                raise ConnectionResetError("10.0.0.7:5432")
            case "broken":
                raise RuntimeError("mario.rossi@example.it is in here")
            case _:
                pass
        return {"parcel_id": parcel_id, "caller": caller.name}

    @router.delete("/v1/operator/parcels", status_code=204)
    async def clear(caller: Annotated[Caller, Depends(operator_key)]) -> None: ...

    @router.post("/v1/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return router


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def client_of(health: Fine | None = None, burst: int = 100) -> httpx.AsyncClient:
    settings = SimpleNamespace(
        api_keys_file=None,
        storefront_keys={"pec.it": _digest("sf_1")},
        operator_keys={"anna": _digest("op_1")},
        http_rate_per_second=1.0,
        http_rate_burst=burst,
    )
    edge: Any = SimpleNamespace(settings=settings)
    app = create_app("parcels", edge, _router(), health or Fine())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://parcels")


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert {"type", "title", "detail", "request_id"} <= document.keys()
    assert document["request_id"] == answer.headers["x-request-id"]
    return document
