"""What does a service show a developer's browser? Small pages without scripts, open to anybody: /docs, /problems."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from runtime.web.codes import code_of, codes
from runtime.web.pages.described import ANY, models, operations_by_tag
from runtime.web.problems import Problem

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}


def _with_code(text: str) -> Markup:
    """Show what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


_templates = Environment(
    loader=PackageLoader("runtime.web.pages", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["with_code"] = _with_code


def pages(service: str, described: Callable[[], Mapping[str, Any]]) -> APIRouter:
    """Make the routes of a service's pages; `described` gives its OpenAPI document."""
    routes = APIRouter(include_in_schema=False)

    @cache
    def interface() -> str:
        document = described()
        tags, shapes = operations_by_tag(document), models(document)
        return _written("docs.html", service=service, document=document, tags=tags, models=shapes, any=ANY)

    @routes.get("/docs")
    async def docs() -> Response:
        return _page(interface())

    @routes.get("/pages.css")
    async def style() -> Response:
        return Response(_templates.get_template("pages.css").render(), media_type="text/css")

    @routes.get("/problems")
    async def all_problems() -> Response:
        return _page(_written("problems.html", service=service, codes=codes()))

    @routes.get("/problems/{code}")
    async def problem(code: str) -> Response:
        known = code_of(code)
        if known is None:
            raise Problem(404, "NOT_FOUND", "no problem of this interface has this code")
        return _page(_written("problem.html", service=service, name=code, code=known))

    return routes


def _written(template: str, **values: object) -> str:
    return _templates.get_template(template).render(values)


def _page(text: str) -> Response:
    return HTMLResponse(text, headers=_HEADERS)
