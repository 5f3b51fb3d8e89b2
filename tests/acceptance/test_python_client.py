"""Does the Python client work against the running services, as its README says?"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from coterm_client import (
    BuyerKind,
    Cart,
    Channel,
    Customer,
    Forbidden,
    IdempotencyConflict,
    Line,
    OrderNotCancellable,
    OrderRefused,
    OrderStatus,
    OrderUnknown,
    Payment,
    PaymentConflict,
    PaymentMethod,
    PaymentOfOrder,
    PaymentWebhook,
    SignatureInvalid,
    Storefront,
    Unauthorized,
)
from coterm_client.intake import Intake
from deploy.local.layout import ROOT
from rehearsal.play.stage import Stage
from runtime.webhook_settings import Webhook
from services.notifications.adapters.webhooks import signed
from tests.builders import ORDER_DAY, quotable
from tests.receiver import SECRET

E_INVOICING, DOCUMENTS = Line(product="E_INVOICING"), Line(product="DOCUMENTS")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(stage: Stage) -> AsyncIterator[Storefront]:
    await stage.at(ORDER_DAY)
    there = stage.endpoints
    async with Storefront(there.orders, there.keys.storefront, billing=there.billing) as opened:
        yield opened


def cart(
    stage: Stage, *lines: Line, kind: BuyerKind = BuyerKind.LEGAL_PERSON, customer: Customer | None = None
) -> Cart:
    names = stage.names
    buyer = customer or Customer(
        customer_id=names.buyer().customer_id,
        kind=kind,
        name="Rossi Srl",
        email="a@rossi.example",
        vat_number=names.vat_number(),
    )
    return Cart(order_id=names.order(), storefront="example", channel=Channel.SITE, customer=buyer, lines=list(lines))


def payment(stage: Stage, cents: int, customer_id: str | None = None) -> Payment:
    return Payment(
        payment_source="bank",
        payment_id=stage.names.payment(),
        amount_cents=cents,
        method=PaymentMethod.BANK_TRANSFER,
        customer_id=customer_id,
    )


class TestWhenAnOrderIsPlacedAndPaid:
    async def test_it_is_priced_in_the_first_answer_and_active_a_moment_later(
        self, stage: Stage, shop: Storefront
    ) -> None:
        cart_order = cart(stage, E_INVOICING, DOCUMENTS)
        quote = await shop.quote(cart_order.customer, cart_order.channel, cart_order.lines)
        assert (await shop.preview(cart_order)).violations == []

        placed = await shop.submit(cart_order)
        again = await shop.submit(cart_order)
        paid = await shop.pay(cart_order.order_id, payment(stage, 3660))
        order = await shop.until(cart_order.order_id, OrderStatus.ACTIVATED, seconds=60)

        assert (placed.is_repeated, again.is_repeated) == (False, True)
        assert placed.order.total_cents == quote.outcomes[0].total_cents == 3660
        assert paid.order is not None
        assert paid.order.outstanding_cents == 0
        assert [each.order_id for each in await shop.orders_of(order.customer_id)] == [cart_order.order_id]
        with pytest.raises(OrderNotCancellable):
            await shop.cancel(cart_order.order_id)

    async def test_an_owner_is_offered_both_choices(self, stage: Stage, shop: Storefront) -> None:
        owner = await stage.owner(ORDER_DAY)
        await quotable(stage, owner)
        await stage.at("2026-07-15T09:00:00+00:00")
        quote = await shop.quote(owner.customer_id, Channel.PANEL, [DOCUMENTS])
        assert [each.extend_active_services for each in quote.outcomes] == [True, False]
        assert [each.product for each in quote.outcomes[0].extensions] == ["E_INVOICING"]


class TestWhenSomethingIsRefused:
    async def test_every_violation_is_told(self, stage: Stage, shop: Storefront) -> None:
        order = cart(stage, E_INVOICING, E_INVOICING, kind=BuyerKind.PRIVATE_PERSON)
        with pytest.raises(OrderRefused) as refused:
            await shop.submit(order)
        assert {each.code for each in refused.value.violations} == {"BUYER_NOT_ELIGIBLE", "DUPLICATE_LINE"}

    async def test_another_cart_under_the_id_conflicts(self, stage: Stage, shop: Storefront) -> None:
        order = cart(stage, E_INVOICING)
        await shop.submit(order)
        with pytest.raises(IdempotencyConflict):
            await shop.submit(order.model_copy(update={"lines": [E_INVOICING, DOCUMENTS]}))
        assert (await shop.cancel(order.order_id)).status is OrderStatus.CANCELLED

    async def test_an_unknown_order_is_unknown(self, stage: Stage, shop: Storefront) -> None:
        with pytest.raises(OrderUnknown):
            await shop.order(stage.names.order())
        with pytest.raises(OrderUnknown):
            await shop.pay(stage.names.order(), payment(stage, 100))

    async def test_a_wrong_key_and_one_of_another_scope_are_told_apart(self, stage: Stage) -> None:
        async with Storefront(stage.endpoints.orders, "nobody") as stranger:
            with pytest.raises(Unauthorized):
                await stranger.order("o-1")
        async with Storefront(stage.endpoints.orders, stage.endpoints.keys.operator) as operator:
            with pytest.raises(Forbidden):
                await operator.order("o-1")


class TestWhenAPaymentComesEarlyOrOtherwise:
    async def test_it_is_held_then_registered(self, stage: Stage, shop: Storefront) -> None:
        order = cart(stage, E_INVOICING)
        early = payment(stage, 3660, order.customer.customer_id)
        assert (await shop.pay(order.order_id, early)).is_held
        await shop.submit(order)
        await shop.until(order.order_id, OrderStatus.ACTIVATED, seconds=60)
        assert (await shop.pay(order.order_id, early)).is_repeated
        with pytest.raises(PaymentConflict):
            await shop.pay(order.order_id, early.model_copy(update={"amount_cents": 1}))


class TestWhenAProviderTellsOfIt:
    async def test_a_signed_webhook_settles_the_order(self, stage: Stage, shop: Storefront) -> None:
        order = cart(stage, E_INVOICING)
        await shop.submit(order)
        payment = PaymentOfOrder(
            order_id=order.order_id,
            payment_source="psp",
            payment_id=stage.names.payment(),
            amount_cents=3660,
            method=PaymentMethod.CARD,
        )
        secret = stage.endpoints.webhook_secret
        async with PaymentWebhook(stage.endpoints.orders, secret, now=lambda: stage.time.now().timestamp()) as hook:
            paid = await hook.report(payment)
            again = await hook.report(payment)
        assert paid.order is not None
        assert (paid.order.outstanding_cents, again.is_repeated) == (0, True)
        async with PaymentWebhook(stage.endpoints.orders, secret) as late:  # by this machine's clock, not the stack's
            with pytest.raises(SignatureInvalid):
                await late.report(payment)


class TestWhenItsReadmeIsFollowed:
    async def test_the_code_does_what_it_says(
        self, stage: Stage, shop: Storefront, capsys: pytest.CaptureFixture[str]
    ) -> None:
        there, names = stage.endpoints, stage.names
        text = (ROOT / "clients" / "python" / "README.md").read_text()
        for written, here in {
            "http://127.0.0.1:8101": there.orders,
            "127.0.0.1:19092": there.kafka,
            '"o-1"': f'"{names.order()}"',
            '"c-1"': f'"{names.buyer().customer_id}"',
            '"p-1"': f'"{names.payment()}"',
            "12345670017": names.vat_number(),
        }.items():
            assert written in text
            text = text.replace(written, here)
        readme: dict[str, Any] = {}
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, "README.md", "exec"), readme)

        await readme["publish"]()
        await readme["buy"](there.keys.storefront)
        readme["look"](there.keys.storefront)
        endpoint = Webhook(name="shop", storefront="example", url="https://shop.example/x", secret=SecretStr(SECRET))
        event = (ROOT / "schemas" / "examples" / "orders.OrderPlaced.v1.json").read_bytes()
        readme["hear"](SECRET, signed(endpoint, "m-1", event), event)

        printed = r"storefront\.intake \d+ \d+\nACTIVATED 3660\n\[<OrderStatus\.ACTIVATED: 'ACTIVATED'>\]\n"
        assert re.fullmatch(printed + r"orders\.OrderPlaced\.v1 c-1\n", capsys.readouterr().out)


class TestWhenItGoesOverKafka:
    async def test_order_payment_and_cancellation_are_taken(self, stage: Stage, shop: Storefront) -> None:
        order, given_up = cart(stage, E_INVOICING, DOCUMENTS), cart(stage, E_INVOICING)
        async with Intake(stage.endpoints.kafka) as intake:
            stored = await intake.submit(order)
            await intake.pay(
                PaymentOfOrder(
                    **{**payment(stage, 3660, order.customer.customer_id).model_dump(), "order_id": order.order_id}
                )
            )
            await intake.submit(given_up)
            await intake.cancel(given_up.order_id, given_up.customer.customer_id, storefront="example")

        assert (stored.topic, stored.offset >= 0) == ("storefront.intake", True)
        await stage.order_is(order.order_id, "ACTIVATED")
        await stage.order_is(given_up.order_id, "CANCELLED")
