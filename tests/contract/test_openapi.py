"""Is every service's HTTP description a right one, and is everything guarded that must be?"""

import importlib
import json
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import SecretStr

from runtime.clock import SystemClock
from runtime.edge import Edge
from runtime.keyring import CustomerKeyring, MemoryKeys
from runtime.repairs import Repairs
from runtime.settings import Settings
from runtime.web import create_app
from runtime.web.openapi import describe
from runtime.web.repairs import with_repairs

PATHS = {
    "orders": {
        "post /v1/orders", "get /v1/orders/{order_id}", "get /v1/customers/{customer_id}/orders",
        "post /v1/orders/{order_id}/payments", "post /v1/payment-webhooks", "post /v1/orders/{order_id}/cancellation",
        "post /v1/operator/orders/{order_id}/release", "get /v1/operator/payments",
    },
    "billing": {"post /v1/quotes", "get /v1/orders/{order_id}/charges", "get /v1/customers/{customer_id}/credit"},
    "provisioning": {
        "get /v1/customers/{customer_id}/services", "post /v1/panel/sign-in", "post /v1/panel/password",
        "post /v1/panel/configuration", "get /v1/panel/service-status", "put /v1/panel/settings/ddt-preservation",
        "post /v1/operator/customers/{customer_id}/credentials",
        "post /v1/operator/customers/{customer_id}/services/{product}/cancellation",
    },
    "notifications": {"get /v1/customers/{customer_id}/emails", "put /v1/operator/customers/{customer_id}/contact"},
}  # fmt: skip
REPAIRS = {
    "post /v1/operator/parked/{customer_id}/redrive", "post /v1/operator/parked/{customer_id}/discard",
    "post /v1/operator/quarantine/{quarantined_id}/redrive", "post /v1/operator/quarantine/{quarantined_id}/discard",
}  # fmt: skip
"""What every service has for its operators."""
SHOWN = {
    "orders": {"OrderAnswer", "PreviewAnswer"},
    "billing": {"QuoteAnswer", "ChargesAnswer", "CreditAnswer"},
    "provisioning": {"Services", "SignInBody", "SignedIn", "ConfigurationBody", "CredentialsAccepted"},
    "notifications": {"EmailsOut", "ContactIn"},
}
"""The bodies of the interface that each document shows by an example."""
OPEN = {"post /v1/payment-webhooks", "post /v1/panel/sign-in"}
"""A signature or a password stands in for the key."""


class Fine:
    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None


@cache
def _described(service: str) -> dict[str, Any]:
    settings = Settings(
        lookup_key=SecretStr("00" * 32),
        panel_url="https://panel.example",
        mail_from="a <a@b.example>",
        smtp_host="127.0.0.1",
        username_prefix="U",
    )
    keyring = CustomerKeyring(MemoryKeys(), b"l" * 32)
    edge = cast(Edge, SimpleNamespace(settings=settings, clock=SystemClock(), keyring=keyring))
    router = importlib.import_module(f"services.{service}.adapters.api").router(edge)
    return describe(create_app(service, edge, with_repairs(router, cast(Repairs, None)), Fine()))


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


@pytest.mark.parametrize("service", PATHS)
class TestWhenAServiceDescribesItself:
    def test_the_document_is_openapi_3_1(self, service: str) -> None:
        OpenAPIV31SpecValidator(_described(service)).validate()

    def test_it_has_the_published_paths(self, service: str) -> None:
        assert _operations(_described(service)).keys() >= PATHS[service] | REPAIRS

    def test_every_path_but_the_signed_ones_needs_a_key(self, service: str) -> None:
        operations = _operations(_described(service))
        assert {name for name, operation in operations.items() if not operation.get("security")} <= OPEN

    def test_operators_paths_need_an_operators_key(self, service: str) -> None:
        operations = _operations(_described(service))
        guards = [operation["security"] for name, operation in operations.items() if "/v1/operator/" in name]
        assert all(guard == [{"OperatorKey": []}] for guard in guards)

    def test_what_goes_wrong_is_a_problem(self, service: str) -> None:
        for operation in _operations(_described(service)).values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]

    def test_the_interfaces_examples_stand_in_it_nulls_too(self, service: str) -> None:
        schemas = _described(service)["components"]["schemas"]
        for name in SHOWN[service]:
            shown = schemas[name].get("examples") or [schemas[name]["example"]]
            # What an answer always has stands in its example, be it null.
            assert set(shown[0]) >= set(schemas[name].get("required", ())), name
            assert "\x00" not in json.dumps(shown, ensure_ascii=False), name
