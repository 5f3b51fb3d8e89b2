"""Does `coterm simulate` refuse what it must, before anything is sent?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from operations.surroundings import Misused, OperationFailed
from rehearsal.cli import app


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call it in a folder without a local stack."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, ["simulate", *arguments])
    return done.exit_code, done.output, done.exception


def described(folder: Path, orders: str) -> str:
    """Describe a stack of which nothing but orders may answer; give the file."""
    path = folder / "endpoints.json"
    path.write_text(json.dumps({"kafka": "127.0.0.1:9", "orders": orders, "keys": {"storefront": "k"}}))
    return str(path)


@contextmanager
def orders_that_answers(status: int, body: dict[str, Any]) -> Iterator[str]:
    """Answer every GET the same; give the address."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Same) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestWhenOrdersCanNotBeAsked:
    @pytest.mark.parametrize(
        ("status", "body", "why"),
        [
            (401, {"code": "UNAUTHORIZED"}, "refuses the storefront's key (401 UNAUTHORIZED)"),
            (404, {}, "is not orders (a customer's orders: 404)"),
        ],
    )
    def test_one_sentence_says_why_before_anything_is_sent(
        self, tmp_path: Path, status: int, body: dict[str, Any], why: str
    ) -> None:
        with orders_that_answers(status, body) as url:
            refusal = run("--orders", "1", "--endpoints", described(tmp_path, url))[2]
        assert isinstance(refusal, OperationFailed)
        assert url in str(refusal)
        assert why in str(refusal)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9", "ftp://127.0.0.1"])
    def test_an_address_where_nobody_is_too(self, tmp_path: Path, url: str) -> None:
        refusal = run("--orders", "1", "--endpoints", described(tmp_path, url))[2]
        assert isinstance(refusal, OperationFailed)
        assert f"orders at {url} can't be reached" in str(refusal)


class TestWhenOnlyThePlanIsAskedFor:
    def test_it_is_shown_and_nothing_is_needed(self) -> None:
        code, output, _ = run("--orders", "30", "--seed", "3", "--dry-run")
        assert code == 0
        assert "30 orders of seed 3; nothing was sent" in output

    def test_as_json_too(self) -> None:
        code, output, _ = run("--orders", "30", "--run", "abc", "--dry-run", "--json")
        plan = json.loads(output)
        assert (code, plan["run"], sum(plan["cases"].values())) == (0, "abc", 30)


class TestWhenItWouldBeProduction:
    def test_it_is_refused_unless_confirmed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("COTERM_ENV", "production")
        _, _, refusal = run("--orders", "1")
        assert isinstance(refusal, OperationFailed)
        assert "--in-production" in str(refusal)
        _, _, went_on = run("--orders", "1", "--in-production")
        assert "nothing names the brokers" in str(went_on)

    def test_its_clock_is_never_set(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("COTERM_ENV", "production")
        _, _, refusal = run("--orders", "1", "--in-production", "--at", "2026-01-15")
        assert isinstance(refusal, OperationFailed)
        assert "clock" in str(refusal)

    def test_the_file_that_describes_it_may_say_so(self, tmp_path: Path) -> None:
        (tmp_path / "mine.json").write_text(json.dumps({"kafka": "127.0.0.1:9", "env": "production"}))
        _, _, refusal = run("--orders", "1", "--endpoints", "mine.json")
        assert isinstance(refusal, OperationFailed)
        assert "--in-production" in str(refusal)


class TestWhenItIsAskedWrongly:
    @pytest.mark.parametrize(
        "arguments", [("--orders", "0"), ("--rate", "-1"), ("--ways", "fax"), ("--at", "tomorrow")]
    )
    def test_it_is_wrong_usage(self, arguments: tuple[str, ...]) -> None:
        assert run(*arguments)[0] == 2

    def test_a_name_that_fits_no_id_is_too(self) -> None:
        assert isinstance(run("--run", "a b", "--dry-run")[2], Misused)

    def test_brokers_alone_can_not_be_asked_over_http(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_KAFKA", "127.0.0.1:9")
        refusal = run("--orders", "1")[2]
        assert isinstance(refusal, OperationFailed)
        assert "--ways kafka" in str(refusal)

    def test_a_description_needs_no_more_than_what_is_used(self, tmp_path: Path) -> None:
        with orders_that_answers(200, {"orders": []}) as url:
            away = run("--orders", "1", "--endpoints", described(tmp_path, url))[2]
        assert isinstance(away, OperationFailed)
        assert "Kafka at 127.0.0.1:9 can't be used" in str(away)

    def test_a_stack_that_is_not_described_is_told_in_a_sentence(self) -> None:
        assert isinstance(run("--orders", "1")[2], OperationFailed)
