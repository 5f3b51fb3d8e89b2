"""Is what we publish what the models say? Write it (`python -m publishing.generate`), or check it (`--check`)."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from publishing.asyncapi import asyncapi
from publishing.contract_page import contract_page
from publishing.events_page import events_page
from publishing.record import (
    SUMS,
    Published,
    Revision,
    Sums,
    additions,
    breaches,
    drafts,
    edited,
    is_draft,
    path_of,
    read_record,
    read_sums,
    release,
    text_of,
    with_additions,
    with_new,
)
from publishing.shape import json_schema, shape_of
from schemas.envelope import Envelope, Event, Part
from schemas.topics import PUBLISHED

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = Path("schemas/json")
EXAMPLES = Path("schemas/examples")


class ExampleMissing(Exception):
    """A type has no golden example, without which nothing can show it."""


def main(arguments: list[str] | None = None) -> int:
    """Write what is published, or with --check say what of it is out of date; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m publishing.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is out of date")
    checking = parser.parse_args(arguments).check
    try:
        if not checking:
            for path in write():
                print(f"wrote {path}")
        complaints = list(check())
    except ExampleMissing as missing:
        complaints = [*breaches(read_record(ROOT), _published()), str(missing)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def write(root: Path = ROOT, now: str = release(ROOT)) -> Iterator[Path]:
    """Write what differs, add what is missing of the record, remember new examples, and yield each path.

    An example is written by hand and, like a published revision, never written again; a change that breaks what was
    published is not recorded. In a draft the record follows the models.
    """
    if _read(root / SUMS) != (sums := with_new(root, _sums(root, now), _fitting(root))):
        yield _put(root, SUMS, sums)
    for revision in drafts(read_record(root), _published()):
        (root / path_of(revision.event_type, revision.number)).unlink()
    for revision in _unrecorded(root, now):
        yield _put(root, path_of(revision.event_type, revision.number), text_of(revision))
    for path, text in _generated(root, now).items():
        if _read(root / path) != text:
            yield _put(root, path, text)
    for path in _strays(root, SCHEMAS):
        (root / path).unlink()
        yield path


def check(root: Path = ROOT, now: str = release(ROOT)) -> Iterator[str]:
    """Say what is out of date, each with what to do about it."""
    yield from _check_record(root, now)
    yield from _check_examples(root, now)
    for path, text in _generated(root, now).items():
        if _read(root / path) != text:
            yield f"{path} is not what schemas/*.py says: run `make schemas` and commit the result."
    for path in _strays(root, SCHEMAS, EXAMPLES):
        yield f"{path} belongs to no type: a published type is never removed; bring its model back."


def _check_examples(root: Path, now: str) -> Iterator[str]:
    for event_type, model in _types().items():
        if error := _misfit(root, event_type, model):
            yield (
                f"{_example(event_type)} no longer fits {event_type}: a published version only gains optional fields "
                f"with defaults. Make the change a new version with an upcast (CONTRIBUTING.md). {error}"
            )
    for path in edited(root, _sums(root, now)):
        yield f"{path} was edited: an example is never changed, since such records are in the log; bring it back."
    if _read(root / SUMS) != with_new(root, _sums(root, now), _fitting(root)):
        yield f"{SUMS} lacks an example: run `make schemas` and commit it."


def _check_record(root: Path, now: str) -> Iterator[str]:
    yield from breaches(read_record(root), _published())
    for revision in _unrecorded(root, now):
        path, state = path_of(revision.event_type, revision.number), "missing"
        if (root / path).exists():
            state = "not what schemas/*.py says"
        yield f"{path} is {state}: run `make schemas` and commit it."
    for revision in drafts(read_record(root), _published()):
        yield f"{path_of(revision.event_type, revision.number)} is of a draft that is past: run `make schemas`."


def _misfit(root: Path, event_type: str, model: type[BaseModel]) -> str:
    try:
        envelope = Envelope.model_validate_json(_read(root / _example(event_type)) or "{}")
        _closed(model).model_validate(envelope.data)
    except ValueError as error:
        return str(error)
    return ""


def _fitting(root: Path) -> list[Path]:
    return [_example(event_type) for event_type, model in _types().items() if not _misfit(root, event_type, model)]


def _closed(model: type[BaseModel]) -> type[BaseModel]:
    # Our models tolerate unknown fields; in our own examples such a field is one that the model has lost.
    if not issubclass(model, (Event, Part)):
        return model
    return type(model.__name__, (model,), {"model_config": {"extra": "forbid"}, "__module__": model.__module__})


def _types() -> dict[str, type[BaseModel]]:
    return {event_type: model for types in PUBLISHED.values() for event_type, model in types.items()}


def _published() -> dict[str, Published]:
    return {
        event_type: Published(topic, getattr(model, "VISIBILITY", "public"), shape_of(json_schema(event_type, model)))
        for topic, types in PUBLISHED.items()
        for event_type, model in types.items()
    }


def _sums(root: Path, now: str) -> Sums:
    """Read what is remembered of examples; a draft remembers nothing."""
    return {} if is_draft(now) else read_sums(root)


def _unrecorded(root: Path, now: str) -> list[Revision]:
    return list(additions(read_record(root), _published(), now))


def _example(event_type: str) -> Path:
    return EXAMPLES / f"{event_type}.json"


def _examples(root: Path) -> dict[str, str]:
    found = {event_type: _read(root / _example(event_type)) for event_type in _types()}
    missing = [str(_example(event_type)) for event_type, text in found.items() if text is None]
    if missing:
        raise ExampleMissing(
            f"{', '.join(missing)} is missing: bring it back where it was published; of a new type write a whole "
            "record there, like those beside it (CONTRIBUTING.md, Add an event)."
        )
    return {event_type: text for event_type, text in found.items() if text is not None}


def _generated(root: Path, now: str) -> dict[Path, str]:
    texts = {}
    for event_type, model in _types().items():
        schema = json.dumps(json_schema(event_type, model), indent=2, ensure_ascii=False)
        texts[SCHEMAS / f"{event_type}.json"] = schema + "\n"
    examples = _examples(root)
    history = with_additions(read_record(root), _unrecorded(root, now))
    texts[Path("schemas/asyncapi.yaml")] = asyncapi(examples)
    texts[Path("docs/events.md")] = events_page(examples, history)
    texts[Path("docs/contract.html")] = contract_page(examples, history)
    return texts


def _strays(root: Path, *folders: Path) -> Iterator[Path]:
    known = _types()
    for folder in folders:
        for found in sorted((root / folder).glob("*.json")):
            if found.name.removesuffix(".json") not in known:
                yield folder / found.name


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _put(root: Path, path: Path, text: str) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
