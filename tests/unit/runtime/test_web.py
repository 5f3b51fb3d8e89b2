import hashlib
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from runtime.edge import AccountParked
from runtime.web import Caller, Problem, RateLimit, any_key, create_app, operator_key, storefront_key

STOREFRONT = {"Authorization": "Bearer sf_1"}
OPERATOR = {"Authorization": "Bearer op_1"}


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parcel_id: str
    weight_grams: int
    tags: list[dict[str, Any]] = []


class Fine:
    reason: str | None = None
    illness: str | None = None

    def alive(self) -> str | None:
        return self.illness

    def ready(self) -> str | None:
        return self.reason


def _router() -> APIRouter:
    router = APIRouter()

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
        return {"parcel_id": parcel_id, "caller": caller.name}

    @router.delete("/v1/operator/parcels", status_code=204)
    async def clear(caller: Annotated[Caller, Depends(operator_key)]) -> None: ...

    @router.post("/v1/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return router


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _client(health: Fine | None = None, burst: int = 100) -> httpx.AsyncClient:
    settings = SimpleNamespace(
        storefront_keys={"pec.it": _digest("sf_1")},
        operator_keys={"anna": _digest("op_1")},
        http_rate_per_second=1.0,
        http_rate_burst=burst,
    )
    edge: Any = SimpleNamespace(settings=settings)
    app = create_app("parcels", edge, _router(), health or Fine())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://parcels")


def _is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert {"type", "title", "detail"} <= document.keys()
    return document


class TestWhenTheKeyIsRight:
    async def test_the_request_is_served(self) -> None:
        async with _client() as client:
            answer = await client.post("/v1/parcels", json={"parcel_id": "p", "weight_grams": 1}, headers=STOREFRONT)
        assert answer.status_code == 201

    async def test_either_scope_may_read_what_is_open_to_both(self) -> None:
        async with _client() as client:
            storefront = await client.get("/v1/parcels/p", headers=STOREFRONT)
            operator = await client.get("/v1/parcels/p", headers=OPERATOR)
        assert storefront.json()["caller"] == "pec.it"
        assert operator.json()["caller"] == "anna"


class TestWhenTheKeyIsNotRight:
    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer sf_2"}, {"Authorization": "Basic sf_1"}],
    )
    async def test_a_missing_or_unknown_key_answers_401(self, headers: dict[str, str]) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/p", headers=headers)
        _is_problem(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_another_scope_answers_403(self) -> None:
        async with _client() as client:
            as_storefront = await client.delete("/v1/operator/parcels", headers=STOREFRONT)
            as_operator = await client.post("/v1/parcels", json={}, headers=OPERATOR)
        _is_problem(as_storefront, 403, "FORBIDDEN")
        _is_problem(as_operator, 403, "FORBIDDEN")

    async def test_too_many_requests_answer_429_and_say_when_to_come_back(self) -> None:
        async with _client(burst=1) as client:
            await client.get("/v1/parcels/p", headers=STOREFRONT)
            answer = await client.get("/v1/parcels/p", headers=STOREFRONT)
            of_another = await client.get("/v1/parcels/p", headers=OPERATOR)
        _is_problem(answer, 429, "TOO_MANY_REQUESTS")
        assert answer.headers["retry-after"] == "1"
        assert of_another.status_code == 200


class TestWhenTheRequestDoesNotFit:
    async def test_every_wrong_field_is_named(self) -> None:
        body = {"parcel_id": "p", "weight_grams": "heavy", "colour": "red", "tags": ["x"]}
        async with _client() as client:
            answer = await client.post("/v1/parcels", json=body, headers=STOREFRONT)
        errors = _is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert sorted(error["field"] for error in errors) == ["colour", "tags.0", "weight_grams"]
        assert all(error.keys() == {"field", "detail"} for error in errors)

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"nonsense", b'{"parcel_id": "\xff"}', b"[" * 60_000, b'{"weight_grams": ' + b"9" * 5000 + b"}"],
        ids=["empty", "half", "nonsense", "no UTF-8", "nested", "endless number"],
    )
    async def test_a_body_that_is_no_json_object_names_the_body(self, body: bytes) -> None:
        async with _client() as client:
            headers = {**STOREFRONT, "Content-Type": "application/json"}
            answer = await client.post("/v1/parcels", content=body, headers=headers)
        errors = _is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert [error["field"] for error in errors] == ["body"]

    @pytest.mark.parametrize(
        "tags",
        [
            '[{"a": "\\ud800"}]',
            '[{"\\uDFFF": 1}]',
            '[{"a": NaN}]',
            '[{"a": -Infinity}]',
            '[{"a": 1e999}]',
            '[{"a": 1, "a": 1}]',
        ],
        ids=["half a character", "half a name", "NaN", "Infinity", "a number beyond", "a name twice"],
    )
    async def test_json_that_could_not_be_written_or_be_read_otherwise_is_refused(self, tags: str) -> None:
        body = f'{{"parcel_id": "p-1", "weight_grams": 500, "tags": {tags}}}'
        headers = {"Content-Type": "application/json"}
        async with _client() as client:
            refused = await client.post("/v1/parcels", content=body, headers=STOREFRONT | headers)
            strange = await client.post("/v1/parcels", content=body, headers=headers)
        assert _is_problem(refused, 422, "INVALID_REQUEST")["errors"] == [{"field": "body", "detail": "no valid JSON"}]
        _is_problem(strange, 401, "UNAUTHORIZED")

    @pytest.mark.parametrize(
        "written", ['"\\ud83d\\ude00"', '"\\\\ud800"', '"😀"'], ids=["a pair", "a backslash", "as it is"]
    )
    async def test_whole_characters_are_taken_however_they_are_written(self, written: str) -> None:
        body = f'{{"parcel_id": "p-1", "weight_grams": 500, "tags": [{{"a": {written}}}]}}'
        async with _client() as client:
            answer = await client.post(
                "/v1/parcels", content=body.encode(), headers=STOREFRONT | {"Content-Type": "application/json"}
            )
        assert answer.status_code == 201

    async def test_deep_nesting_in_a_field_is_refused_or_taken_but_breaks_nothing(self) -> None:
        body = b'{"parcel_id": "p", "weight_grams": 1, "tags": [{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}]}"
        async with _client() as client:
            headers = {**STOREFRONT, "Content-Type": "application/json"}
            answer = await client.post("/v1/parcels", content=body, headers=headers)
        _is_problem(answer, 422, "INVALID_REQUEST")

    async def test_an_unknown_query_parameter_is_refused(self) -> None:
        async with _client() as client:
            body = {"parcel_id": "p", "weight_grams": 1}
            mistyped = await client.post("/v1/parcels?dryrun=true", json=body, headers=STOREFRONT)
            right = await client.post("/v1/parcels?dry_run=true", json=body, headers=STOREFRONT)
        errors = _is_problem(mistyped, 422, "INVALID_REQUEST")["errors"]
        assert errors == [{"field": "dryrun", "detail": "unknown query parameter"}]
        assert right.status_code == 201

    async def test_nul_in_a_path_is_refused(self) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/a%00b", headers=STOREFRONT)
        _is_problem(answer, 422, "INVALID_REQUEST")

    async def test_an_unknown_path_answers_404_and_another_method_405(self) -> None:
        async with _client() as client:
            unknown = await client.get("/v1/nothing")
            method = await client.delete("/v1/parcels/p")
        _is_problem(unknown, 404, "NOT_FOUND")
        _is_problem(method, 405, "METHOD_NOT_ALLOWED")


class TestWhenTheBodyIsLarge:
    async def test_exactly_64_kib_is_taken(self) -> None:
        async with _client() as client:
            answer = await client.post("/v1/raw", content=b"x" * 65_536)
        assert answer.json() == {"size": 65_536}

    async def test_one_byte_more_answers_413(self) -> None:
        async with _client() as client:
            answer = await client.post("/v1/raw", content=b"x" * 65_537)
        _is_problem(answer, 413, "BODY_TOO_LARGE")

    async def test_a_chunked_body_without_length_answers_413_too(self) -> None:
        async def chunks() -> Any:
            for _ in range(9):
                yield b"x" * 8192

        async with _client() as client:
            answer = await client.post("/v1/raw", content=chunks())
        _is_problem(answer, 413, "BODY_TOO_LARGE")


class TestWhenSomethingGoesWrong:
    async def test_a_problem_carries_its_extra_members(self) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/unknown", headers=STOREFRONT)
        document = _is_problem(answer, 404, "PARCEL_UNKNOWN")
        assert document["violations"] == [{"code": "X"}]

    async def test_a_parked_account_answers_503(self) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/parked", headers=STOREFRONT)
        _is_problem(answer, 503, "ACCOUNT_PARKED")

    async def test_a_lost_connection_answers_503_and_asks_for_another_try(self) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/disconnected", headers=STOREFRONT)
        _is_problem(answer, 503, "UNAVAILABLE")
        assert answer.headers["retry-after"] == "2"
        assert "10.0.0.7" not in answer.text

    async def test_what_broke_stays_inside(self) -> None:
        async with _client() as client:
            answer = await client.get("/v1/parcels/broken", headers=STOREFRONT)
        _is_problem(answer, 500, "INTERNAL_ERROR")
        assert "rossi" not in answer.text
        assert answer.headers["x-request-id"]


class TestWhenAProbeAsks:
    async def test_no_key_is_needed(self) -> None:
        async with _client() as client:
            answers = [await client.get(path) for path in ("/livez", "/readyz", "/metrics", "/openapi.json")]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200]

    async def test_what_is_not_ready_says_why(self) -> None:
        health = Fine()
        health.reason = "no partitions assigned"
        async with _client(health) as client:
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
        assert _is_problem(ready, 503, "NOT_READY")["detail"] == "no partitions assigned"
        assert alive.status_code == 200

    async def test_what_is_not_alive_is_not_ready(self) -> None:
        health = Fine()
        health.illness = "the consumer crashed"
        async with _client(health) as client:
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
        _is_problem(ready, 503, "NOT_READY")
        _is_problem(alive, 503, "NOT_ALIVE")

    async def test_the_description_names_keys_and_problems(self) -> None:
        async with _client() as client:
            document = (await client.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert set(document["components"]["securitySchemes"]) == {"StorefrontKey", "OperatorKey"}
        accept = document["paths"]["/v1/parcels"]["post"]
        assert accept["security"] == [{"StorefrontKey": []}]
        assert "application/problem+json" in accept["responses"]["422"]["content"]
        assert "HTTPValidationError" not in document["components"]["schemas"]

    async def test_a_given_trace_names_the_request(self) -> None:
        async with _client() as client:
            headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
            answer = await client.get("/livez", headers=headers)
        assert answer.headers["x-request-id"] == "a" * 32


class TestWhenRequestsAreMeasured:
    async def test_the_route_stands_for_its_paths(self) -> None:
        async with _client() as client:
            await client.get("/v1/parcels/p-canary", headers=STOREFRONT)
            told = (await client.get("/metrics")).text
        assert 'route="/v1/parcels/{parcel_id}"' in told
        assert "p-canary" not in told


class TestWhenTokensRunOut:
    def test_they_come_back_with_time(self) -> None:
        now = [100.0]
        limit = RateLimit(2.0, 2, lambda: now[0])
        assert [limit.wait_for("a") for _ in range(3)] == [0.0, 0.0, 0.5]
        now[0] += 0.5
        assert limit.wait_for("a") == 0.0
        assert limit.wait_for("b") == 0.0
