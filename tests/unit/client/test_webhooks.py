"""Does the service accept what the client signs, and is each try signed anew?"""

import base64
import json
from datetime import UTC, datetime

import httpx
import pytest

from coterm_client import PaymentMethod, PaymentOfOrder, PaymentWebhook, SignatureInvalid, sign
from runtime.web.problems import Problem
from services.orders.adapters import webhooks
from tests.unit.client.answering import QUICK, Server, cut_off, good, problem

SECRET = f"whsec_{base64.b64encode(b'a shared secret of 24 by').decode()}"
PAYMENT = PaymentOfOrder(
    order_id="o-1", payment_source="bank", payment_id="p-1", amount_cents=4427, method=PaymentMethod.CARD
)


class TestWhenAPaymentIsTold:
    async def test_the_service_would_accept_every_try(self) -> None:
        moments = iter([1_768_467_600.0, 1_768_467_601.9])
        server = Server([cut_off(), good()])
        transport = httpx.MockTransport(server)
        async with PaymentWebhook(
            "http://orders/", SECRET, patience=QUICK, now=lambda: next(moments), transport=transport
        ) as hook:
            paid = await hook.report(PAYMENT)

        assert paid.order is not None
        assert [each.headers["webhook-timestamp"] for each in server.requests] == ["1768467600", "1768467601"]
        assert {each.headers["webhook-id"] for each in server.requests} == {"bank:p-1"}
        for request in server.requests:
            _accept(request)

    async def test_a_changed_body_would_be_refused(self) -> None:
        server = Server([good()])
        async with PaymentWebhook("http://orders", SECRET, transport=httpx.MockTransport(server)) as hook:
            await hook.report(PAYMENT)
        (request,) = server.requests
        changed = {**json.loads(request.content), "amount_cents": 1}
        forged = httpx.Request("POST", request.url, headers=request.headers, content=json.dumps(changed))
        with pytest.raises(Problem, match="SIGNATURE_INVALID"):
            _accept(forged)

    async def test_a_refused_signature_is_told(self) -> None:
        transport = httpx.MockTransport(Server([problem(401, "SIGNATURE_INVALID")]))
        async with PaymentWebhook("http://orders", SECRET, transport=transport) as hook:
            with pytest.raises(SignatureInvalid):
                await hook.report(PAYMENT)


class TestWhenABodyIsSigned:
    def test_it_is_as_the_standard_shows(self) -> None:
        """The example of the Standard Webhooks specification."""
        body = b'{"test": 2432232314}'
        headers = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def _accept(request: httpx.Request) -> None:
    headers = request.headers
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    given = (headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])
    webhooks.check(webhooks.keys_of([SECRET]), *given, request.content, moment)
