"""What do the mails say, in both languages?"""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import jinja2
import pytest

from schemas.vocabulary import CloseReason, EmailTemplate, Locale
from services.notifications.adapters.letters import Letter, day, euro, instant, render, term
from services.notifications.adapters.message import compose
from services.notifications.domain.drafts import price_facts
from tests.unit.notifications.builders import priced_with_extension

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
SENDER = "Servizio clienti <a@coterm.example>"
PANEL = "https://panel.coterm.example"
COMMON = {"name": "Rossi & Figli Srl", "panel_url": PANEL}
SECRET = {"username": "U12345670017", "password": "aB3<&dEfGh7JkLmN9pQr", "expires_at": "2026-01-18T10:00:00+00:00"}
FACTS: dict[EmailTemplate, dict[str, Any]] = {
    EmailTemplate.ORDER_RECEIVED: {
        "order_id": "o-1",
        "due_cents": 4427,
        "payable_until": "2026-02-14",
        **price_facts(priced_with_extension()),
    },
    EmailTemplate.PAYMENT_SHORT: {
        "order_id": "o-1",
        "amount_cents": 3000,
        "due_cents": 1427,
        "payable_until": "2026-02-14",
    },
    EmailTemplate.ACTIVATION_CREDENTIALS: {
        "order_id": "o-1",
        "expiries": {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"},
        **SECRET,
    },
    EmailTemplate.CREDENTIALS_REISSUED: {"order_id": None, "expiries": {}, **SECRET},
    EmailTemplate.DOCUMENTS_ACTIVATED: {
        "order_id": "o-1",
        "activated_on": "2026-01-15",
        "expires_on": "2027-01-15",
        "base_previous_expiry": "2026-06-30",
        "base_expires_on": "2027-01-15",
    },
    EmailTemplate.ORDER_CLOSED: {
        "order_id": "o-1",
        "reason": "PAYMENT_OVERDUE",
        "closed_on": "2026-02-15",
        "surplus_cents": 1000,
    },
}
SUBJECTS = {
    ("order-received", "it"): "Ordine o-1 ricevuto",
    ("order-received", "en"): "Order o-1 received",
    ("payment-short", "it"): "Ordine o-1: mancano 14.27 €",
    ("payment-short", "en"): "Order o-1: 14.27 € are missing",
    ("activation-credentials", "it"): "Fatturazione Elettronica attivata: le sue credenziali",
    ("activation-credentials", "en"): "E-invoicing activated: your credentials",
    ("credentials-reissued", "it"): "Nuove credenziali per il pannello",
    ("credentials-reissued", "en"): "New credentials for the panel",
    ("documents-activated", "it"): "Documenti attivato (ordine o-1)",
    ("documents-activated", "en"): "Documents activated (order o-1)",
    ("order-closed", "it"): "Ordine o-1 chiuso",
    ("order-closed", "en"): "Order o-1 closed",
}
LINES = {
    ("order-received", "it"): [
        "Numero d'ordine: o-1",
        "- Documenti: 20.00 €",
        "- Estensione di Fatturazione Elettronica dal 30 giugno 2026 al 15 gennaio 2027 (6 mesi e 16 giorni): 16.29 €",
        "IVA: 7.98 €",
        "Totale: 44.27 €",
        "Da pagare: 44.27 €",
        "Pagabile fino al 14 febbraio 2026.",
    ],
    ("order-received", "en"): [
        "Order number: o-1",
        "- Documents: 20.00 €",
        "- Extension of E-invoicing from 30 June 2026 to 15 January 2027 (6 months and 16 days): 16.29 €",
        "VAT: 7.98 €",
        "Total: 44.27 €",
        "To pay: 44.27 €",
        "Payable until 14 February 2026.",
    ],
    ("payment-short", "it"): ["Numero d'ordine: o-1", "Differenza da pagare: 14.27 €"],
    ("payment-short", "en"): ["Order number: o-1", "Difference to pay: 14.27 €"],
    ("activation-credentials", "it"): [
        "Fatturazione Elettronica: scade il 15 gennaio 2027",
        "Documenti: scade il 15 gennaio 2027",
        f"Acceda al pannello: {PANEL}",
        "Username: U12345670017",
        "Password: aB3<&dEfGh7JkLmN9pQr",
        "(nome utente e password temporanea)",
    ],
    ("activation-credentials", "en"): [
        "E-invoicing: expires on 15 January 2027",
        "Documents: expires on 15 January 2027",
        f"Sign in to the panel: {PANEL}",
        "Username: U12345670017",
        "Password: aB3<&dEfGh7JkLmN9pQr",
        "(user name and temporary password)",
    ],
    ("credentials-reissued", "it"): ["Username: U12345670017", "Password: aB3<&dEfGh7JkLmN9pQr"],
    ("credentials-reissued", "en"): ["Username: U12345670017", "Password: aB3<&dEfGh7JkLmN9pQr"],
    ("documents-activated", "it"): [
        "Documenti: scade il 15 gennaio 2027",
        "Fatturazione Elettronica: estesa dal 30 giugno 2026 al 15 gennaio 2027",
    ],
    ("documents-activated", "en"): [
        "Documents: expires on 15 January 2027",
        "E-invoicing: extended from 30 June 2026 to 15 January 2027",
    ],
    ("order-closed", "it"): [
        "il 15 febbraio 2026 il suo ordine è stato chiuso perché non è stato pagato in tempo.",
        "Quanto aveva già pagato, 10.00 €, è ora un suo credito.",
    ],
    ("order-closed", "en"): [
        "on 15 February 2026 your order was closed because it was not paid in time.",
        "What you had paid, 10.00 €, is now your credit.",
    ],
}
EVERY = [(template, locale) for template in FACTS for locale in Locale]


def letter(template: EmailTemplate, locale: Locale, **changes: Any) -> Letter:
    return render(template, locale, {**COMMON, **FACTS[template], **changes})


@pytest.mark.parametrize(("template", "locale"), EVERY)
class TestEveryMailInEveryLanguage:
    def test_it_says_its_subject_and_its_important_lines(self, template: EmailTemplate, locale: Locale) -> None:
        written = letter(template, locale)
        assert written.subject == SUBJECTS[template, locale]
        missing = set(LINES[template, locale]) - set(written.text.splitlines())
        assert not missing, written.text

    def test_it_arrives_as_text_and_html_for_one_recipient(self, template: EmailTemplate, locale: Locale) -> None:
        mail = compose(letter(template, locale), SENDER, "a@rossi.example", "<x@y>", AT)
        read = message_from_bytes(mail.content, policy=default)
        assert isinstance(read, EmailMessage)
        assert read.get_content_type() == "multipart/alternative"
        assert read["To"] == "a@rossi.example"
        assert read["From"] == "Servizio clienti <a@coterm.example>"
        assert read["Message-ID"] == "<x@y>"
        assert read["Auto-Submitted"] == "auto-generated"
        assert read["Date"] == "Thu, 15 Jan 2026 09:00:00 +0000"
        text, html = read.get_body(("plain",)), read.get_body(("html",))
        assert text is not None
        assert html is not None
        assert not set(LINES[template, locale]) - set(text.get_content().splitlines())
        assert f'<html lang="{locale}">' in html.get_content()

    def test_html_is_escaped_and_text_is_not(self, template: EmailTemplate, locale: Locale) -> None:
        written = letter(template, locale, name="<b>Rossi</b> & Figli")
        assert "<b>Rossi</b> & Figli" in written.text
        assert "&lt;b&gt;Rossi&lt;/b&gt; &amp; Figli" in written.html
        assert "<b>Rossi" not in written.html


class TestTheCredentialsMail:
    @pytest.mark.parametrize(
        ("locale", "until"),
        [(Locale.IT, "18 gennaio 2026 alle 11:00 (ora di Roma)"), (Locale.EN, "18 January 2026 at 11:00 (Rome time)")],
    )
    def test_it_is_valid_until_an_instant_of_rome(self, locale: Locale, until: str) -> None:
        written = letter(EmailTemplate.ACTIVATION_CREDENTIALS, locale)
        assert until in written.text
        assert until in written.html

    def test_its_repr_shows_no_secret(self) -> None:
        assert "aB3" not in repr(letter(EmailTemplate.ACTIVATION_CREDENTIALS, Locale.IT))


class TestAnOrderThatIsPaidOrFree:
    @pytest.mark.parametrize(
        ("locale", "says", "asks"),
        [
            (Locale.IT, "Non deve pagare altro.", "Come pagare"),
            (Locale.EN, "There is nothing left to pay.", "How to pay"),
        ],
    )
    def test_nobody_is_asked_to_pay(self, locale: Locale, says: str, asks: str) -> None:
        written = letter(EmailTemplate.ORDER_RECEIVED, locale, due_cents=0)
        assert says in written.text
        assert asks not in written.text + written.html


class TestEveryReason:
    @pytest.mark.parametrize("reason", list(CloseReason))
    @pytest.mark.parametrize("locale", list(Locale))
    def test_it_has_words(self, reason: CloseReason, locale: Locale) -> None:
        assert str(reason) not in letter(EmailTemplate.ORDER_CLOSED, locale, reason=str(reason)).text


class TestTemplates:
    def test_a_value_that_is_not_given_is_an_error_not_a_blank(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            render(EmailTemplate.PAYMENT_SHORT, Locale.IT, COMMON)


class TestWords:
    def test_cents_as_people_see_them(self) -> None:
        assert [euro(cents) for cents in (0, 5, 1629, 100000, -50)] == [
            "0.00 €",
            "0.05 €",
            "16.29 €",
            "1000.00 €",
            "-0.50 €",
        ]

    def test_terms_as_people_read_them(self) -> None:
        assert term(6, 16, Locale.EN) == "6 months and 16 days"
        assert term(1, 1, Locale.IT) == "1 mese e 1 giorno"
        assert term(6, 0, Locale.EN) == "6 months"
        assert term(0, 0, Locale.IT) == "0 giorni"

    def test_dates_and_instants_of_rome(self) -> None:
        assert day("2028-02-29", Locale.IT) == "29 febbraio 2028"
        assert instant("2026-07-14T22:00:59+00:00", Locale.EN) == "15 July 2026 at 00:00 (Rome time)"
