"""Does the client believe a webhook of coterm's, and nobody else's?"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from coterm_client.events import NotSigned, received
from runtime.webhook_settings import Webhook
from services.notifications.adapters.webhooks import signed
from tests.receiver import OTHER_SECRET, SECRET

BODY = Path("schemas/examples/orders.OrderPlaced.v1.json").read_bytes()
OURS = Webhook(name="pec", storefront="pec.it", url="https://pec.it/x", secret=SecretStr(SECRET))


class TestAWebhook:
    def test_of_ours_is_its_event(self) -> None:
        event = received(SECRET, signed(OURS, "m-1", BODY), BODY)
        assert (event.type, event.subject, event.sequence) == ("orders.OrderPlaced.v1", "c-1", 2)
        assert (event.correlationid, event.data["order_id"]) == ("o-1", "o-1")

    def test_is_believed_under_the_old_secret_while_it_is_rotated(self) -> None:
        headers = {name.title(): value for name, value in signed(OURS, "m-1", BODY).items()}
        assert received([OTHER_SECRET, SECRET], headers, BODY).id == json.loads(BODY)["id"]

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_of_another_time_is_not_believed(self, minutes: int) -> None:
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        with pytest.raises(NotSigned):
            received(SECRET, signed(OURS, "m-1", BODY, at), BODY)

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            ({}, BODY),
            (signed(OURS, "m-1", BODY), BODY + b" "),
            (signed(OURS, "m-1", BODY) | {"webhook-id": "m-2"}, BODY),
            (signed(OURS, "m-1", BODY) | {"webhook-signature": "nonsense"}, BODY),
            (signed(OURS, "m-1", BODY) | {"webhook-signature": "v1,%%%"}, BODY),
            (signed(OURS, "m-1", BODY) | {"webhook-timestamp": "nan"}, BODY),
            (signed(OURS, "m-1", BODY), b"\xff\xfe"),
            (signed(OURS, "m-1", b"[]"), b"[]"),
            (signed(OURS, "m-1", b"{"), b"{"),
        ],
    )
    def test_that_is_not_ours_is_not_believed(self, headers: dict[str, str], body: bytes) -> None:
        with pytest.raises(NotSigned):
            received(SECRET, headers, body)
