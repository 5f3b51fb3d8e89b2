"""Which bytes does an image's tag stand for? `python -m deploy.pin_images` asks the registries, and writes it down.

Each image that deploy/ takes from elsewhere gets its digest beside its tag (`name:tag@sha256:…`), in the compose file
and the Dockerfile themselves, so that a pin is reviewed and committed like any line. Run again, it renews them.
Exit codes: 0 all are pinned, 1 an image could not be had, and nothing was written.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import prerequisites
from deploy.local.layout import ROOT

FILES = (ROOT / "deploy" / "docker-compose.yml", ROOT / "deploy" / "Dockerfile")
_OWN = "coterm:local"
_NAMED = re.compile(r"^(\s*image: |FROM )([^\s@:]+(?:/[^\s@:]+)*:[^\s@]+)(@sha256:[0-9a-f]{64})?", re.MULTILINE)


def main(files: tuple[Path, ...] = FILES) -> int:
    """Pin the images of the files, all or none."""
    texts = {path: path.read_text() for path in files}
    names = sorted({name for text in texts.values() for name in images(text)})
    try:
        digests = {name: ask(name) for name in names}
    except LookupError as failure:
        print(f"coterm: {failure}; nothing was written", file=sys.stderr)
        return 1
    for path, text in texts.items():
        path.write_text(pinned(text, digests))
    print("\n".join(f"{name}  {digest}" for name, digest in digests.items()))
    return 0


def images(text: str) -> dict[str, str]:
    """Map each image that a file takes from elsewhere to its digest, empty where it has none."""
    return {found[2]: (found[3] or "").removeprefix("@") for found in _NAMED.finditer(text) if found[2] != _OWN}


def pinned(text: str, digests: Mapping[str, str]) -> str:
    """Write each image's digest beside its tag, instead of the one that stood there."""

    def beside(found: re.Match[str]) -> str:
        return found[0] if found[2] == _OWN else f"{found[1]}{found[2]}@{digests[found[2]]}"

    return _NAMED.sub(beside, text)


def ask(name: str) -> str:
    """Pull an image by its tag and return its registry's digest. Raises LookupError when it can't be had."""
    docker = prerequisites.docker()
    for words in (("pull", "--quiet", name), ("image", "inspect", "--format", "{{json .RepoDigests}}", name)):
        done = subprocess.run((docker, *words), check=False, capture_output=True, text=True)  # noqa: S603
        if done.returncode != 0:
            raise LookupError(f"docker {words[0]} {name}: {' '.join(done.stderr.split()) or 'no reason was given'}")
    repository = name.rpartition(":")[0]
    for known in json.loads(done.stdout):
        place, _, digest = known.partition("@")
        if place.removeprefix("docker.io/").removeprefix("library/") == repository:
            return str(digest)
    raise LookupError(f"no registry named a digest of {name}")


if __name__ == "__main__":
    sys.exit(main())
