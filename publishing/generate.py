"""Is what we publish what the models say? Write it (`python -m publishing.generate`), or check it (`--check`)."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from publishing.asyncapi import asyncapi, models
from publishing.contract_page import contract_page
from publishing.events_page import events_page
from publishing.json_schema import json_schema
from publishing.record import (
    PUBLISHED,
    Published,
    Record,
    Revision,
    additions,
    breaches,
    is_draft,
    path_of,
    read_record,
    release,
    text_of,
    with_additions,
)
from publishing.shape import shape_of
from publishing.sums import SUMS, edited, read_sums, sums_of, with_new
from schemas.envelope import Event

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = Path("schemas/examples")


class GoldenLeftBehind(Exception):
    """The literal records in publishing/golden/ don't go with the models."""


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
    except GoldenLeftBehind as left_behind:
        # The models may be what is wrong: what they break is said first.
        complaints = [*breaches(_record(ROOT, release(ROOT)), _published()), str(left_behind)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def write(root: Path = ROOT, since: str | None = None) -> Iterator[Path]:
    """Write what differs, add what is missing of examples and of the record, and yield each path.

    From release 1.0 on an example and a published revision are never rewritten, and a change that breaks what was
    published is not recorded. Of a draft they are written as they are now. `since`: the release to come.
    """
    since = since or release(ROOT)
    if is_draft(since):
        yield from _written(root, _drafted(since))
    for path, record in _golden().items():
        if not (root / path).exists():
            yield _put(root, path, record)
    if _read(root / SUMS) != (sums := with_new(root, read_sums(root), _golden())):
        yield _put(root, SUMS, sums)
    revisions = {path_of(each.event_type, each.number): text_of(each) for each in _unrecorded(root, since)}
    yield from _written(root, revisions)
    for path in _strays(root, since):
        (root / path).unlink()
        yield path
    yield from _written(root, _generated(root, since))


def check(root: Path = ROOT, since: str | None = None) -> Iterator[str]:
    """Say what is out of date, each with what to do about it."""
    since = since or release(ROOT)
    if is_draft(since):
        expected = {**_drafted(since), **_generated(root, since)}
    else:
        yield from _check_what_was_published(root, since)
        expected = _generated(root, since)
    for path, text in expected.items():
        if _read(root / path) != text:
            yield f"{path} is not what schemas/*.py says: run `make schemas` and commit the result."
    for path in _strays(root, since):
        yield f"{path} belongs to no type: {_about_a_stray(since)}"


def _about_a_stray(since: str) -> str:
    if is_draft(since):
        return "run `make schemas` and commit the result."
    return "a published type is never removed; bring its model back."


def _check_what_was_published(root: Path, since: str) -> Iterator[str]:
    for path in _golden():
        if not (root / path).exists():
            yield f"{path} is missing: run `make schemas` and commit it."
    for event_type, model in _types().items():
        yield from _check_example(root, event_type, model)
    for path in edited(root, read_sums(root)):
        yield f"{path} was edited: an example is never changed, since such records are in the log; bring it back."
    if _read(root / SUMS) != with_new(root, read_sums(root), _golden()):
        yield f"{SUMS} lacks an example: run `make schemas` and commit it."
    yield from breaches(read_record(root), _published())
    for revision in _unrecorded(root, since):
        yield f"{path_of(revision.event_type, revision.number)} is missing: run `make schemas` and commit it."


def _check_example(root: Path, event_type: str, model: type[BaseModel]) -> Iterator[str]:
    path = EXAMPLES / f"{event_type}.json"
    text = _read(root / path)
    if text is None:
        return
    try:
        _closed(model).model_validate(json.loads(text)["data"])
    except ValueError as error:
        yield (
            f"{path} no longer fits {event_type}: a published version only gains optional fields with defaults. "
            f"Make the change a new version with an upcast (CONTRIBUTING.md). {error}"
        )


def _closed(model: type[BaseModel]) -> type[BaseModel]:
    # Our models tolerate unknown fields; in our own examples such a field is one that the model has lost.
    if not issubclass(model, Event):
        return model
    return type(model.__name__, (model,), {"model_config": {"extra": "forbid"}, "__module__": model.__module__})


def _types() -> dict[str, type[BaseModel]]:
    return {event_type: model for types in models().values() for event_type, model in types.items()}


def _published() -> dict[str, Published]:
    return {
        event_type: Published(topic, getattr(model, "VISIBILITY", "public"), shape_of(json_schema(event_type, model)))
        for topic, types in models().items()
        for event_type, model in types.items()
    }


def _drafted(since: str) -> dict[Path, str]:
    """Write the examples, their sums and the first revision of each version, as a draft has them."""
    examples = _golden()
    shapes = {
        path_of(event_type, 0): text_of(Revision(event_type, 0, since, published))
        for event_type, published in _published().items()
    }
    return {**examples, SUMS: sums_of(examples), **shapes}


def _unrecorded(root: Path, since: str) -> list[Revision]:
    return list(additions(_record(root, since), _published(), since))


def _record(root: Path, since: str) -> Record:
    """Read what was published; of a draft nothing was."""
    return {} if is_draft(since) else read_record(root)


def _examples(root: Path, since: str) -> dict[str, str]:
    """Read each example as it was first written, by type; of a draft as it is now."""
    return {
        path.name.removesuffix(".json"): record if is_draft(since) else _read(root / path) or record
        for path, record in _golden().items()
    }


def _golden() -> dict[Path, str]:
    try:
        from publishing.golden import golden_records  # noqa: PLC0415 - its records are made while it is imported

        records = golden_records()
    except (ImportError, KeyError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())
        raise GoldenLeftBehind(
            f"publishing/golden/ does not go with schemas/*.py ({type(error).__name__}: {why}): "
            "a new field needs a value there; one that was published is never removed or renamed."
        ) from error
    missing = sorted(set(_types()) - set(records))
    if missing:
        raise SystemExit(f"no golden example of {', '.join(missing)}: write one in publishing/golden/.")
    return {EXAMPLES / f"{event_type}.json": record for event_type, record in records.items()}


def _generated(root: Path, since: str) -> dict[Path, str]:
    texts = {}
    for event_type, model in _types().items():
        schema = json.dumps(json_schema(event_type, model), indent=2, ensure_ascii=False)
        texts[Path(f"schemas/json/{event_type}.json")] = schema + "\n"
    examples = _examples(root, since)
    history = with_additions(_record(root, since), _unrecorded(root, since))
    texts[Path("schemas/asyncapi.yaml")] = asyncapi(examples)
    texts[Path("docs/events.md")] = events_page(examples, history)
    texts[Path("docs/contract.html")] = contract_page(examples, history)
    return texts


def _strays(root: Path, since: str) -> Iterator[Path]:
    known = set(_types())
    folders = {Path("schemas/json"): known, EXAMPLES: known}
    if is_draft(since):
        folders[PUBLISHED] = {f"{event_type}.0" for event_type in known}
    for folder, names in folders.items():
        for found in sorted((root / folder).glob("*.json")):
            if found.name.removesuffix(".json") not in names:
                yield folder / found.name


def _written(root: Path, texts: Mapping[Path, str]) -> Iterator[Path]:
    for path, text in texts.items():
        if _read(root / path) != text:
            yield _put(root, path, text)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _put(root: Path, path: Path, text: str) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
