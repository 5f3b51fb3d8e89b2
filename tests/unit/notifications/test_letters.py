"""What do the mails say, in both languages?"""

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jinja2
import pytest

from publishing.mail_examples import EXAMPLES, NAME, PROVIDER, WHEN, shown
from runtime.signing import CUSTOMER_AREA, LINK_DAYS, Signer
from schemas.vocabulary import CloseReason, CreditOrigin, HoldReason, Locale, PaymentMethod, TemplateName
from services.notifications.adapters import wording
from services.notifications.adapters.letters import Letter, Links, render
from services.notifications.adapters.message import compose
from services.notifications.adapters.texts import TEXTS
from services.notifications.domain.texts import (
    ACTIVATION_CREDENTIALS,
    AUTOMATIC_RENEWAL_PLACED,
    CREDIT_GRANTED,
    EXPIRY_NOTICE,
    GRACE_NOTICE,
    ORDER_CLOSED,
    ORDER_HELD,
    ORDER_RECEIVED,
    PAYMENT_SHORT,
    REFUND_DUE,
    SERVICE_ENDED,
)
from tests.unit.notifications.builders import ARCHIVE, CERTIFIED_MAIL, DOCUMENTS, E_INVOICING, NEXT_YEAR

pytestmark = pytest.mark.usefixtures("new_products")

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
SENDER = "Servizio clienti <a@coterm.example>"
EXPECTED = Path(__file__).parent / "expected"
"""What matters in each example's mail: its subject, and lines of its text, in any order."""


def expected(locale: Locale) -> dict[TemplateName, tuple[str, list[str]]]:
    sections = (EXPECTED / f"letters.{locale}.txt").read_text().strip().split("\n\n")
    mails = [section.removeprefix("# ").split("\n") for section in sections]
    return {name: (subject.removeprefix("Subject: "), lines) for name, subject, *lines in mails}


EVERY = [(template, locale) for template in sorted(TEXTS) for locale in Locale]


def letter(template: TemplateName, locale: Locale, **changes: Any) -> Letter:
    return render(template, locale, PROVIDER, {**shown(template), **changes})


@pytest.mark.parametrize(("template", "locale"), EVERY)
class TestEveryMailInEveryLanguage:
    def test_it_says_its_subject_and_its_important_lines(self, template: TemplateName, locale: Locale) -> None:
        subject, lines = expected(locale)[template]
        written = letter(template, locale)
        assert written.subject == subject
        missing = set(lines) - set(written.text.splitlines())
        assert not missing, written.text

    def test_both_parts_say_the_same_things(self, template: TemplateName, locale: Locale) -> None:
        subject, lines = expected(locale)[template]
        read = unescape(re.sub(r"<[^>]+>", "", letter(template, locale).html.partition("<body")[2]))
        parts = [*re.split(": ", subject), *(part for line in lines for part in line.removeprefix("- ").split(": ", 1))]
        lacking = [part for part in parts if part not in {"Username", "Password"} and part.strip("()") not in read]
        assert [part for part in lacking if not part.startswith("(")] == []

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
        html = read.get_body(("html",))
        assert html is not None
        assert f'<html lang="{locale}">' in html.get_content()

    def test_it_says_who_writes_why_and_whom_to_ask(self, template: TemplateName, locale: Locale) -> None:
        written = letter(template, locale)
        why = {Locale.IT: "Riceve questa mail perché", Locale.EN: "You get this mail because"}[locale]
        for part in (written.text, written.html):
            for fact in (PROVIDER.name, PROVIDER.address, PROVIDER.contact, PROVIDER.website, why):
                assert fact in part
        assert f"background:{PROVIDER.colour}" in written.html
        assert f'href="mailto:{PROVIDER.contact}"' in written.html

    def test_its_button_leads_where_it_says_in_clear(self, template: TemplateName, locale: Locale) -> None:
        written = letter(template, locale)
        buttons = re.findall(r'<a class="button" href="([^"]+)"', written.html)
        assert buttons
        for address in buttons:
            assert address.startswith((PROVIDER.customer_area_url, PROVIDER.panel_url))
            assert f">{address}</a>" in written.html
            assert any(line.endswith(f": {address}") for line in written.text.splitlines())

    def test_it_reads_in_the_dark_and_on_a_small_screen(self, template: TemplateName, locale: Locale) -> None:
        html = letter(template, locale).html
        assert '<meta name="color-scheme" content="light dark">' in html
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
        painted = set(re.findall(r"<(\w+) (?![^>]*class=)[^>]*background:#f", html))
        assert painted == set()

    def test_html_is_escaped_and_text_is_not(self, template: TemplateName, locale: Locale) -> None:
        written = letter(template, locale, name="<b>Rossi</b> & Figli")
        assert "<b>Rossi</b> & Figli" in written.text
        assert "&lt;b&gt;Rossi&lt;/b&gt; &amp; Figli" in written.html
        assert "<b>Rossi" not in written.html


class TestASignedLink:
    LINKS = Links.of(PROVIDER.customer_area_url, "s" * 32, "c-1", date(2026, 1, 15))
    LIFETIME = LINK_DAYS * 24 * 3600

    @pytest.mark.parametrize(
        ("locale", "sentence"),
        [
            (Locale.IT, "apre la sua area clienti senza password fino al 18 febbraio 2027"),
            (Locale.EN, "opens your customer area without a password until 18 February 2027"),
        ],
    )
    @pytest.mark.parametrize(
        ("template", "to"), [(ORDER_RECEIVED, "/orders/o-1"), (EXPIRY_NOTICE, None), (AUTOMATIC_RENEWAL_PLACED, None)]
    )
    def test_opens_the_area_of_its_customer_and_says_until_when(
        self, template: TemplateName, to: str | None, locale: Locale, sentence: str
    ) -> None:
        written = render(template, locale, PROVIDER, shown(template), self.LINKS)
        address = next(part for part in written.text.split() if part.startswith(PROVIDER.customer_area_url))
        assert f">{address}</a>" in unescape(written.html) or template == AUTOMATIC_RENEWAL_PLACED
        assert sentence in written.text
        assert sentence in written.html
        asked = parse_qs(urlsplit(address).query)
        assert Signer("s" * 32).read(CUSTOMER_AREA, asked["token"][0], self.LIFETIME) == "c-1"
        assert to is None or asked["to"] == [to]

    def test_is_each_customer_s_own(self) -> None:
        other = Links.of(PROVIDER.customer_area_url, "s" * 32, "c-2", date(2026, 1, 15))
        texts = {
            render(EXPIRY_NOTICE, Locale.IT, PROVIDER, shown(EXPIRY_NOTICE), links).text
            for links in (self.LINKS, other, None)
        }
        assert len(texts) == 3

    def test_without_a_secret_is_the_plain_address(self) -> None:
        links = Links.of(PROVIDER.customer_area_url, None, "c-1", date(2026, 1, 15))
        assert (links.area, links.order("o:1")) == (
            "https://area.coterm.example",
            "https://area.coterm.example/orders/o%3A1",
        )


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
        named = [line.partition(":")[0] for line in written.text.splitlines() if "2027" in line]
        assert named == [wording.product_name(product, locale=locale) for product in families]


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
    @pytest.mark.parametrize(
        ("template", "fact", "reason"),
        [
            *((ORDER_CLOSED, "reason", reason) for reason in CloseReason),
            *((ORDER_HELD, "hold_reason", reason) for reason in HoldReason),
            *((CREDIT_GRANTED, "credit_origin", reason) for reason in CreditOrigin),
            *((REFUND_DUE, "method", reason) for reason in PaymentMethod),
        ],
    )
    @pytest.mark.parametrize("locale", list(Locale))
    def test_it_has_words(self, template: TemplateName, fact: str, reason: str, locale: Locale) -> None:
        assert reason not in letter(template, locale, **{fact: reason}).text


class TestANotice:
    ALONE: ClassVar = {"services": [{"product": DOCUMENTS, "expires_on": NEXT_YEAR, "previous_expiry": None}]}

    @pytest.mark.parametrize(
        ("locale", "subject", "says"),
        [
            (Locale.IT, "Documenti: scade oggi", "il servizio Documenti scade oggi, il 15 gennaio 2027."),
            (Locale.EN, "Documents expires today", "Documents expires today, on 15 January 2027."),
        ],
    )
    def test_speaks_of_one_service_and_of_today(self, locale: Locale, subject: str, says: str) -> None:
        written = letter(EXPIRY_NOTICE, locale, **self.ALONE, remaining_days=0)
        assert written.subject == subject
        assert says in written.text.splitlines()

    @pytest.mark.parametrize(
        ("locale", "says"),
        [
            (Locale.IT, "Si rinnova insieme al servizio a cui si aggiunge"),
            (Locale.EN, "It is renewed together with the service that it adds to"),
        ],
    )
    def test_of_an_add_on_alone_says_how_it_is_renewed(self, locale: Locale, says: str) -> None:
        assert says in letter(EXPIRY_NOTICE, locale, **self.ALONE).text
        assert says not in letter(EXPIRY_NOTICE, locale).text

    @pytest.mark.parametrize(
        ("locale", "others", "by_itself", "asks"),
        [
            (Locale.IT, "Documenti: scade l'11 maggio 2027", "si ordina da sé", "Rinnovi ora"),
            (Locale.EN, "Documents: expires on 11 May 2027", "is ordered by itself", "Renew now"),
        ],
    )
    def test_names_what_expires_later_and_asks_nobody_who_renews_by_itself(
        self, locale: Locale, others: str, by_itself: str, asks: str
    ) -> None:
        later = [{"product": DOCUMENTS, "expires_on": date(2027, 5, 11), "previous_expiry": None}]
        written = letter(EXPIRY_NOTICE, locale, others=later, renews_by_itself=True)
        assert others in written.text.splitlines()
        assert by_itself in written.text
        assert asks not in written.text

    @pytest.mark.parametrize(
        ("locale", "says"),
        [(Locale.IT, "Oggi è l'ultimo giorno in cui può rinnovare"), (Locale.EN, "Today is the last day on which")],
    )
    def test_on_the_last_day_of_grace_says_so(self, locale: Locale, says: str) -> None:
        assert says in letter(GRACE_NOTICE, locale, remaining_days=0).text

    @pytest.mark.parametrize(
        ("locale", "says"), [(Locale.IT, "come da disdetta."), (Locale.EN, "as they were cancelled.")]
    )
    def test_of_an_end_says_that_it_was_wanted(self, locale: Locale, says: str) -> None:
        assert says in letter(SERVICE_ENDED, locale, cancelled=True).text


class TestCreditInAnOrder:
    @pytest.mark.parametrize(
        ("locale", "row"), [(Locale.IT, "- Credito usato: -10,00 €"), (Locale.EN, "- Credit used: -€10.00")]
    )
    def test_stands_below_its_total(self, locale: Locale, row: str) -> None:
        price = {**shown(ORDER_RECEIVED)["price"], "credit_cents": 1000}
        lines = letter(ORDER_RECEIVED, locale, price=price, due_cents=3427).text.splitlines()
        assert lines[lines.index(row) - 1].endswith(("44,27 €", "€44.27"))


class TestTemplates:
    def test_every_text_is_tried_here(self) -> None:
        assert set(EXAMPLES) == set(WHEN) == TEXTS

    def test_a_value_that_is_not_given_is_an_error_not_a_blank(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            render(PAYMENT_SHORT, Locale.IT, PROVIDER, {"name": NAME})
