from typing import Any

import pytest

from tests.unit.runtime.parcels import STOREFRONT, client_of, is_problem


class TestWhenTheRequestDoesNotFit:
    async def test_every_wrong_field_is_named(self) -> None:
        body = {"parcel_id": "p", "weight_grams": "heavy", "colour": "red", "tags": ["x"]}
        async with client_of() as client:
            answer = await client.post("/v1/parcels", json=body, headers=STOREFRONT)
        errors = is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert sorted(error["field"] for error in errors) == ["colour", "tags.0", "weight_grams"]
        assert all(error.keys() == {"field", "detail"} for error in errors)

    @pytest.mark.parametrize(
        ("wrong", "detail"),
        [
            ({"weight_gram": 1}, "no such field: did you mean weight_grams?"),
            ({"weight-grams": 1}, "no such field: did you mean weight_grams?"),
            ({"colour": "red"}, "no such field"),
            ({"value_cents": 36.6}, "Input should be a valid integer: 36.60 looks like euros, send 3660"),
            ({"value_cents": "0,5"}, "Input should be a valid integer: 0.50 looks like euros, send 50"),
            ({"value_cents": "3660"}, "Input should be a valid integer"),
            ({"value_cents": 36.605}, "Input should be a valid integer"),
        ],
    )
    async def test_what_was_probably_meant_is_said(self, wrong: dict[str, Any], detail: str) -> None:
        async with client_of() as client:
            body = {"parcel_id": "p", "weight_grams": 1, **wrong}
            answer = await client.post("/v1/parcels", json=body, headers=STOREFRONT)
        (error,) = is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert error == {"field": next(iter(wrong)), "detail": detail}

    async def test_the_place_where_json_ceases_to_be_it_is_said(self) -> None:
        async with client_of() as client:
            headers = {**STOREFRONT, "Content-Type": "application/json"}
            answer = await client.post("/v1/parcels", content=b'{"parcel_id": "p",\n "tags": [}', headers=headers)
        (error,) = is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert error == {"field": "body", "detail": "no valid JSON, from line 2, column 11 on"}

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"nonsense", b'{"parcel_id": "\xff"}', b"[" * 60_000, b'{"weight_grams": ' + b"9" * 5000 + b"}"],
        ids=["empty", "half", "nonsense", "no UTF-8", "nested", "endless number"],
    )
    async def test_a_body_that_is_no_json_object_names_the_body(self, body: bytes) -> None:
        async with client_of() as client:
            headers = {**STOREFRONT, "Content-Type": "application/json"}
            answer = await client.post("/v1/parcels", content=body, headers=headers)
        errors = is_problem(answer, 422, "INVALID_REQUEST")["errors"]
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
        async with client_of() as client:
            refused = await client.post("/v1/parcels", content=body, headers=STOREFRONT | headers)
            strange = await client.post("/v1/parcels", content=body, headers=headers)
        assert is_problem(refused, 422, "INVALID_REQUEST")["errors"] == [{"field": "body", "detail": "no valid JSON"}]
        is_problem(strange, 401, "UNAUTHORIZED")

    @pytest.mark.parametrize(
        "written", ['"\\ud83d\\ude00"', '"\\\\ud800"', '"😀"'], ids=["a pair", "a backslash", "as it is"]
    )
    async def test_whole_characters_are_taken_however_they_are_written(self, written: str) -> None:
        body = f'{{"parcel_id": "p-1", "weight_grams": 500, "tags": [{{"a": {written}}}]}}'
        async with client_of() as client:
            answer = await client.post(
                "/v1/parcels", content=body.encode(), headers=STOREFRONT | {"Content-Type": "application/json"}
            )
        assert answer.status_code == 201

    async def test_deep_nesting_in_a_field_is_refused_or_taken_but_breaks_nothing(self) -> None:
        body = b'{"parcel_id": "p", "weight_grams": 1, "tags": [{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}]}"
        async with client_of() as client:
            headers = {**STOREFRONT, "Content-Type": "application/json"}
            answer = await client.post("/v1/parcels", content=body, headers=headers)
        is_problem(answer, 422, "INVALID_REQUEST")

    async def test_an_unknown_query_parameter_is_refused(self) -> None:
        async with client_of() as client:
            body = {"parcel_id": "p", "weight_grams": 1}
            mistyped = await client.post("/v1/parcels?dryrun=true", json=body, headers=STOREFRONT)
            right = await client.post("/v1/parcels?dry_run=true", json=body, headers=STOREFRONT)
        errors = is_problem(mistyped, 422, "INVALID_REQUEST")["errors"]
        assert errors == [{"field": "dryrun", "detail": "unknown query parameter: did you mean dry_run?"}]
        assert right.status_code == 201

    async def test_nul_in_a_path_is_refused(self) -> None:
        async with client_of() as client:
            answer = await client.get("/v1/parcels/a%00b", headers=STOREFRONT)
        is_problem(answer, 422, "INVALID_REQUEST")

    @pytest.mark.parametrize("media_type", ["application/JSON", "application/vnd.parcel+json; charset=utf-8"])
    async def test_however_its_media_type_is_written_a_body_says_one_thing(self, media_type: str) -> None:
        body = '{"parcel_id": "p-1", "weight_grams": 1, "weight_grams": 500}'
        async with client_of() as client:
            answer = await client.post("/v1/parcels", content=body, headers=STOREFRONT | {"Content-Type": media_type})
        assert is_problem(answer, 422, "INVALID_REQUEST")["errors"] == [{"field": "body", "detail": "no valid JSON"}]

    @pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "nonsense"}])
    async def test_a_body_that_is_not_called_json_names_the_header(self, headers: dict[str, str]) -> None:
        body = '{"parcel_id": "p-1", "weight_grams": 500}'
        async with client_of() as client:
            answer = await client.post("/v1/parcels", content=body, headers=STOREFRONT | headers)
            strange = await client.post("/v1/parcels", content=body, headers=headers)
        errors = is_problem(answer, 422, "INVALID_REQUEST")["errors"]
        assert errors == [{"field": "Content-Type", "detail": "a body is application/json"}]
        is_problem(strange, 401, "UNAUTHORIZED")

    async def test_an_unknown_path_answers_404_and_another_method_405(self) -> None:
        async with client_of() as client:
            unknown = await client.get("/v1/nothing")
            method = await client.delete("/v1/parcels/p")
        is_problem(unknown, 404, "NOT_FOUND")
        is_problem(method, 405, "METHOD_NOT_ALLOWED")
        assert method.headers["allow"] == "GET, HEAD"

    async def test_head_answers_as_get_does_without_the_body(self) -> None:
        async with client_of() as client:
            there = await client.head("/v1/parcels/p", headers=STOREFRONT)
            unknown = await client.head("/v1/parcels/unknown", headers=STOREFRONT)
            alive = await client.head("/livez")
            written = await client.head("/v1/parcels")
            shown = await client.get("/v1/parcels/p", headers=STOREFRONT)
        assert [answer.status_code for answer in (there, unknown, alive, written)] == [200, 404, 200, 405]
        assert there.content == b""
        assert there.headers["content-length"] == shown.headers["content-length"]


class TestWhenTheBodyIsLarge:
    async def test_exactly_64_kib_is_taken(self) -> None:
        async with client_of() as client:
            answer = await client.post("/v1/raw", content=b"x" * 65_536)
        assert answer.json() == {"size": 65_536}

    async def test_one_byte_more_answers_413(self) -> None:
        async with client_of() as client:
            answer = await client.post("/v1/raw", content=b"x" * 65_537)
        is_problem(answer, 413, "BODY_TOO_LARGE")

    async def test_a_chunked_body_without_length_answers_413_too(self) -> None:
        async def chunks() -> Any:
            for _ in range(9):
                yield b"x" * 8192

        async with client_of() as client:
            answer = await client.post("/v1/raw", content=chunks())
        is_problem(answer, 413, "BODY_TOO_LARGE")
