import httpx
import pytest

from runtime.web.codes import codes
from tests.unit.runtime.parcels import STOREFRONT, client_of, is_problem


async def _asked(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with client_of() as client:
        return await client.get(path, headers=headers)


class TestWhenAProblemIsAnswered:
    async def test_its_type_opens_a_page_about_its_code_that_needs_no_key(self) -> None:
        problem = is_problem(await _asked("/v1/parcels/parked", STOREFRONT), 503, "ACCOUNT_PARKED")
        page = await _asked(problem["type"])
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1><code>ACCOUNT_PARKED</code></h1>" in page.text

    async def test_a_hint_says_what_to_do(self) -> None:
        problem = is_problem(await _asked("/v1/parcels/parked", STOREFRONT), 503, "ACCOUNT_PARKED")
        assert problem["hint"] == codes()["ACCOUNT_PARKED"].do

    async def test_a_code_without_a_page_points_nowhere(self) -> None:
        problem = is_problem(await _asked("/v1/parcels/unknown", STOREFRONT), 404, "PARCEL_UNKNOWN")
        assert problem["type"] == "about:blank"
        assert "hint" not in problem
        is_problem(await _asked("/problems/PARCEL_UNKNOWN"), 404, "NOT_FOUND")

    async def test_a_code_that_is_named_after_a_product_has_a_page(self) -> None:
        assert "named after the service" in (await _asked("/problems/DOCUMENTS_NOT_ACTIVE")).text


class TestWhenTheCallerNamesTheRequest:
    @pytest.mark.parametrize("given", ["r-1", "8f14e45f-ceea-467f-a0e6-bd6b7c0a2f3d", "a" * 64])
    async def test_a_well_formed_id_is_used(self, given: str) -> None:
        answer = await _asked("/v1/nothing", {"X-Request-Id": given})
        assert is_problem(answer, 404, "NOT_FOUND")["request_id"] == given

    async def test_it_goes_before_a_trace(self) -> None:
        answer = await _asked("/livez", {"X-Request-Id": "r-1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
        assert answer.headers["x-request-id"] == "r-1"

    @pytest.mark.parametrize(
        "given", ["", "a" * 65, "-r", "r 1", "a/b", "12345670017", "RSSMRA80A01H501U", "sf_abcdefgh1234"]
    )
    async def test_any_other_is_not_nor_what_looks_like_a_persons_number_or_a_key(self, given: str) -> None:
        answer = await _asked("/livez", {"X-Request-Id": given})
        assert answer.headers["x-request-id"] != given
        assert len(answer.headers["x-request-id"]) == 32

    async def test_two_are_none(self) -> None:
        async with client_of() as client:
            answer = await client.get("/livez", headers=[("X-Request-Id", "r-1"), ("X-Request-Id", "r-2")])
        assert len(answer.headers["x-request-id"]) == 32


class TestThePages:
    async def test_all_codes_are_listed_each_with_its_page(self) -> None:
        listed = (await _asked("/problems")).text
        assert all(f'href="/problems/{name}"' in listed for name in codes())

    @pytest.mark.parametrize("path", ["/problems", "/problems/ORDER_REFUSED"])
    async def test_run_no_script_and_load_nothing_from_elsewhere(self, path: str) -> None:
        answer = await _asked(path)
        assert "default-src 'none'; style-src 'self'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert "//" not in answer.text.replace("<!doctype html>", "")
        style = await _asked("/pages.css")
        assert style.headers["content-type"].startswith("text/css")

    async def test_are_no_part_of_the_described_interface(self) -> None:
        paths = (await _asked("/openapi.json")).json()["paths"]
        assert not {path for path in paths if path.startswith(("/problems", "/docs"))}


class TestTheInterfaceForPeople:
    async def test_shows_every_operation_without_a_key_and_without_a_script(self) -> None:
        answer = await _asked("/docs")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        document = (await _asked("/openapi.json")).json()
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        assert all(f'<h3 id="{operation["operationId"]}">' in answer.text for operation in operations)
        assert all(f'<p id="model-{name}">' in answer.text for name in document["components"]["schemas"])
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
