"""What do the mails say, in both languages?"""

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import jinja2
import pytest

from schemas.mail import MailFacts
from schemas.vocabulary import CloseReason, Locale, TemplateName
from services.notifications.adapters import letters
from services.notifications.adapters.letters import Letter, day, euro, instant, render, term
from services.notifications.adapters.message import compose
from services.notifications.adapters.texts import TEXTS
from services.notifications.domain.drafts import mail_price
from services.notifications.domain.texts import (
    ACTIVATION_CREDENTIALS,
    CREDENTIALS_REISSUED,
    ORDER_CLOSED,
    ORDER_RECEIVED,
    PAYMENT_SHORT,
    SERVICE_ACTIVATED,
)
from tests.unit.notifications.builders import (
    ARCHIVE,
    CERTIFIED_MAIL,
    DOCUMENTS,
    E_INVOICING,
    NEXT_YEAR,
    priced_with_extension,
)

pytestmark = pytest.mark.usefixtures("new_products")

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
SENDER = "Servizio clienti <a@coterm.example>"
PANEL = "https://panel.coterm.example"
COMMON = {"name": "Rossi & Figli Srl", "panel_url": PANEL}
SECRET = {"username": "U12345670017", "password": "aB3<&dEfGh7JkLmN9pQr"}
UNTIL = datetime(2026, 1, 18, 10, tzinfo=UTC)
FEBRUARY_14 = date(2026, 2, 14)
JUNE_30 = date(2026, 6, 30)
ADDED = MailFacts(
    order_id="o-1",
    activated_on=date(2026, 1, 15),
    expires_on=NEXT_YEAR,
    base=E_INVOICING,
    base_previous_expiry=JUNE_30,
    base_expires_on=NEXT_YEAR,
)
FACTS: dict[TemplateName, MailFacts] = {
    ORDER_RECEIVED: MailFacts(
        order_id="o-1", due_cents=4427, payable_until=FEBRUARY_14, price=mail_price(priced_with_extension())
    ),
    PAYMENT_SHORT: MailFacts(order_id="o-1", amount_cents=3000, due_cents=1427, payable_until=FEBRUARY_14),
    ACTIVATION_CREDENTIALS: MailFacts(
        order_id="o-1", expiries={DOCUMENTS: NEXT_YEAR, E_INVOICING: NEXT_YEAR}, valid_until=UNTIL
    ),
    CREDENTIALS_REISSUED: MailFacts(valid_until=UNTIL),
    "documents-activated": ADDED.model_copy(update={"product": DOCUMENTS}),
    SERVICE_ACTIVATED: ADDED.model_copy(update={"product": ARCHIVE}),
    ORDER_CLOSED: MailFacts(
        order_id="o-1", reason=CloseReason.PAYMENT_OVERDUE, closed_on=date(2026, 2, 15), surplus_cents=1000
    ),
}
SUBJECTS = {
    ("order-received", "it"): "Ordine o-1 ricevuto",
    ("order-received", "en"): "Order o-1 received",
    ("payment-short", "it"): "Ordine o-1: mancano 14.27 €",
    ("payment-short", "en"): "Order o-1: 14.27 € are missing",
    ("activation-credentials", "it"): "Attivazione di Fatturazione Elettronica: le sue credenziali",
    ("activation-credentials", "en"): "E-invoicing activated: your credentials",
    ("credentials-reissued", "it"): "Nuove credenziali per il pannello",
    ("credentials-reissued", "en"): "New credentials for the panel",
    ("documents-activated", "it"): "Documenti attivato (ordine o-1)",
    ("documents-activated", "en"): "Documents activated (order o-1)",
    ("service-activated", "it"): "Archivio digitale: attivazione (ordine o-1)",
    ("service-activated", "en"): "Digital archive activated (order o-1)",
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
    ("service-activated", "it"): [
        "Archivio digitale è a sua disposizione dal 15 gennaio 2026.",
        "Numero d'ordine: o-1",
        "Archivio digitale: scade il 15 gennaio 2027",
        "Fatturazione Elettronica: scadenza spostata dal 30 giugno 2026 al 15 gennaio 2027",
        f"Acceda al pannello: {PANEL}",
    ],
    ("service-activated", "en"): [
        "Digital archive is yours to use since 15 January 2026.",
        "Order number: o-1",
        "Digital archive: expires on 15 January 2027",
        "E-invoicing: expiry moved from 30 June 2026 to 15 January 2027",
        f"Sign in to the panel: {PANEL}",
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


def letter(template: TemplateName, locale: Locale, **changes: Any) -> Letter:
    secret = SECRET if FACTS[template].valid_until else {}
    return render(template, locale, {**COMMON, **secret, **FACTS[template].model_dump(), **changes})


@pytest.mark.parametrize(("template", "locale"), EVERY)
class TestEveryMailInEveryLanguage:
    def test_it_says_its_subject_and_its_important_lines(self, template: TemplateName, locale: Locale) -> None:
        written = letter(template, locale)
        assert written.subject == SUBJECTS[template, locale]
        missing = set(LINES[template, locale]) - set(written.text.splitlines())
        assert not missing, written.text

    def test_it_arrives_as_text_and_html_for_one_recipient(self, template: TemplateName, locale: Locale) -> None:
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

    def test_html_is_escaped_and_text_is_not(self, template: TemplateName, locale: Locale) -> None:
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
        written = letter(ACTIVATION_CREDENTIALS, locale)
        assert until in written.text
        assert until in written.html

    def test_its_repr_shows_no_secret(self) -> None:
        assert "aB3" not in repr(letter(ACTIVATION_CREDENTIALS, Locale.IT))

    @pytest.mark.parametrize(
        ("locale", "subject"),
        [
            (Locale.IT, "Attivazione di Posta certificata e Fatturazione Elettronica: le sue credenziali"),
            (Locale.EN, "Certified mail and E-invoicing activated: your credentials"),
        ],
    )
    def test_it_names_each_base_and_puts_it_before_its_add_ons(self, locale: Locale, subject: str) -> None:
        bought = dict.fromkeys((ARCHIVE, CERTIFIED_MAIL, DOCUMENTS, E_INVOICING), NEXT_YEAR)
        written = letter(ACTIVATION_CREDENTIALS, locale, expiries=bought)
        assert written.subject == subject
        families = [CERTIFIED_MAIL, E_INVOICING, ARCHIVE, DOCUMENTS]
        told = [line.partition(":")[0] for line in written.text.splitlines() if "2027" in line]
        assert told == [letters.product_name(product, locale) for product in families]


class TestAnOrderThatIsPaidOrFree:
    @pytest.mark.parametrize(
        ("locale", "says", "asks"),
        [
            (Locale.IT, "Non deve pagare altro.", "Come pagare"),
            (Locale.EN, "There is nothing left to pay.", "How to pay"),
        ],
    )
    def test_nobody_is_asked_to_pay(self, locale: Locale, says: str, asks: str) -> None:
        written = letter(ORDER_RECEIVED, locale, due_cents=0)
        assert says in written.text
        assert asks not in written.text + written.html


class TestEveryReason:
    @pytest.mark.parametrize("reason", list(CloseReason))
    @pytest.mark.parametrize("locale", list(Locale))
    def test_it_has_words(self, reason: CloseReason, locale: Locale) -> None:
        assert str(reason) not in letter(ORDER_CLOSED, locale, reason=str(reason)).text


class TestTemplates:
    def test_every_text_is_tried_here(self) -> None:
        assert set(FACTS) == TEXTS

    def test_a_value_that_is_not_given_is_an_error_not_a_blank(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            render(PAYMENT_SHORT, Locale.IT, COMMON)


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
        assert day(date(2028, 2, 29), Locale.IT) == "29 febbraio 2028"
        assert instant(datetime(2026, 7, 14, 22, 0, 59, tzinfo=UTC), Locale.EN) == "15 July 2026 at 00:00 (Rome time)"
