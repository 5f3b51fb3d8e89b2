"""How does a service speak HTTP? One application around its router: keys, limits, problems, health."""

from runtime.web.addresses import Source, source_of
from runtime.web.application import Health, create_app
from runtime.web.keys import Caller, Reader, Storefront, any_key, operator_key, storefront_key
from runtime.web.openapi import example
from runtime.web.operators import DryRun, WrittenAnswer, events_of, rehearsed, written
from runtime.web.paging import Next, Page, Paged
from runtime.web.problems import Problem, invalid_request, raise_if_refused
from runtime.web.rates import RateLimit
from runtime.web.server import serve

__all__ = [
    "Caller",
    "DryRun",
    "Health",
    "Next",
    "Page",
    "Paged",
    "Problem",
    "RateLimit",
    "Reader",
    "Source",
    "Storefront",
    "WrittenAnswer",
    "any_key",
    "create_app",
    "events_of",
    "example",
    "invalid_request",
    "operator_key",
    "raise_if_refused",
    "rehearsed",
    "serve",
    "source_of",
    "storefront_key",
    "written",
]
