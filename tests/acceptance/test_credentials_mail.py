"""R35: when does the mail with the credentials leave? At e-invoicing's first activation, never before the payment."""

import re

from rehearsal.play.broker import TOPICS
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY
from tests.spec import happened


class TestWhenThePaymentIsStillOut:
    async def test_only_the_order_and_the_shortfall_are_written_about(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))
        await stage.pay(order, 3659)
        await stage.mail(buyer, "payment-short")

        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered",
            billing="OrderPriced",
            mails="order-received payment-short",
        )
        assert all(mail.credentials == {} for mail in stage.mailbox.of(buyer.email))

        await stage.pay(order, 1)

        mail = await stage.mail(buyer, "activation-credentials")
        assert set(mail.credentials) == {"Username", "Password"}

    async def test_the_first_mail_tells_how_to_pay(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))

        mail = await stage.mail(buyer, "order-received")

        lines = mail.text.splitlines()
        assert {
            "Da pagare: 36,60 €",
            "IBAN: IT60 X054 2811 1010 0000 0123 456",
            "Beneficiario: Coterm Servizi Srl",
            f"Causale: {order['order_id']}",
        } <= set(lines)
        area = f"{stage.endpoints.screens['shop']}/area/enter?to=/orders/{order['order_id']}&token="
        assert f"Paghi l'ordine: {area}" in mail.text


class TestWhenThePaymentIsRegistered:
    async def test_one_mail_carries_username_password_and_expiries(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        await stage.buy(buyer, E_INVOICING, DOCUMENTS)

        mail = await stage.mail(buyer, "activation-credentials")

        assert mail.recipients == buyer.email
        assert mail.credentials["Username"].endswith(str(buyer.body["vat_number"]))
        assert re.fullmatch(r"[^\s0OolI1]{16,}", mail.credentials["Password"])
        assert stage.endpoints.screens["panel"] in mail.text
        assert mail.html
        assert [mail["template"] for mail in await stage.front.emails(buyer.customer_id)].count(
            "activation-credentials"
        ) == 1

    async def test_the_password_stands_nowhere_but_in_the_mail(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        await stage.buy(buyer, E_INVOICING, DOCUMENTS)
        password = (await stage.mail(buyer, "activation-credentials")).credentials["Password"].encode()

        records = [record for topic in TOPICS for record in stage.log.of(buyer.customer_id, topic)]
        logs = [path for path in stage.endpoints.logs.iterdir() if path.suffix == ".log"]

        assert records
        assert not [record.name for record in records if password in record.value]
        assert not [path.name for path in logs if password in path.read_bytes()]

    async def test_personal_data_stands_in_no_event(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        await stage.buy(buyer, E_INVOICING, DOCUMENTS)
        await stage.mail(buyer, "activation-credentials")

        personal = [str(buyer.body[name]).encode() for name in ("name", "email", "vat_number")]
        records = [record for topic in TOPICS for record in stage.log.of(buyer.customer_id, topic)]

        assert not [record.name for record in records if any(datum in record.value for datum in personal)]

    async def test_an_english_reader_gets_an_english_mail(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer(locale="en")
        await stage.buy(buyer, E_INVOICING)

        english = await stage.mail(buyer, "activation-credentials")
        italian_buyer = stage.names.buyer()
        await stage.buy(italian_buyer, E_INVOICING)
        italian = await stage.mail(italian_buyer, "activation-credentials")

        assert english.subject != italian.subject
