"""What does an operator see of a decision, before and after it is carried out?"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from operations.asking import Answered
from operations.decisions.carrying_out import KNOWN_BEFORE, Decision, carry_out
from operations.surroundings import Surroundings

EVENT = {
    "type": "orders.OrderCancelled.v1",
    "version": 7,
    "data": {"customer_id": "c-1", "order_id": "o-1", "why": "given\u202e up", "payments": [], "surplus_cents": 4427},
}
DECISION = Decision(
    "orders", "/v1/operator/orders/o-1/closure", "c-1", "order o-1", "would be closed", "is closed", {"why": "given up"}
)


class Service:
    """A service that answers an operator as it is told to, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.events: list[dict[str, Any]] = [EVENT]
        self.refusal: dict[str, Any] | None = None


@pytest.fixture
def service() -> Iterator[tuple[Service, Surroundings]]:
    fake = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append((self.path, body))
            answer = fake.refusal or {"dry_run": "dry_run" in self.path, "events": fake.events}
            self.send_response(409 if fake.refusal else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    described = {"orders": f"http://127.0.0.1:{server.server_port}", "keys": {"operator": "op_1"}}
    yield fake, Surroundings("127.0.0.1:1", "", described, None)
    server.shutdown()
    thread.join()
    server.server_close()


class TestADecision:
    def test_is_rehearsed_unless_yes_is_said(
        self, service: tuple[Service, Surroundings], capsys: pytest.CaptureFixture[str]
    ) -> None:
        fake, where = service
        carry_out(where, DECISION, yes=False, as_json=False)
        assert fake.asked == [("/v1/operator/orders/o-1/closure?dry_run=true", {"why": "given up"})]
        assert capsys.readouterr().out.splitlines() == [
            "order o-1 of c-1 would be closed",
            "  orders.OrderCancelled.v1  version 7",
            "    order_id: o-1",
            "    why: given\\u202e up",
            "    surplus_cents: 4427",
            "nothing was changed: say --yes to do it",
        ]

    def test_is_done_with_yes_and_shows_what_was_written(
        self, service: tuple[Service, Surroundings], capsys: pytest.CaptureFixture[str]
    ) -> None:
        fake, where = service
        carry_out(where, DECISION, yes=True, as_json=True)
        assert [path for path, _ in fake.asked] == ["/v1/operator/orders/o-1/closure"]
        shown = json.loads(capsys.readouterr().out)
        assert (shown["done"], shown["events"][0]["data"]["surplus_cents"]) == (True, 4427)

    def test_that_was_taken_before_says_so(
        self, service: tuple[Service, Surroundings], capsys: pytest.CaptureFixture[str]
    ) -> None:
        fake, where = service
        fake.events = []
        carry_out(where, DECISION, yes=True, as_json=False)
        assert capsys.readouterr().out == f"order o-1 of c-1: {KNOWN_BEFORE}\n"

    def test_that_is_refused_is_told_in_the_services_words(self, service: tuple[Service, Surroundings]) -> None:
        fake, where = service
        fake.refusal = {"code": "ORDER_NOT_CLOSABLE", "detail": "the order o-1 is active"}
        with pytest.raises(Answered, match=r"orders refused: the order o-1 is active \(ORDER_NOT_CLOSABLE\)"):
            carry_out(where, DECISION, yes=True, as_json=False)
