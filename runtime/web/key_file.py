"""Which API keys were handed out? A file that `coterm keys` writes and services read again whenever it changes."""

import hashlib
import os
import secrets
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from runtime.errors import SettingsRefused

Scope = Literal["storefront", "operator"]

AT_MOST = 2
"""Keys that a holder may have at once: the one in use and its successor."""


class HandedOut(BaseModel):
    """One key as the file knows it: never the key, its SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    scope: Scope
    holder: Annotated[str, Field(min_length=1, max_length=64)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    made_on: datetime


_FILE = TypeAdapter(list[HandedOut])


def read(path: Path) -> list[HandedOut]:
    """Read the file; one that is not there holds no key. Raises SettingsRefused."""
    try:
        return _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsRefused(f"the file of API keys can't be read: {error.strerror}") from error
    except ValidationError as error:
        raise SettingsRefused("the file of API keys is not one that `coterm keys` wrote") from error


def version_of(path: Path) -> tuple[int, int, int] | None:
    """Tell one content of the file from the next without reading it; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def make(known: list[HandedOut], scope: Scope, holder: str, now: datetime) -> tuple[HandedOut, str]:
    """Draw a key of 256 random bits; return what the file is to know of it, and the key. Raises SettingsRefused."""
    if sum((each.scope, each.holder) == (scope, holder) for each in known) >= AT_MOST:
        raise SettingsRefused(f"{holder} has {AT_MOST} keys already: revoke one first")
    key = secrets.token_urlsafe(32)
    digest = hashlib.sha256(key.encode()).hexdigest()
    return HandedOut(id=secrets.token_hex(4), scope=scope, holder=holder, sha256=digest, made_on=now), key


def write(path: Path, known: list[HandedOut]) -> None:
    """Replace the file as a whole, readable by its user alone. Raises SettingsRefused."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_FILE.dump_json(known, indent=1))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsRefused(f"the file of API keys can't be written: {error.strerror}") from error
