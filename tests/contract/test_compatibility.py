"""Can a published type be changed so that somebody is left behind? Each kind of change, and what is said of it."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from publishing.compatibility import differences, gained
from publishing.record import Published, Record, Revision, additions, breaches, path_of, read_record, text_of
from publishing.shape import Shape, json_schema, shape_of

TYPE = "tolls.TollPaid.v1"
ADVICE = "Make the change tolls.TollPaid.v2, with an upcast (CONTRIBUTING.md, Change an event)."
Vehicle = Literal["CAR", "LORRY"]
Lane = create_model("Lane", number=(str, ...), toll_cents=(int, ...))
LANE: Any = create_model("Lane", number=(str, ...))
FIELDS: dict[str, Any] = {
    "customer_id": (str, ...),
    "toll_cents": (Annotated[int, Field(ge=0, le=1000)], ...),
    "vehicle": (Vehicle, ...),
    "currency": (Literal["EUR"], ...),
    "locale": (str, "it"),
    "note": (str | None, None),
    "lanes": (list[Lane], ...),
    "prices_cents": (dict[Vehicle, int], ...),
}


def shape(fields: dict[str, Any]) -> Shape:
    model: type[BaseModel] = create_model("TollPaid", **fields)
    return shape_of(json_schema(TYPE, model))


def changed(**changes: Any) -> Shape:
    """Describe the toll with some fields changed; one that becomes `None` is left out."""
    return shape({name: field for name, field in (FIELDS | changes).items() if field is not None})


def published(described: Shape, **changes: Any) -> Published:
    return Published(changes.get("topic", "tolls.events"), changes.get("visibility", "public"), described)


def record(*states: Published) -> Record:
    return {TYPE: [Revision(TYPE, number, "1.0.0", state) for number, state in enumerate(states)]}


def said_of(new: Shape) -> list[str]:
    return list(breaches(record(published(shape(FIELDS))), {TYPE: published(new)}))


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a removed field": (
        {"note": None},
        "`note` is gone, though its records hold it and its readers ask for it",
    ),
    "a renamed field": (
        {"toll_cents": None, "paid_cents": FIELDS["toll_cents"]},
        "`toll_cents` is now called `paid_cents`, a name that its records and readers don't know",
    ),
    "a retyped field": ({"toll_cents": (str, ...)}, "`toll_cents` was integer and is string"),
    "a field of another format": ({"note": (str, None)}, "`note` was null or string and is string"),
    "a field that may be null": ({"locale": (str | None, "it")}, "`locale` was string and is null or string"),
    "a list of one": ({"lanes": (Lane, ...)}, "`lanes` was a list and is an object"),
    "another constant": ({"currency": (Literal["CHF"], ...)}, '`currency` was always "EUR" and is always "CHF"'),
    "a newly required field": (
        {"plate": (str, ...)},
        "`plate` is new and required, and its records lack it (with a default it may come)",
    ),
    "an optional field that is required": (
        {"locale": (str, ...)},
        "`locale` was optional and is required, and its records may lack it",
    ),
    "a required field that is optional": (
        {"vehicle": (Vehicle, "CAR")},
        "`vehicle` was always there and is optional, and its readers rely on it",
    ),
    "a new field that says no default": (
        {"extras": (list[str], Field(default_factory=list))},
        "`extras` is new and says no default for the records that lack it (with one it may come)",
    ),
    "another default": ({"locale": (str, "en")}, '`locale` left out meant "it" and means "en"'),
    "a grown enum": (
        {"vehicle": (Literal["CAR", "LORRY", "BUS"], ...)},
        "`vehicle` now knows BUS, which its readers don't: a closed enum never grows within a version",
    ),
    "a shrunk enum": (
        {"vehicle": (Literal["CAR", "VAN"], ...)},
        "`vehicle` no longer knows LORRY, which its records may hold",
    ),
    "a narrowed limit": (
        {"toll_cents": (Annotated[int, Field(ge=0, le=500)], ...)},
        "`toll_cents` allowed at most 1000 and allows at most 500, and its records may not fit",
    ),
    "a new limit": (
        {"locale": (Annotated[str, Field(min_length=2)], "it")},
        "`locale` allowed any and allows at least 2, and its records may not fit",
    ),
    "a widened limit": (
        {"toll_cents": (Annotated[int, Field(le=1000)], ...)},
        "`toll_cents` allowed at least 0 and allows any, and its readers may refuse what is new",
    ),
    "a new pattern": (
        {"locale": (Annotated[str, Field(pattern="^[a-z]{2}$")], "it")},
        '`locale` had pattern null and has "^[a-z]{2}$"',
    ),
    "a change inside a part of a list": (
        {"lanes": (list[LANE], ...)},
        "`lanes[].toll_cents` is gone, though its records hold it and its readers ask for it",
    ),
    "a change of a mapping's values": (
        {"prices_cents": (dict[Vehicle, str], ...)},
        "`prices_cents{}` was integer and is string",
    ),
    "a change of a mapping's keys": (
        {"prices_cents": (dict[Literal["CAR", "LORRY", "BUS"], int], ...)},
        "`prices_cents's keys` now knows BUS, which its readers don't: a closed enum never grows within a version",
    ),
}


class TestWithinAVersion:
    @pytest.mark.parametrize("change", CHANGES)
    def test_is_refused(self, change: str) -> None:
        fields, clause = CHANGES[change]
        sentence = f"{TYPE}: since v1.0, {clause}. {ADVICE}"
        assert sentence in said_of(changed(**fields))
        assert all(
            breach.startswith(f"{TYPE}: since v1.0, ") and breach.endswith(ADVICE)
            for breach in said_of(changed(**fields))
        )

    def test_each_change_of_a_field_is_told(self) -> None:
        sentences = said_of(changed(vehicle=(Literal["CAR", "VAN"], "CAR")))
        assert [each.partition("`vehicle` ")[2].partition(",")[0] for each in sentences] == [
            "was always there and is optional",
            "no longer knows LORRY",
            "now knows VAN",
        ]

    def test_the_same_is_fine(self) -> None:
        assert said_of(changed()) == []

    def test_an_optional_field_with_a_default_is_fine(self) -> None:
        grown = changed(plate=(str | None, None), axles_cents=(int, 2))
        assert said_of(grown) == []
        assert gained(shape(FIELDS), grown) == ["axles_cents", "plate"]

    def test_an_optional_field_inside_a_part_is_fine(self) -> None:
        lane = create_model("Lane", number=(str, ...), toll_cents=(int, ...), side=(str, "LEFT"))
        grown = changed(lanes=(list[lane], ...))
        assert said_of(grown) == []
        assert gained(shape(FIELDS), grown) == ["lanes[].side"]

    def test_a_description_may_be_mended_and_a_part_be_named_anew(self) -> None:
        lane = create_model("TollLane", number=(str, ...), toll_cents=(int, ...))
        assert (
            said_of(changed(note=(str | None, Field(None, description="For people.")), lanes=(list[lane], ...))) == []
        )


class TestATypeAsAWhole:
    def test_that_lost_its_model_is_refused(self) -> None:
        (breach,) = breaches(record(published(shape(FIELDS))), {})
        assert breach == (f"{TYPE} was published and has no model: its records stay in the log; bring its model back.")

    def test_that_moved_to_another_topic_is_refused(self) -> None:
        (breach,) = breaches(record(published(shape(FIELDS))), {TYPE: published(shape(FIELDS), topic="roads.events")})
        assert "`topic` was tolls.events, where its readers and its history are, and is roads.events" in breach

    def test_that_is_taken_from_analysts_is_refused(self) -> None:
        (breach,) = breaches(record(published(shape(FIELDS))), {TYPE: published(shape(FIELDS), visibility="internal")})
        assert "`visibility` was public, so that analysts read it, and is internal" in breach

    def test_that_is_given_to_analysts_is_fine(self) -> None:
        inside = record(published(shape(FIELDS), visibility="internal"))
        assert list(breaches(inside, {TYPE: published(shape(FIELDS))})) == []

    def test_that_changed_after_its_next_version_came_is_told_of_the_one_after(self) -> None:
        now = {TYPE: published(changed(note=None)), "tolls.TollPaid.v2": published(changed(note=None))}
        (breach,) = breaches(record(published(shape(FIELDS))), now)
        assert "Make the change tolls.TollPaid.v3" in breach


class TestEveryRevisionEverPublished:
    FIRST = published(changed())
    SECOND = published(changed(plate=(str | None, None)))

    def test_counts_not_only_the_last(self) -> None:
        """A field that came with v1.1 is gone again: v1.0 would allow that."""
        assert list(breaches(record(self.FIRST), {TYPE: self.FIRST})) == []
        (breach,) = breaches(record(self.FIRST, self.SECOND), {TYPE: self.FIRST})
        assert breach.startswith(f"{TYPE}: since v1.1, `plate` is gone")

    def test_says_a_breach_once_and_since_when(self) -> None:
        now = published(changed(plate=(str | None, None), note=None))
        (breach,) = breaches(record(self.FIRST, self.SECOND), {TYPE: now})
        assert breach.startswith(f"{TYPE}: since v1.0, `note` is gone")

    def test_that_was_removed_from_the_record_is_missed(self) -> None:
        gap: Record = {TYPE: [Revision(TYPE, 1, "1.0.0", self.SECOND)]}
        (breach,) = breaches(gap, {TYPE: self.SECOND})
        assert breach.startswith("schemas/published/tolls.TollPaid.v1.0.json is missing")

    def test_is_recorded_when_the_version_gains_something(self) -> None:
        (added,) = additions(record(self.FIRST), {TYPE: self.SECOND}, "1.1.0")
        assert added == Revision(TYPE, 1, "1.1.0", self.SECOND)

    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        (written,) = additions(record(self.FIRST), {TYPE: self.SECOND}, "1.1.0")
        path = tmp_path / path_of(TYPE, 1)
        path.parent.mkdir(parents=True)
        path.write_text(text_of(written), encoding="utf-8")
        assert path.name == "tolls.TollPaid.v1.1.json"
        assert read_record(tmp_path) == {TYPE: [written]}

    def test_is_not_recorded_when_it_breaks_what_was_published(self) -> None:
        assert list(additions(record(self.FIRST), {TYPE: published(changed(note=None))}, "1.1.0")) == []

    def test_is_recorded_once(self) -> None:
        assert list(additions(record(self.FIRST, self.SECOND), {TYPE: self.SECOND}, "1.1.0")) == []


class TestAShape:
    def test_says_nothing_of_names_and_words(self) -> None:
        assert "description" not in json.dumps(shape(FIELDS))
        assert list(differences(shape(FIELDS), shape(FIELDS))) == []
