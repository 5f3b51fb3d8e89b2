"""Can a person read the contract without tools? What the generated pages hold, and that they need nothing else."""

import html
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from publishing.entries import Entry, definitions, entries, limits_of
from publishing.record import Published, Record, Revision, read_record
from schemas.topics import INTAKE_BODIES, PUBLISHED, REJECTIONS, TYPES, WRITTEN_BY

EVERY_TYPE = sorted({**INTAKE_BODIES, **REJECTIONS, **TYPES})
EVENTS = Path("docs/events.md").read_text(encoding="utf-8")
CONTRACT = Path("docs/contract.html").read_text(encoding="utf-8")
EXAMPLES = {name: Path(f"schemas/examples/{name}.json").read_text(encoding="utf-8") for name in EVERY_TYPE}


def by_type(record: Record | None = None) -> dict[str, Entry]:
    return {entry.type: entry for entry in entries(EXAMPLES, record or read_record(Path()))}


BY_TYPE = by_type()


class Page(HTMLParser):
    """Gather what a page names, links and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.loads: list[str] = []
        self.examples: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if named.get("id"):
            self.ids[str(named["id"])] += 1
        if tag == "a" and named.get("href"):
            self.links.add(str(named["href"]))
        if "src" in named or tag in {"link", "iframe", "img", "object"}:
            self.loads.append(f"{tag} {named}")
        if tag == "pre":
            self.examples.append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "pre" in self._open:
            self.examples[-1] += data


PAGE = Page(CONTRACT)


class TestTheContractPage:
    def test_loads_nothing(self) -> None:
        assert PAGE.loads == []
        assert "@import" not in CONTRACT
        assert "url(" not in CONTRACT
        assert "default-src 'none'" in CONTRACT

    def test_tells_every_type_topic_shape_and_word_once(self) -> None:
        expected = [*EVERY_TYPE, *WRITTEN_BY, *(definition.name for definition in definitions())]
        assert [name for name in expected if PAGE.ids[name] != 1] == []
        assert max(PAGE.ids.values()) == 1

    def test_has_no_link_that_leads_nowhere(self) -> None:
        inside = {link.removeprefix("#") for link in PAGE.links if link.startswith("#")}
        assert inside - set(PAGE.ids) == set()

    def test_shows_every_golden_example_whole(self) -> None:
        shown = [json.loads(example) for example in PAGE.examples]
        assert len(shown) == len(EVERY_TYPE)
        assert all(json.loads(example) in shown for example in EXAMPLES.values())


class TestTheCatalogue:
    @pytest.mark.parametrize("event_type", EVERY_TYPE)
    def test_tells_each_type_with_its_readers_fields_and_history(self, event_type: str) -> None:
        section = EVENTS.partition(f"\n### {event_type}\n")[2].partition("\n### ")[0]
        entry = BY_TYPE[event_type]
        assert entry.fact in section
        assert f"written by {entry.written_by} · read by {', '.join(entry.read_by) or 'nobody else'}" in section
        assert f"History: v{event_type.rpartition('.v')[2]}.0 since " in section
        for field in entry.fields:
            assert re.search(rf"^\| `{field.name}` \| .+ \| {re.escape(field.unit)} \| .+ \|$", section, re.MULTILINE)

    def test_has_no_link_that_leads_nowhere(self) -> None:
        anchors = {re.sub(r"[^\w-]", "", heading.lower()) for heading in re.findall(r"^#+ (.+)$", EVENTS, re.MULTILINE)}
        assert set(re.findall(r"\]\(#([^)]+)\)", EVENTS)) - anchors == set()
        for path in re.findall(r"\]\((\.\./[^)]+|[a-z]+\.html)\)", EVENTS):
            assert (Path("docs") / path).is_file(), path


class TestEveryField:
    def test_of_a_type_has_a_meaning(self) -> None:
        fields = {(entry.type, field.name): field.meaning for entry in BY_TYPE.values() for field in entry.fields}
        assert [place for place, meaning in fields.items() if not meaning] == []

    def test_of_a_shape_has_a_meaning(self) -> None:
        shapes = [definition for definition in definitions() if definition.fields]
        assert [(shape.name, field.name) for shape in shapes for field in shape.fields if not field.meaning] == []

    def test_that_counts_money_or_days_has_its_unit_apart(self) -> None:
        (due,) = [field for field in BY_TYPE["billing.OrderPriced.v1"].fields if field.name == "total_cents"]
        assert (due.unit, due.meaning) == ("Integer EUR cents", "VAT included: what is to be paid.")


class TestEveryLimitOfAField:
    @pytest.mark.parametrize(
        ("schema", "words", "pattern"),
        [
            (
                {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z]+$"},
                "1 to 64 characters",
                "^[a-z]+$",
            ),
            ({"anyOf": [{"type": "string", "maxLength": 20}, {"type": "null"}]}, "at most 20 characters", ""),
            ({"type": "integer", "minimum": 0, "maximum": 100_000}, "0 to 100,000", ""),
            ({"type": "integer", "minimum": 1}, "1 or more", ""),
            ({"type": "integer", "exclusiveMinimum": 0}, "more than 0", ""),
            ({"type": "array", "maxItems": 20}, "at most 20 items", ""),
            ({"type": "boolean"}, "", ""),
        ],
    )
    def test_is_said_in_words(self, schema: dict[str, Any], words: str, pattern: str) -> None:
        assert limits_of(schema) == (words, pattern)

    def test_is_on_both_pages(self) -> None:
        limited = [
            (field.name, limit)
            for fields in (*(each.fields for each in BY_TYPE.values()), *(each.fields for each in definitions()))
            for field in fields
            for limit in (field.limits, field.pattern)
            if limit
        ]
        assert len(limited) > 50
        in_markdown = EVENTS.replace("\\|", "|")
        missing = [each for each in limited if each[1] not in in_markdown or each[1] not in html.unescape(CONTRACT)]
        assert missing == []

    def test_keeps_a_row_of_the_catalogue_one_row(self) -> None:
        rows = [line for line in EVENTS.splitlines() if line.startswith("| `")]
        assert [row for row in rows if len(re.findall(r"(?<!\\)\|", row)) != 5] == []


class TestTheHistoryOfAVersion:
    NAME = "orders.OrderHeld.v1"

    def _published(self, *fields: str, visibility: str = "public") -> Published:
        described = {"properties": {name: {"type": "string", "default": ""} for name in fields}, "required": []}
        return Published("orders.events", visibility, described)

    def _history(self, *states: Published) -> list[tuple[str, str, str]]:
        record = dict(read_record(Path()))
        record[self.NAME] = [Revision(self.NAME, n, f"1.{n}.0", state) for n, state in enumerate(states)]
        return [(step.name, step.since, step.what) for step in by_type(record)[self.NAME].history]

    def test_names_what_each_revision_gained_and_since_when(self) -> None:
        states = self._published("a"), self._published("a", "b", "c"), self._published("a", "b", "c", "d")
        assert self._history(*states) == [
            ("v1.0", "1.0.0", ""), ("v1.1", "1.1.0", "Gained b, c."), ("v1.2", "1.2.0", "Gained d."),
        ]  # fmt: skip

    def test_says_when_it_became_public(self) -> None:
        states = self._published("a", visibility="internal"), self._published("a")
        assert self._history(*states)[1] == ("v1.1", "1.1.0", "Became public.")

    def test_tells_how_old_records_are_read_as_a_new_version(self) -> None:
        (step,) = BY_TYPE["billing.PricingRefused.v2"].history
        assert step.what == "Gained reason. From v1: read the reason from the sentence."
        assert BY_TYPE["billing.PricingRefused.v1"].superseded_by == "billing.PricingRefused.v2"


class TestEveryType:
    def test_is_told_under_one_topic(self) -> None:
        assert sum(map(len, PUBLISHED.values())) == len(EVERY_TYPE)
