"""What does a service show a developer's browser? Small pages without scripts, open to anybody: /problems."""

import re

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from runtime.web.codes import code_of, codes
from runtime.web.problems import Problem

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}


def _with_code(text: str) -> Markup:
    """Show what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


_templates = Environment(
    loader=PackageLoader("runtime.web.pages", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_templates.filters["with_code"] = _with_code


def pages(service: str) -> APIRouter:
    """Make the routes of a service's pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/pages.css")
    async def style() -> Response:
        return Response(_templates.get_template("pages.css").render(), media_type="text/css")

    @routes.get("/problems")
    async def all_problems() -> Response:
        return _page("problems.html", service=service, codes=codes())

    @routes.get("/problems/{code}")
    async def problem(code: str) -> Response:
        known = code_of(code)
        if known is None:
            raise Problem(404, "NOT_FOUND", "no problem of this interface has this code")
        return _page("problem.html", service=service, name=code, code=known)

    return routes


def _page(template: str, **values: object) -> Response:
    return HTMLResponse(_templates.get_template(template).render(values), headers=_HEADERS)
