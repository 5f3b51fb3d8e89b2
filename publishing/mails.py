"""How does every mail look? `python -m publishing.mails FOLDER` writes each, in each language, for a browser."""

import sys
from pathlib import Path

from publishing.mail_examples import EXAMPLES, PROVIDER, shown
from schemas.vocabulary import Locale
from services.notifications.adapters.letters import render


def write(folder: Path) -> None:
    """Write the HTML and the text of each mail, and a page that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for template in EXAMPLES:
        for locale in Locale:
            letter, name = render(template, locale, PROVIDER, shown(template)), f"{template}.{locale}"
            (folder / f"{name}.html").write_text(letter.html)
            (folder / f"{name}.txt").write_text(f"Subject: {letter.subject}\n\n{letter.text}")
            rows.append(f'<li><a href="{name}.html">{name}</a> (<a href="{name}.txt">text</a>)</li>')
    listed = "\n".join(rows)
    (folder / "index.html").write_text(
        f'<!doctype html>\n<meta charset="utf-8">\n<title>Mails</title>\n<ul>\n{listed}\n</ul>\n'
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
