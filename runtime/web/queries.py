"""Is every query parameter known to the route, and given once? A mistyped `dryrun=true` must not place an order."""

from collections import Counter
from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from runtime.web.invalid import meant
from runtime.web.problems import Problem


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
