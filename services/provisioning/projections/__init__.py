"""What do the panel, operators and timers read of services and sign-ins?"""

from importlib.resources import files


def ddl(table: str) -> str:
    """Return the statements that create a table, from the file beside its fold."""
    return (files("services.provisioning.projections") / f"{table}.sql").read_text()
