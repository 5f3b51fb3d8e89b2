"""Where does a query stand? In a `.sql` file, under its name; what can be no parameter is quoted here."""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(file: str) -> dict[str, str]:
    """Read the named queries of `runtime/postgres/queries/<file>.sql`."""
    text = (files("runtime.postgres") / "queries" / f"{file}.sql").read_text()
    parts = _NAME.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def quoted(identifier: str) -> str:
    """Write a name so that it stands for itself in a statement, whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'
