"""Is every query parameter one that the route knows? A mistyped `dryrun=true` must not place an order."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from runtime.web.problems import Problem


async def refuse_unknown_query(request: Request) -> None:
    """Raise Problem 422 INVALID_REQUEST for query parameters that the route does not declare."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    unknown = sorted(set(request.query_params) - set(_declared(route.dependant)))
    if unknown:
        errors = [{"field": name, "detail": "unknown query parameter"} for name in unknown]
        raise Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=errors)


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _declared(needed)
