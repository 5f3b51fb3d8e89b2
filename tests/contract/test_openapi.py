"""Is every service's HTTP description a right one, and is everything guarded that must be?"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from publishing.interfaces import check, described, write
from publishing.mails import PAGE
from publishing.problems import PAGE as PROBLEMS
from schemas import storefront

PATHS = {
    "orders": {
        "post /v1/orders", "get /v1/orders/{order_id}", "get /v1/customers/{customer_id}/orders",
        "post /v1/orders/{order_id}/payments", "post /v1/payment-webhooks", "post /v1/orders/{order_id}/cancellation",
        "get /v1/intake/rejections",
        "post /v1/operator/orders/{order_id}/release", "post /v1/operator/orders/{order_id}/closure",
        "get /v1/operator/payments",
        "post /v1/operator/customers/{customer_id}/erasure",
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
    "provisioning": {"ServicesAnswer", "SignInBody", "SignInAnswer", "ConfigurationBody", "ReissueAnswer"},
    "notifications": {"EmailsAnswer", "ContactBody"},
}
"""The bodies of the interface that each document shows by an example."""
OPEN = {"post /v1/payment-webhooks", "post /v1/panel/sign-in", "get /v1/catalogue"}
"""A signature or a password stands in for the key; the catalogue is for anybody."""
REFUSED = {
    "orders": {
        "post /v1/orders": {"409"}, "get /v1/orders/{order_id}": {"404"},
        "post /v1/orders/{order_id}/payments": {"404", "409"}, "post /v1/payment-webhooks": {"401", "404", "409"},
        "post /v1/orders/{order_id}/cancellation": {"404", "409"},
        "post /v1/operator/orders/{order_id}/release": {"404", "409"},
        "post /v1/operator/orders/{order_id}/closure": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/erasure": {"404", "409", "503"},
    },
    "billing": {
        "get /v1/orders/{order_id}/charges": {"404"},
        "post /v1/operator/customers/{customer_id}/credit/{credit_id}/refund": {"409"},
    },
    "provisioning": {
        "post /v1/panel/sign-in": {"401", "429", "503"}, "post /v1/panel/password": {"409"},
        "post /v1/panel/configuration": {"409"}, "put /v1/panel/settings/ddt-preservation": {"409"},
        "post /v1/operator/customers/{customer_id}/credentials": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/services/{product}/cancellation": {"404", "409"},
    },
    "notifications": {
        "put /v1/operator/customers/{customer_id}/contact": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/emails/{email_id}/confirmation": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/emails/{email_id}/bounce": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/emails/{email_id}/loss": {"404", "409"},
        "post /v1/operator/customers/{customer_id}/emails/{email_id}/reissue": {"404", "409"},
    },
}  # fmt: skip
"""What a call can be refused with, besides what any can."""
WHOLE = {
    "AutomaticRenewalsAnswer", "CatalogueAnswer", "ChargesAnswer", "OrderAnswer", "PanelServicesAnswer",
    "SubjectAnswer", "WebhooksAnswer",
}  # fmt: skip
"""Answers that hold lists and are none: what is said of one thing, as a whole."""
ANY = {"408", "413", "422", "503"}


_described = cache(described)


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def _models(described_as: dict[str, Any]) -> list[str]:
    """Name the models of a request or an answer; storefronts' own bodies are called as the language calls them."""
    schemas = [each.get("schema", {}) for each in described_as.get("content", {}).values()]
    refs = [kind.get("$ref", "") for schema in schemas for kind in (schema, *schema.get("anyOf", ()))]
    return [ref.rpartition("/")[2] for ref in refs if ref]


@pytest.mark.parametrize("service", PATHS)
class TestWhenAServiceDescribesItself:
    def test_the_committed_document_is_the_one_it_serves_and_is_openapi_3_1(self, service: str) -> None:
        committed = json.loads(Path(f"docs/openapi/{service}.json").read_text(encoding="utf-8"))
        assert committed == _described(service)
        OpenAPIV31SpecValidator(committed).validate()

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

    def test_what_is_sent_is_named_a_body_and_what_comes_back_an_answer(self, service: str) -> None:
        for operation in _operations(_described(service)).values():
            sent = _models(operation.get("requestBody", {}))
            answers = [response for status, response in operation["responses"].items() if status < "400"]
            assert [name for name in sent if not name.endswith("Body") and not hasattr(storefront, name)] == []
            assert [name for each in answers for name in _models(each) if not name.endswith("Answer")] == []

    def test_every_operation_has_a_name_of_its_own_a_meaning_and_a_tag_that_is_explained(self, service: str) -> None:
        document = _described(service)
        operations = _operations(document)
        names = [operation["operationId"] for operation in operations.values()]
        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
        assert [name for name, each in operations.items() if not each["summary"] or not each["description"]] == []
        tags = {tag["name"]: tag["description"] for tag in document["tags"]}
        assert all(tags.values())
        assert [name for name, each in operations.items() if len(each["tags"]) != 1] == []
        assert {each["tags"][0] for each in operations.values()} == tags.keys()

    def test_every_field_and_parameter_has_a_meaning(self, service: str) -> None:
        document = _described(service)
        models = document["components"]["schemas"]
        fields = [
            f"{model}.{name}"
            for model, schema in models.items()
            for name, field in schema.get("properties", {}).items()
            if not field.get("description")
        ]
        parameters = [
            f"{operation}: {parameter['name']}"
            for operation, described_as in _operations(document).items()
            for parameter in described_as.get("parameters", ())
            if not parameter.get("description")
        ]
        assert fields + parameters == []
        assert [model for model, schema in models.items() if not schema.get("description")] == []

    def test_what_is_sent_and_what_comes_back_is_shown_by_an_example(self, service: str) -> None:
        document = _described(service)
        models = document["components"]["schemas"]
        unshown = set()
        for operation in _operations(document).values():
            body = operation.get("requestBody", {})
            is_shown = any("examples" in each for each in body.get("content", {}).values())
            sent = [] if is_shown else _models(body)
            back = [name for status, each in operation["responses"].items() if status < "400" for name in _models(each)]
            unshown |= {name for name in (*sent, *back) if not models[name].keys() & {"example", "examples"}}
        assert unshown == set()

    def test_every_list_is_paged(self, service: str) -> None:
        document = _described(service)
        for name, operation in _operations(document).items():
            answers = _models(operation["responses"].get("200", {})) if name.startswith("get ") else []
            for answer in answers:
                fields = document["components"]["schemas"][answer]["properties"]
                is_list = any(field.get("type") == "array" for field in fields.values())
                given = {each["name"] for each in operation.get("parameters", ())}
                assert ("next" in fields) is (is_list and answer not in WHOLE), name
                assert ({"limit", "after"} <= given) is ("next" in fields), name

    def test_every_refusal_stands_in_it(self, service: str) -> None:
        operations = _operations(_described(service))
        for name, operation in operations.items():
            expected = ANY | REFUSED[service].get(name, set()) | ({"404"} if name in REPAIRS else set())
            assert operation["responses"].keys() >= expected, name

    def test_the_interfaces_examples_stand_in_it_nulls_too(self, service: str) -> None:
        schemas = _described(service)["components"]["schemas"]
        for name in SHOWN[service]:
            shown = schemas[name].get("examples") or [schemas[name]["example"]]
            # What an answer always has stands in its example, be it null.
            assert set(shown[0]) >= set(schemas[name].get("required", ())), name
            assert "\x00" not in json.dumps(shown, ensure_ascii=False), name


class TestTheCommittedDocuments:
    def test_are_what_the_routes_say(self) -> None:
        assert list(check()) == []

    def test_that_are_missing_or_edited_are_named_and_written_again(self, tmp_path: Path) -> None:
        assert set(write(tmp_path)) == {*(Path(f"docs/openapi/{service}.json") for service in PATHS), PROBLEMS, PAGE}
        (tmp_path / "docs/openapi/billing.json").write_text("{}", encoding="utf-8")
        sentence = "docs/openapi/billing.json is not what the services say: run `make schemas` and commit the result."
        assert list(check(tmp_path)) == [sentence]
        assert list(write(tmp_path)) == [Path("docs/openapi/billing.json")]
        assert list(check(tmp_path)) == []

    def test_do_not_depend_on_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_ENV", "nonsense")
        monkeypatch.setenv("COTERM_HTTP_RATE_PER_SECOND", "many")
        assert described("orders") == _described("orders")
