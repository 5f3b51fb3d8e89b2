"""Which events are there, and what does each one say? The catalogue that people read: docs/events.md."""

import json
from itertools import groupby

from publishing.entries import Definition, Entry, Field, Span, Step, definitions, entries
from publishing.readers import readers_of_topic
from publishing.record import Record
from schemas.topics import PARTITIONS, RETENTION_HOURS, WRITTEN_BY

OPENING = f"""# The events

Written by `make schemas` from `schemas/*.py`: change those. [contract.html](contract.html) tells the same, to browse.

Every record is a CloudEvent in structured JSON; the tables below describe its `data`. The key of a record is the
customer id (of a rejection it is the refused record's), and each topic has {PARTITIONS} partitions. A **public** event
is for analytics too; an **internal** one is its service's own bookkeeping, on the same topic. *Read by* names who acts
on a type; whoever else reads the topic skips it. `v1.0` is a version as it was first published, `v1.1` what it has
gained since: only optional fields. Whoever reads through this repository's code meets the newest version only.
Shapes and words that several events share are at the end.
"""


def events_page(examples: dict[str, str], record: Record) -> str:
    """Write the page; `examples` are the golden records by type."""
    sections = [OPENING]
    for topic, of_topic in groupby(entries(examples, record), key=lambda entry: entry.topic):
        sections.append(_topic(topic))
        sections.extend(_event(entry) for entry in of_topic)
    shared = definitions()
    sections.append("## Shapes\n")
    sections.extend(_definition(definition) for definition in shared if definition.fields)
    sections.append("## Words\n")
    sections.extend(_definition(definition) for definition in shared if definition.values)
    return "\n".join(sections)


def _topic(topic: str) -> str:
    hours = RETENTION_HOURS[topic]
    kept = "for ever" if hours is None else f"{hours // 24} days"
    return f"## {topic}\n\nWritten by {WRITTEN_BY[topic]}, read by {', '.join(readers_of_topic(topic))}. Kept {kept}.\n"


def _event(entry: Entry) -> str:
    data = json.dumps(json.loads(entry.example)["data"], indent=2, ensure_ascii=False)
    links = f"[schema](../schemas/json/{entry.type}.json) · [example](../schemas/examples/{entry.type}.json)"
    return (
        f"### {entry.type}\n\n{entry.fact}\n\n{_succession(entry)}"
        f"{entry.visibility.capitalize()} · written by {entry.written_by}"
        f" · read by {', '.join(entry.read_by) or 'nobody else'} · {links}\n\n"
        f"{_table(entry.fields)}\nHistory: {' '.join(map(_step, entry.history))}\n"
        f"\n<details><summary>An example's data</summary>\n\n```json\n{data}\n```\n\n</details>\n"
    )


def _succession(entry: Entry) -> str:
    newer = entry.superseded_by
    anchor = newer.lower().replace(".", "")
    return f"**Superseded by [{newer}](#{anchor})**: nobody writes it any more, its records stay.\n\n" if newer else ""


def _step(step: Step) -> str:
    return f"{step.name} since {step.since}. {step.what}".strip()


def _definition(definition: Definition) -> str:
    meaning = f"{definition.meaning}\n\n" if definition.meaning else ""
    values = " · ".join(f"`{value}`" for value in definition.values)
    return f"### {definition.name}\n\n{meaning}{_table(definition.fields) if definition.fields else values + chr(10)}"


def _table(fields: tuple[Field, ...]) -> str:
    rows = ["| field | type | unit | meaning |", "| --- | --- | --- | --- |"]
    rows += [f"| `{field.name}` | {_type(field)} | {field.unit} | {_meaning(field)} |" for field in fields]
    return "\n".join(rows) + "\n"


def _type(field: Field) -> str:
    parts = [
        "".join(map(_span, field.type)),
        *([field.limits] if field.limits else []),
        *([_code(field.pattern)] if field.pattern else []),
    ]
    return ", ".join(parts)


def _code(text: str) -> str:
    """Set as code, in a table, what may hold the marks of both."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|")


def _meaning(field: Field) -> str:
    optional = f"Optional, else `{field.default}`." if field.default else "Optional."
    return f"{field.meaning} {optional}".strip() if field.is_optional else field.meaning


def _span(span: Span) -> str:
    if span.is_link:
        return f"[{span.text}](#{span.text.lower()})"
    return f"`{span.text}`" if span.is_value else span.text
