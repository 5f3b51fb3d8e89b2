"""Was a golden example edited? `schemas/examples/SHA256SUMS` remembers each as it was first written.

From release 1.0 on lines are added and never changed, as the examples are.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

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
