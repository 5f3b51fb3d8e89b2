"""How does somebody browse the contract who has no tools? In docs/contract.html: it needs a browser, no network."""

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from publishing.asyncapi import ATTRIBUTES, REQUIRED
from publishing.entries import Definition, Entry, Span, definitions, entries
from publishing.readers import readers_of_topic
from publishing.record import Record
from schemas.topics import PARTITIONS, RETENTION_HOURS, WRITTEN_BY

FOLDER = Path(__file__).with_name("page")

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=:))|(?P<text>"(?:[^"\\]|\\.)*")|(?P<plain>\b(?:true|false|null)\b|-?\d+)'
)


def contract_page(examples: Mapping[str, str], record: Record) -> str:
    """Write the page; `examples` are the golden records by type."""
    events = list(entries(examples, record))
    shared = definitions()
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "typed": _typed,
        "coloured": _coloured,
        "words": _words,
        "marked_up": _marked_up,
        "gap": _gap,
    }
    return environment.get_template("contract.html.j2").render(
        topics=[(topic, list(group)) for topic, group in groupby(events, key=lambda entry: entry.topic)],
        shapes=[definition for definition in shared if definition.fields],
        vocabulary=[definition for definition in shared if definition.values],
        attributes=[(name, meaning, name in REQUIRED) for name, meaning in ATTRIBUTES.items()],
        written_by=WRITTEN_BY,
        read_by={topic: readers_of_topic(topic) for topic in WRITTEN_BY},
        kept={topic: _kept(hours) for topic, hours in RETENTION_HOURS.items()},
        partitions=PARTITIONS,
        readers=sorted({reader for entry in events for reader in entry.read_by}),
        count=len(events),
        style=Markup(_part("contract.css")),  # noqa: S704 - our own file
        script=Markup(_part("contract.js")),  # noqa: S704 - our own file
    )


def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _kept(hours: int | None) -> str:
    return "for ever" if hours is None else f"{hours // 24} days"


def _typed(spans: tuple[Span, ...]) -> Markup:
    return Markup("").join(_span(span) for span in spans)


def _span(span: Span) -> Markup:
    if span.is_link:
        return Markup('<a href="#{0}">{0}</a>').format(span.text)
    return Markup("<code>{}</code>").format(span.text) if span.is_value else escape(span.text)


def _gap(name: str) -> Markup:
    """Let a long name break where a reader would."""
    return Markup("<wbr>").join(re.split(r"(?<=[._])|(?<=[a-z])(?=[A-Z])", name))


def _marked_up(sentence: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = enumerate(sentence.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in parts)


def _coloured(text: str) -> Markup:
    parts, end = [], 0
    for found in _TOKEN.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<i class="{}">{}</i>').format(found.lastgroup, found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _words(entry: Entry | Definition) -> str:
    """Say by which words a reader may find this."""
    fields = [word for field in entry.fields for word in (field.name, *(span.text for span in field.type))]
    if isinstance(entry, Definition):
        return " ".join([entry.name, entry.meaning, *entry.values, *fields]).lower()
    return " ".join([entry.type, entry.fact, *fields, *(field.meaning for field in entry.fields)]).lower()
