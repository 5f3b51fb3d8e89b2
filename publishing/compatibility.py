"""What of a changed schema would break somebody? Old readers on new records, new readers on old ones: both must go on.

Within a version a type may gain optional fields with defaults, and nothing else. What is said here per difference is a
clause; `publishing.record` makes the sentence of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from publishing.shape import Shape

_LOWER = {"minimum": "at least", "exclusiveMinimum": "more than", "minLength": "at least", "minItems": "at least"}
_UPPER = {"maximum": "at most", "exclusiveMaximum": "less than", "maxLength": "at most", "maxItems": "at most"}
_JUDGED = frozenset(
    {"type", "format", "const", "enum", "anyOf", "default", "properties", "required", "items", *_LOWER, *_UPPER}
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a field is now, and why that breaks somebody."""

    field: str
    sentence: str

    def __str__(self) -> str:
        return f"`{self.field}` {self.sentence}"


def differences(old: Shape, new: Shape) -> Iterator[Difference]:
    """Say each difference that breaks readers or records of the old shape; nothing where both go together."""
    yield from _object("", old, new)


def gained(old: Shape, new: Shape) -> list[str]:
    """Name the fields that a shape has and an older one has not, parts' fields by their path."""
    return sorted(set(_fields("", new)) - set(_fields("", old)))


def _object(path: str, old: Shape, new: Shape) -> Iterator[Difference]:
    before, after = old["properties"], new["properties"]
    gone = {name: field for name, field in before.items() if name not in after}
    added = {name: field for name, field in after.items() if name not in before}
    for name, field in gone.items():
        successor = next((other for other, shape in added.items() if shape == field), None)
        if successor is None:
            yield Difference(f"{path}{name}", "is gone, though its records hold it and its readers ask for it")
        else:
            del added[successor]
            yield Difference(
                f"{path}{name}", f"is now called `{path}{successor}`, a name that its records and readers don't know"
            )
    for name, field in added.items():
        if name in new["required"]:
            yield Difference(
                f"{path}{name}", "is new and required, and its records lack it (with a default it may come)"
            )
        elif "default" not in field:
            yield Difference(
                f"{path}{name}", "is new and says no default for the records that lack it (with one it may come)"
            )
    for name in sorted(before.keys() & after.keys()):
        yield from _requirement(f"{path}{name}", name in old["required"], name in new["required"])
        yield from _field(f"{path}{name}", before[name], after[name])


def _requirement(path: str, was: bool, is_now: bool) -> Iterator[Difference]:
    if is_now and not was:
        yield Difference(path, "was optional and is required, and its records may lack it")
    if was and not is_now:
        yield Difference(path, "was always there and is optional, and its readers rely on it")


def _field(path: str, old: Shape, new: Shape) -> Iterator[Difference]:
    if "default" in old and old.get("default") != new.get("default"):
        yield Difference(path, f"left out meant {_json(old['default'])} and means {_json(new.get('default'))}")
    old_kinds, new_kinds = _kinds(old), _kinds(new)
    if _types(old_kinds) != _types(new_kinds):
        yield Difference(path, f"was {_named(old_kinds)} and is {_named(new_kinds)}")
        return
    for before, after in zip(old_kinds, new_kinds, strict=True):
        yield from _kind(path, before, after)


def _kind(path: str, old: Shape, new: Shape) -> Iterator[Difference]:
    yield from _words(path, old, new)
    yield from _limits(path, old, new)
    for name in sorted((old.keys() | new.keys()) - _JUDGED - {"additionalProperties", "propertyNames"}):
        if old.get(name) != new.get(name):
            yield Difference(path, f"had {name} {_json(old.get(name))} and has {_json(new.get(name))}")
    if "properties" in old:
        yield from _object(f"{path}.", old, new)
    elif isinstance(old.get("additionalProperties"), dict):
        yield from _field(f"{path}{{}}", old["additionalProperties"], new["additionalProperties"])
        yield from _field(f"{path}'s keys", old.get("propertyNames", {}), new.get("propertyNames", {}))
    if "items" in old:
        yield from _field(f"{path}[]", old["items"], new["items"])


def _words(path: str, old: Shape, new: Shape) -> Iterator[Difference]:
    if "enum" not in old:
        return
    lost = [word for word in old["enum"] if word not in new["enum"]]
    grown = [word for word in new["enum"] if word not in old["enum"]]
    if lost:
        yield Difference(path, f"no longer knows {_list(lost)}, which its records may hold")
    if grown:
        yield Difference(
            path, f"now knows {_list(grown)}, which its readers don't: a closed enum never grows within a version"
        )


def _limits(path: str, old: Shape, new: Shape) -> Iterator[Difference]:
    for name, word in {**_LOWER, **_UPPER}.items():
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        change = f"allowed {_limit(word, was)} and allows {_limit(word, now)}"
        narrower = was is None or (now is not None and (now > was if name in _LOWER else now < was))
        yield Difference(
            path, f"{change}, and its {'records may not fit' if narrower else 'readers may refuse what is new'}"
        )


def _kinds(field: Shape) -> list[Shape]:
    choices = field.get("anyOf", [field])
    return sorted(({k: v for k, v in choice.items() if k != "default"} for choice in choices), key=_type)


def _types(kinds: list[Shape]) -> list[str]:
    return [_type(kind) for kind in kinds]


def _type(kind: Shape) -> str:
    """Name what a value is, so far that another name means another value."""
    if "const" in kind:
        return f"always {_json(kind['const'])}"
    if "enum" in kind:
        return "one of several words"
    if "items" in kind:
        return "a list"
    if "properties" in kind:
        return "an object"
    if isinstance(kind.get("additionalProperties"), dict):
        return "a mapping"
    return f"{kind.get('type', 'anything')}{' ' + kind['format'] if 'format' in kind else ''}"


def _named(kinds: list[Shape]) -> str:
    return " or ".join(_types(kinds))


def _fields(path: str, shape: Shape) -> Iterator[str]:
    for name, field in shape.get("properties", {}).items():
        yield f"{path}{name}"
        for kind in _kinds(field):
            yield from _fields(f"{path}{name}.", kind)
            yield from _fields(f"{path}{name}[].", kind.get("items", {}))


def _limit(word: str, value: Any) -> str:
    return "any" if value is None else f"{word} {value}"


def _list(words: list[Any]) -> str:
    return ", ".join(str(word) for word in words)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
