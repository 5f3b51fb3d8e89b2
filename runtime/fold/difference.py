"""Where do two JSON values part? Path by path, so that an operator sees the field and both its values."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two values differ; None stands for null and for what is not there."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.before)} → {_shown(self.after)}"


def differences(before: Any, after: Any, path: str = "") -> list[Difference]:
    """Return every place in which `after` differs from `before`, named like `services.DOCUMENTS.expires_on`."""
    return list(_walk(before, after, path))


def json_differences(before: bytes | str | None, after: bytes | str | None) -> list[Difference]:
    """Compare two texts of JSON; one that is none is compared as text."""
    return differences(_read(before), _read(after))


def _walk(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _walk(before.get(name, _ABSENT), after.get(name, _ABSENT), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            one, other = (each[place] if place < len(each) else _ABSENT for each in (before, after))
            yield from _walk(one, other, f"{path}[{place}]")
    elif before is _ABSENT or after is _ABSENT or before != after or type(before) is not type(after):
        yield Difference(path or "all", _plain(before), _plain(after))


def _plain(value: Any) -> Any:
    return None if value is _ABSENT else value


def _read(text: bytes | str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
