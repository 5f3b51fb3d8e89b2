"""Is nobody left behind by a change that passes? Each kind of field is asked of real records and readers."""

import json
from functools import cache
from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, create_model

from publishing.compatibility import differences
from publishing.shape import json_schema, shape_of

TYPE = "tolls.TollPaid.v1"
Vehicle = Literal["CAR", "LORRY"]
LEFT_OUT = object()
KINDS: dict[str, tuple[Any, Any, list[Any]]] = {
    "absent": (None, None, [LEFT_OUT]),
    "text": (str, ..., ["", "a long word"]),
    "text or it": (str, "it", ["", "a long word", LEFT_OUT]),
    "text or null": (str | None, None, ["", "a long word", None, LEFT_OUT]),
    "short text": (Annotated[str, Field(max_length=3)], ..., ["", "abc"]),
    "short text or it": (Annotated[str, Field(max_length=3)], "it", ["", "abc", LEFT_OUT]),
    "vehicle": (Vehicle, ..., ["CAR", "LORRY"]),
    "vehicle or bus": (Literal["CAR", "LORRY", "BUS"], ..., ["CAR", "LORRY", "BUS"]),
    "euro": (Literal["EUR"], "EUR", ["EUR", LEFT_OUT]),
    "flag": (bool, ..., [True, False]),
    "flag or text": (bool | str, True, [True, "", LEFT_OUT]),
    "texts": (list[str], ..., [[], ["", "a long word"]]),
    "vehicles": (list[Vehicle], [], [[], ["LORRY"], LEFT_OUT]),
    "tariff": (dict[Vehicle, bool], ..., [{}, {"LORRY": True}]),
    "any tariff": (dict[str, bool], {}, [{}, {"BUS": True}, LEFT_OUT]),
    "lane": (create_model("Lane", number=(str, ...)), ..., [{"number": ""}]),
    "lane with a side": (
        create_model("Lane", number=(str, ...), side=(str, "LEFT")), ..., [{"number": ""}, {"number": "", "side": ""}],
    ),
    "lane and its side": (create_model("Lane", number=(str, ...), side=(str, ...)), ..., [{"number": "", "side": ""}]),
}  # fmt: skip
"""What a field may be, its default, and records of it at their extremes."""


@cache
def described(kind: str) -> dict[str, Any]:
    annotation, default, _ = KINDS[kind]
    fields: dict[str, Any] = {} if annotation is None else {"field": (annotation, default)}
    return json_schema(TYPE, create_model("TollPaid", **fields))


def records(kind: str) -> list[dict[str, Any]]:
    return [{} if value is LEFT_OUT else {"field": value} for value in KINDS[kind][2]]


def tolerated(record: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Tell whether a reader takes a record; it skips the fields that it does not know, as readers do."""
    open_schema = json.loads(
        json.dumps(schema).replace('"additionalProperties": false', '"additionalProperties": true')
    )
    return Draft202012Validator(open_schema).is_valid(record)


class TestWhateverPassesTheGate:
    @pytest.mark.parametrize("old", KINDS)
    def test_leaves_no_record_and_no_reader_behind(self, old: str) -> None:
        for new in KINDS:
            before, after = described(old), described(new)
            if not list(differences(shape_of(before), shape_of(after))):
                left = [record for record in records(old) if not Draft202012Validator(after).is_valid(record)]
                left += [record for record in records(new) if not tolerated(record, before)]
                assert left == [], f"{old} may become {new}"

    def test_is_the_same_or_a_new_field_with_a_default(self) -> None:
        pairs = [(old, new) for old in KINDS for new in KINDS if old != new]
        passed = {pair for pair in pairs if not list(differences(*(shape_of(described(kind)) for kind in pair)))}
        optional = {kind for kind, (_, default, _) in KINDS.items() if kind != "absent" and default is not ...}
        assert passed == {("absent", kind) for kind in optional} | {("lane", "lane with a side")}
