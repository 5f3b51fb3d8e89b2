"""How does every mail look? As text on a page, docs/mails.md, and each in a browser.

`python -m publishing.mails FOLDER` writes each mail in each language as HTML and as text, to be looked at.
"""

import sys
from pathlib import Path

from publishing.mail_examples import EXAMPLES, NAME, PROVIDER, WHEN, shown
from schemas.vocabulary import Locale, TemplateName
from services.notifications.adapters.letters import Letter, render

PAGE = Path("docs/mails.md")
OPENING = f"""# The mails

Written by `make schemas` from `services/notifications/adapters/templates/`: change those.

What customers get, in the language of their orders (`locale`: `it` or `en`), each mail once. All are text and HTML that
say the same; here is the text of each, as an invented provider writes it to an invented customer, {NAME}.
`python -m publishing.mails FOLDER` writes them for a browser. A mail's name is its `template` in
`GET /v1/customers/{{customer_id}}/emails` and in `notifications.EmailRequested`. Buttons lead to the order's page
(`COTERM_CUSTOMER_AREA_URL/orders/{{order_id}}`), to the customer area or to the panel; with `COTERM_WEB_SECRET` by a
signed link that opens order and area without a password, and the mail says until when ([the screens](screens.md)).
Of a product that is added later `service-activated` tells, unless there is a text of its own, named like it
(`documents-activated`).

| mail | when |
| --- | --- |
"""


def mails_page() -> str:
    """Write the page: a table of all mails, then the text of each, in each language."""
    table = "".join(f"| [{name}](#{name}) | {WHEN[name]} |\n" for name in EXAMPLES)
    return "\n".join([OPENING + table, *(_section(name) for name in EXAMPLES)])


def write(folder: Path) -> None:
    """Write the HTML and the text of each mail, and a page that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for template in EXAMPLES:
        for locale in Locale:
            letter, name = _example(template, locale), f"{template}.{locale}"
            (folder / f"{name}.html").write_text(letter.html)
            (folder / f"{name}.txt").write_text(_as_text(letter))
            rows.append(f'<li><a href="{name}.html">{name}</a> (<a href="{name}.txt">text</a>)</li>')
    head, listed = '<!doctype html>\n<meta charset="utf-8">\n<title>Mails</title>', "\n".join(rows)
    (folder / "index.html").write_text(f"{head}\n<ul>\n{listed}\n</ul>\n")


def _section(template: TemplateName) -> str:
    texts = (f"```text\n{_as_text(_example(template, locale))}```\n" for locale in Locale)
    return "\n".join([f"## {template}\n", *texts])


def _example(template: TemplateName, locale: Locale) -> Letter:
    return render(template, locale, PROVIDER, shown(template))


def _as_text(letter: Letter) -> str:
    return f"Subject: {letter.subject}\n\n{letter.text}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
