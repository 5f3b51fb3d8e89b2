import pytest

from runtime.web import RateLimit
from tests.unit.runtime.parcels import OPERATOR, STOREFRONT, Fine, client_of, is_problem


class TestWhenTheKeyIsRight:
    async def test_the_request_is_served(self) -> None:
        async with client_of() as client:
            answer = await client.post("/v1/parcels", json={"parcel_id": "p", "weight_grams": 1}, headers=STOREFRONT)
        assert answer.status_code == 201

    async def test_either_scope_may_read_what_is_open_to_both(self) -> None:
        async with client_of() as client:
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
        async with client_of() as client:
            answer = await client.get("/v1/parcels/p", headers=headers)
        is_problem(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_another_scope_answers_403(self) -> None:
        async with client_of() as client:
            as_storefront = await client.delete("/v1/operator/parcels", headers=STOREFRONT)
            as_operator = await client.post("/v1/parcels", json={}, headers=OPERATOR)
        is_problem(as_storefront, 403, "FORBIDDEN")
        is_problem(as_operator, 403, "FORBIDDEN")

    async def test_too_many_requests_answer_429_and_say_when_to_come_back(self) -> None:
        async with client_of(burst=1) as client:
            await client.get("/v1/parcels/p", headers=STOREFRONT)
            answer = await client.get("/v1/parcels/p", headers=STOREFRONT)
            of_another = await client.get("/v1/parcels/p", headers=OPERATOR)
        is_problem(answer, 429, "TOO_MANY_REQUESTS")
        assert answer.headers["retry-after"] == "1"
        assert of_another.status_code == 200


class TestWhenSomethingGoesWrong:
    async def test_a_problem_carries_its_extra_members(self) -> None:
        async with client_of() as client:
            answer = await client.get("/v1/parcels/unknown", headers=STOREFRONT)
        document = is_problem(answer, 404, "PARCEL_UNKNOWN")
        assert document["violations"] == [{"code": "X"}]

    async def test_a_parked_account_answers_503(self) -> None:
        async with client_of() as client:
            answer = await client.get("/v1/parcels/parked", headers=STOREFRONT)
        is_problem(answer, 503, "ACCOUNT_PARKED")

    async def test_a_lost_connection_answers_503_and_asks_for_another_try(self) -> None:
        async with client_of() as client:
            answer = await client.get("/v1/parcels/disconnected", headers=STOREFRONT)
        is_problem(answer, 503, "UNAVAILABLE")
        assert answer.headers["retry-after"] == "2"
        assert "10.0.0.7" not in answer.text

    async def test_what_broke_stays_inside(self) -> None:
        async with client_of() as client:
            answer = await client.get("/v1/parcels/broken", headers=STOREFRONT)
        is_problem(answer, 500, "INTERNAL_ERROR")
        assert "rossi" not in answer.text
        assert answer.headers["x-request-id"]


class TestWhenAProbeAsks:
    async def test_no_key_is_needed(self) -> None:
        async with client_of() as client:
            answers = [await client.get(path) for path in ("/livez", "/readyz", "/metrics", "/openapi.json")]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200]

    async def test_what_is_not_ready_says_why(self) -> None:
        health = Fine()
        health.reason = "no partitions assigned"
        async with client_of(health) as client:
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
        assert is_problem(ready, 503, "NOT_READY")["detail"] == "no partitions assigned"
        assert alive.status_code == 200

    async def test_what_is_not_alive_is_not_ready(self) -> None:
        health = Fine()
        health.illness = "the consumer crashed"
        async with client_of(health) as client:
            ready = await client.get("/readyz")
            alive = await client.get("/livez")
        is_problem(ready, 503, "NOT_READY")
        is_problem(alive, 503, "NOT_ALIVE")

    async def test_the_description_names_keys_and_problems(self) -> None:
        async with client_of() as client:
            document = (await client.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert set(document["components"]["securitySchemes"]) == {"StorefrontKey", "OperatorKey"}
        accept = document["paths"]["/v1/parcels"]["post"]
        assert accept["security"] == [{"StorefrontKey": []}]
        assert "application/problem+json" in accept["responses"]["422"]["content"]
        assert "HTTPValidationError" not in document["components"]["schemas"]

    async def test_a_given_trace_names_the_request(self) -> None:
        async with client_of() as client:
            headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
            answer = await client.get("/livez", headers=headers)
        assert answer.headers["x-request-id"] == "a" * 32


class TestWhenRequestsAreMeasured:
    async def test_the_route_stands_for_its_paths(self) -> None:
        async with client_of() as client:
            await client.get("/v1/parcels/p-canary", headers=STOREFRONT)
            text = (await client.get("/metrics")).text
        assert 'route="/v1/parcels/{parcel_id}"' in text
        assert "p-canary" not in text


class TestWhenTokensRunOut:
    def test_they_come_back_with_time(self) -> None:
        now = [100.0]
        limit = RateLimit(2.0, 2, lambda: now[0])
        assert [limit.wait_for("a") for _ in range(3)] == [0.0, 0.0, 0.5]
        now[0] += 0.5
        assert limit.wait_for("a") == 0.0
        assert limit.wait_for("b") == 0.0
