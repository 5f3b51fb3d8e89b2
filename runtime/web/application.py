"""What does every service's HTTP application have, whatever its router? Keys, limits, problems, health and metrics."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Protocol

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from runtime.edge import Edge
from runtime.errors import Overfull
from runtime.postgres.store import DATABASE_ERRORS
from runtime.web.bodies import BodyLimit
from runtime.web.introduction import about, servers
from runtime.web.invalid import meant
from runtime.web.keys import ApiKeys, refuse_strangers
from runtime.web.meaning import refuse_ambiguous_json
from runtime.web.openapi import describe
from runtime.web.pages import pages
from runtime.web.problems import Problem, handle_problems
from runtime.web.rates import RateLimit
from runtime.web.requests import Requests


async def refuse_doubtful_query(request: Request) -> None:
    """Raise Problem 422 INVALID_REQUEST for query parameters that the route does not declare, or that stand twice.

    Of two values one would be taken, and whoever reads the address may think that it is the other.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    sent = Counter(name for name, _ in request.query_params.multi_items())
    known = set(_declared(route.dependant))
    unknown = sorted(set(sent) - known)
    errors = [{"field": name, "detail": f"unknown query parameter{meant(name, known)}"} for name in unknown]
    errors += [{"field": name, "detail": "given more than once"} for name, times in sent.items() if times > 1]
    if errors:
        raise Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=errors)


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _declared(needed)


class Health(Protocol):
    """Say how the process is."""

    def alive(self) -> str | None:
        """Return why the process must be restarted, or None."""
        ...

    def ready(self) -> str | None:
        """Return why the process can't take work now, or None."""
        ...

    def waits(self) -> str | None:
        """Return what is held while the process takes work, or None."""
        ...


def create_app(name: str, edge: Edge, router: APIRouter, health: Health) -> FastAPI:
    """Put a service's router into an application; `edge.settings` has the keys and rates."""
    app = FastAPI(
        title=f"coterm {name}",
        version="1",
        description=about(name),
        servers=servers(name),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    settings = edge.settings
    app.state.edge = edge
    app.state.api_keys = ApiKeys(
        settings.storefront_keys,
        settings.operator_keys,
        RateLimit(settings.http_rate_per_second, settings.http_rate_burst),
        settings.api_keys_file,
    )
    app.include_router(router, dependencies=[Depends(refuse_doubtful_query), Depends(refuse_ambiguous_json)])
    document = cache(lambda: describe(app))
    app.include_router(_unguarded(health, document))
    app.include_router(pages(name, document))
    handle_problems(app, (*DATABASE_ERRORS, Overfull), refuse_strangers)
    app.add_middleware(BodyLimit)
    app.add_middleware(Requests)  # added last, so outermost: it names and times every answer, refusals too
    return app


def _unguarded(health: Health, document: Callable[[], dict[str, object]]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return _health_answer(health.alive(), "NOT_ALIVE", "alive")

    @router.get("/readyz")
    async def readyz() -> dict[str, str]:
        answer = _health_answer(health.alive() or health.ready(), "NOT_READY", "ready")
        held = health.waits()
        return answer if held is None else answer | {"waits": held}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @router.get("/openapi.json")
    async def openapi() -> dict[str, object]:
        return document()

    return router


def _health_answer(reason: str | None, code: str, fine: str) -> dict[str, str]:
    if reason is not None:
        raise Problem(503, code, reason)
    return {"status": fine}
