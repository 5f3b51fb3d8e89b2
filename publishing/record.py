"""What has ever been published? `schemas/published/`: the shape of every version, and of each revision that it gained.

One file per revision: `orders.OrderPlaced.v1.0.json`, then `….v1.1.json` where the version gained an optional field.
They are added and never edited; each revision must go together with every other of its version, in both directions, so
that no reader or record, however old, is left behind. `make schemas` adds what is new, unless it breaks what is there.

Beside it `schemas/examples/SHA256SUMS` remembers each golden example as it was first written: from release 1.0 on lines
are added and never changed, as the examples are.

Before release 1.0 the language is a draft: nobody relies on it yet, and what is recorded is what the models say now.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publishing.compatibility import Difference, differences
from publishing.shape import Shape

PUBLISHED = Path("schemas/published")

_NAME = re.compile(r"(?P<type>.+\.v\d+)\.(?P<number>\d+)\.json")


@dataclass(frozen=True, slots=True)
class Published:
    """What programs rely on, of one type and version."""

    topic: str
    visibility: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a version as it was published, and since which release."""

    event_type: str
    number: int
    since: str
    published: Published

    @property
    def name(self) -> str:
        """Name it as people do: `v1.0`."""
        return f"v{self.event_type.rpartition('.v')[2]}.{self.number}"


Record = Mapping[str, Sequence[Revision]]
"""Every revision by type, the oldest first."""


def read_record(root: Path) -> Record:
    """Read the revisions that stand under a root."""
    found: dict[str, list[Revision]] = {}
    for path in sorted((root / PUBLISHED).glob("*.json")):
        named = _NAME.fullmatch(path.name)
        if named is None:
            raise ValueError(f"{PUBLISHED / path.name} is no revision's name, like orders.OrderPlaced.v1.0.json")
        contents = json.loads(path.read_text(encoding="utf-8"))
        published = Published(contents["topic"], contents["visibility"], contents["shape"])
        revision = Revision(named["type"], int(named["number"]), contents["since"], published)
        found.setdefault(revision.event_type, []).append(revision)
    return {name: sorted(revisions, key=lambda each: each.number) for name, revisions in found.items()}


def is_draft(since: str) -> bool:
    """Tell whether a release promises nothing yet."""
    return int(since.partition(".")[0]) < 1


def promised(record: Record) -> Record:
    """Keep of a record what was published by a release that promises something."""
    kept = {name: [each for each in revisions if not is_draft(each.since)] for name, revisions in record.items()}
    return {name: revisions for name, revisions in kept.items() if revisions}


def breaches(record: Record, now: Mapping[str, Published]) -> Iterator[str]:
    """Say in a sentence each what of the models breaks what was published, and what to do instead."""
    for event_type, revisions in promised(record).items():
        missing = sorted(set(range(revisions[-1].number)) - {revision.number for revision in revisions})
        for number in missing:
            yield f"{path_of(event_type, number)} is missing: what was published is never removed; bring it back."
        if event_type not in now:
            yield f"{event_type} was published and has no model: its records stay in the log; bring its model back."
            continue
        for since, difference in _since(revisions, now[event_type]):
            yield f"{event_type}: since {since}, {difference}. {_advice(event_type, now)}"


def additions(record: Record, now: Mapping[str, Published], since: str) -> Iterator[Revision]:
    """Yield each revision that the record lacks; none of a type that breaks what was published."""
    kept = promised(record)
    for event_type, published in now.items():
        revisions = kept.get(event_type, ())
        first = Revision(event_type, 0, since, published)
        if (revisions and revisions[-1].published == published) or list(record.get(event_type, ())) == [first]:
            continue
        if any(_differences(revision, published) for revision in revisions):
            continue
        yield Revision(event_type, revisions[-1].number + 1 if revisions else 0, since, published)


def drafts(record: Record, now: Mapping[str, Published]) -> Iterator[Revision]:
    """Yield each revision of a draft that the models no longer say."""
    kept = promised(record)
    for event_type, revisions in record.items():
        if event_type not in kept and (event_type not in now or len(revisions) > 1):
            yield from revisions


def with_additions(record: Record, added: Iterable[Revision]) -> Record:
    """Return the record as it is once these are added."""
    added = list(added)
    whole = {event_type: list(revisions) for event_type, revisions in record.items()}
    whole.update({revision.event_type: [] for revision in added if not revision.number})
    for revision in added:
        whole.setdefault(revision.event_type, []).append(revision)
    return whole


def path_of(event_type: str, number: int) -> Path:
    """Name the file of a revision."""
    return PUBLISHED / f"{event_type}.{number}.json"


def text_of(revision: Revision) -> str:
    """Write a revision as its file holds it."""
    then = revision.published
    contents = {"since": revision.since, "topic": then.topic, "visibility": then.visibility, "shape": then.shape}
    return json.dumps(contents, indent=1, ensure_ascii=False) + "\n"


def release(root: Path) -> str:
    """Return the release that what is published now will be part of."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _advice(event_type: str, now: Mapping[str, Published]) -> str:
    name = event_type.rpartition(".v")[0]
    newest = max(int(other.rpartition(".v")[2]) for other in now if other.rpartition(".v")[0] == name)
    return f"Make the change {name}.v{newest + 1}, with an upcast (CONTRIBUTING.md, Change an event)."


def _since(revisions: Sequence[Revision], now: Published) -> list[tuple[str, Difference]]:
    """Tell how a field differs from the newest revision it breaks, and name the oldest one it breaks."""
    differences: list[Difference] = []
    oldest: dict[str, str] = {}
    for revision in reversed(revisions):
        found = _differences(revision, now)
        differences += [difference for difference in found if difference.field not in oldest]
        oldest.update({difference.field: revision.name for difference in found})
    return [(oldest[difference.field], difference) for difference in differences]


def _differences(revision: Revision, now: Published) -> list[Difference]:
    then, found = revision.published, []
    if then.topic != now.topic:
        found.append(
            Difference("topic", f"was {then.topic}, where its readers and its history are, and is {now.topic}")
        )
    if (then.visibility, now.visibility) == ("public", "internal"):
        found.append(Difference("visibility", "was public, so that analysts read it, and is internal"))
    return [*found, *differences(then.shape, now.shape)]


SUMS = Path("schemas/examples/SHA256SUMS")

Sums = Mapping[str, str]
"""The hash of each example, by its file's name."""


def read_sums(root: Path) -> dict[str, str]:
    """Read what is remembered; nothing where nothing was written yet."""
    path = root / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def with_new(root: Path, sums: Sums, examples: Iterable[Path]) -> str:
    """Write the file as it is with those examples that it lacks; what it says of the others stays."""
    found = {path.name: _digest(root / path) for path in examples if (root / path).exists()}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted({**found, **sums}.items()))


def edited(root: Path, sums: Sums) -> Iterator[Path]:
    """Name each example that is not what it was."""
    for name, digest in sums.items():
        path = root / SUMS.parent / name
        if path.exists() and _digest(path) != digest:
            yield SUMS.parent / name


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
