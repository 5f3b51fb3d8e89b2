"""What does the page about a person show? Everything that says something to them, and nothing that acts."""

from datetime import UTC, datetime
from typing import Any

from operations.subject.page import page

HELD: dict[str, Any] = {
    "orders": {
        "personal": [{"content": {"name": "<b>Rossi</b> & Figli"}, "stands_in": ["OrderPlaced o-1"]}],
        "rows": {
            "orders": [{"order_id": "o-1", "total_cents": 4427, "body_hash": "f00d", "reason": None}],
            "claims": [{"kind": "order_id", "key": "o-1"}],
        },
        "account": {"orders": [{"order_id": "o-1"}]},
        "waiting": [{"type": "t", "reason": "HANDLER_FAILED", "content": "[erased]"}],
        "events": {"OrderPlaced": 1},
    },
    "notifications": {
        "personal": [{"content": {"name": "<b>Rossi</b> & Figli"}, "stands_in": ["ContactNoted o-1"]}],
        "rows": {"contacts": [{"personal": "[erased]", "locale": "it"}]},
        "account": None,
        "waiting": [],
        "events": {"ContactNoted": 1},
    },
}


def written() -> str:
    return page("c-1", HELD, datetime(2026, 1, 15, 9, tzinfo=UTC))


class TestThePage:
    def test_what_a_person_wrote_is_text_and_told_once_with_its_places(self) -> None:
        assert written().count("&lt;b&gt;Rossi&lt;/b&gt; &amp; Figli") == 1
        assert "orders: OrderPlaced o-1" in written()
        assert "notifications: ContactNoted o-1" in written()

    def test_amounts_are_euros_and_hashes_and_blanks_are_left_out(self) -> None:
        assert "44.27 €" in written()
        assert "f00d" not in written()
        assert "<dt>reason</dt><dd>HANDLER_FAILED" in written()

    def test_it_runs_and_fetches_nothing_and_fits_a_phone_in_the_dark(self) -> None:
        assert not any(word in written() for word in ("<script", "http:", "https:", "src=", "@import"))
        assert 'content="width=device-width, initial-scale=1"' in written()
        assert "prefers-color-scheme: dark" in written()
