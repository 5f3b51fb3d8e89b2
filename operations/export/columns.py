"""Which column does each field of an event become?

The pydantic models say it: integers stay integers (cents too), dates dates, instants UTC microseconds, enums strings,
parts structs, lists of parts lists of structs. What tells of a person becomes no column at all.
"""

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel

from schemas.personal import SealedBlock

INSTANT = pa.timestamp("us", tz="UTC")
WITHHELD = frozenset({"idempotency_key", "released_tax_identifier", "why"})
"""Besides sealed blocks and every `…_hash`: keyed hashes under another name, and what an operator wrote by hand."""

_PLAIN: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: INSTANT,
    AwareDatetime: INSTANT,
}


class NoColumn(TypeError):
    """A field of a type that no column is known for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field that is exported, and the type it has there."""

    name: str
    kind: pa.DataType
    optional: bool = False

    @property
    def field(self) -> pa.Field:
        """The column as Arrow declares it."""
        return pa.field(self.name, self.kind, nullable=self.optional)

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Turn the field's values, one per event, into the column."""
        return array_of(values, self.kind)


def columns_of(model: type[BaseModel]) -> tuple[Column, ...]:
    """List the columns of a model in the order of its fields, without what is withheld.

    Raises NoColumn for a field of a type that no column is known for.
    """
    return tuple(_columns(model))


def is_withheld(name: str, annotation: Any) -> bool:
    """Tell whether a field stays out of the export: it is personal, or stands for something personal."""
    return _bare(annotation)[0] is SealedBlock or name.endswith("_hash") or name in WITHHELD


def array_of(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Turn values as the models hold them into an array; parts become structs, mappings maps."""
    if pa.types.is_struct(kind):
        children = [
            array_of([None if value is None else getattr(value, field.name) for value in values], field.type)
            for field in kind
        ]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=_mask(values))
    if pa.types.is_list(kind):
        offsets: list[int] = [0]
        items: list[Any] = []
        for value in values:
            items += value or ()
            offsets.append(len(items))
        return pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), array_of(items, kind.value_type), type=kind, mask=_mask(values)
        )
    if pa.types.is_map(kind):
        return pa.array([None if value is None else list(value.items()) for value in values], kind)
    return pa.array(values, kind)


def _columns(model: type[BaseModel]) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        if is_withheld(name, field.annotation):
            continue
        bare, optional = _bare(field.annotation)
        yield Column(name, _kind(bare, f"{model.__name__}.{name}"), optional)


def _kind(annotation: Any, where: str) -> pa.DataType:
    bare, _ = _bare(annotation)
    if bare in _PLAIN:
        return _PLAIN[bare]
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is list:
        return pa.list_(pa.field("item", _kind(arguments[0], where), nullable=False))
    if origin is dict:
        return pa.map_(_kind(arguments[0], where), _kind(arguments[1], where))
    if origin is Literal and all(isinstance(choice, str) for choice in arguments):
        return pa.string()
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return pa.string()
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        # An absent part has absent fields: Parquet wants each of them to allow it.
        return pa.struct([column.field.with_nullable(True) for column in _columns(bare)])
    raise NoColumn(f"{where}: no column is known for {bare}: add it to operations/export/columns.py")


def _bare(annotation: Any) -> tuple[Any, bool]:
    """Strip limits and `| None` from a type, and say whether it may be absent."""
    if annotation is not AwareDatetime and get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [choice for choice in get_args(annotation) if choice is not type(None)]
        if len(kept) == 1:
            return _bare(kept[0])[0], True
    return annotation, False


def _mask(values: Sequence[Any]) -> pa.Array | None:
    absent = [value is None for value in values]
    return pa.array(absent, pa.bool_()) if any(absent) else None
