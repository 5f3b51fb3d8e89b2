"""Who holds an API key? New ones, the list, and an end to one, without a restart of any service."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from operations.surroundings import Misused, OperationFailed
from runtime.clock import SystemClock
from runtime.web.key_file import HandedOut, make, read, write

app = typer.Typer(no_args_is_help=True, help="API keys: hand out, list, revoke; services notice at once.")

File = Annotated[
    Path,
    typer.Option(envvar="COTERM_API_KEYS_FILE", help="The file that the services read."),
]
Storefront = Annotated[str | None, typer.Argument(metavar="STOREFRONT", help="Its storefront; '*' for all.")]
Operator = Annotated[str | None, typer.Option(metavar="NAME", help="An operator's key instead.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="As `coterm keys list` shows it.")]
_LOCAL = Path(".run/api-keys.json")


@app.command("new")
def new(storefront: Storefront = None, operator: Operator = None, file: File = _LOCAL) -> None:
    """Hand out a key, shown this once; a holder may have two, so that one can follow the other."""
    holder = storefront or operator
    if holder is None or (storefront and operator):
        raise Misused("say a STOREFRONT, or --operator NAME")
    with _locked(file):
        known = read(file)
        entry, key = make(known, "operator" if operator else "storefront", holder, SystemClock().now())
        write(file, [*known, entry])
    typer.echo(f"{entry.id}: a key for {_words(entry)}; it is shown this once:", err=True)
    typer.echo(key)


@app.command("list")
def show(file: File = _LOCAL) -> None:
    """List the keys that were handed out; the keys themselves nobody has."""
    handed_out = read(file)
    for entry in handed_out:
        typer.echo(f"{entry.id}  {entry.made_on:%Y-%m-%d}  {_words(entry)}")
    if not handed_out:
        typer.echo("no key was handed out: the services know those of their settings alone")


@app.command("revoke")
def revoke(key_id: KeyId, file: File = _LOCAL) -> None:
    """End a key: the next request with it is a 401."""
    with _locked(file):
        known = read(file)
        kept = [entry for entry in known if entry.id != key_id]
        if len(kept) == len(known):
            raise OperationFailed(f"no key {key_id} in {file}")
        write(file, kept)
    typer.echo(f"{key_id}: revoked")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Let one command at a time change the file."""
    try:
        folder = os.open(file.parent, os.O_RDONLY)
    except OSError as error:
        raise OperationFailed(f"{file.parent}: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _words(entry: HandedOut) -> str:
    return f"{entry.scope} {'all' if entry.holder == '*' else entry.holder}"
