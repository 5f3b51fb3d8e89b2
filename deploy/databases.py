"""Which databases and roles exist, and what may each role do?

Every service owns one database; `keyring` holds the keys per customer. In each, `<db>_owner` migrates, `<db>_app`
serves and `<db>_rebuilder` folds into schemas of its own, without any right on the tables of the live service.
Used by the local stack and by the init step of the containers.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import asyncpg

DATABASES = ("orders", "billing", "provisioning", "notifications", "keyring")
ROLES = ("owner", "app", "rebuilder")


def role_names() -> list[str]:
    """Name every role of every database."""
    return [f"{database}_{role}" for database in DATABASES for role in ROLES]


def dsn_of(admin_dsn: str, role: str, password: str, database: str) -> str:
    """Turn the administrator's address into one role's address of one database."""
    parts = urlsplit(admin_dsn)
    place = f"{parts.hostname}:{parts.port or 5432}"
    return urlunsplit((parts.scheme, f"{role}:{password}@{place}", f"/{database}", parts.query, ""))


async def provision(admin_dsn: str, passwords: Mapping[str, str]) -> None:
    """Create what is missing of the roles, databases and rights; change nothing on the second call but passwords.

    `passwords` maps each of `role_names()` to its password.
    Raises asyncpg's errors when the administrator may not do it.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        known_roles = {row["rolname"] for row in await admin.fetch("SELECT rolname FROM pg_roles")}
        for role in role_names():
            verb = "ALTER" if role in known_roles else "CREATE"
            secret = await admin.fetchval("SELECT quote_literal($1::text)", passwords[role])
            await admin.execute(f"{verb} ROLE {role} LOGIN PASSWORD {secret}")
        # A DROP that was interrupted leaves what nobody can sign in to any more, and only another DROP clears away.
        half_dropped = await admin.fetch("SELECT datname FROM pg_database WHERE datconnlimit = -2")
        for database in {row["datname"] for row in half_dropped} & set(DATABASES):
            await admin.execute(f"DROP DATABASE {database}")
        known_databases = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
        for database in DATABASES:
            # A managed server's administrator is no superuser: only a member of the owner may give a database to it.
            await admin.execute(f"GRANT {database}_owner TO CURRENT_USER")
            if database not in known_databases:
                owned = f"OWNER {database}_owner TEMPLATE template0 ENCODING 'UTF8'"
                await admin.execute(f"CREATE DATABASE {database} {owned}")
            await admin.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            await admin.execute(f"GRANT CONNECT ON DATABASE {database} TO {database}_app, {database}_rebuilder")
            await admin.execute(f"GRANT CREATE ON DATABASE {database} TO {database}_rebuilder")
            await admin.execute(f"GRANT {database}_rebuilder TO {database}_owner")
    finally:
        await admin.close()
    for database in DATABASES:
        inside = await asyncpg.connect(dsn_of(admin_dsn, f"{database}_owner", passwords[f"{database}_owner"], database))
        try:
            await inside.execute(_rights_inside(database))
        finally:
            await inside.close()


def _rights_inside(database: str) -> str:
    """Write the rights within one database, for what stands there and for what migrations and rebuilds will add.

    Run as the owner, who holds the database and, as a member, the rebuilder's default rights.
    """
    app, owner, rebuilder = (f"{database}_{role}" for role in ("app", "owner", "rebuilder"))
    statements = [
        "CREATE SCHEMA IF NOT EXISTS public",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    ]
    for maker in (owner, rebuilder):
        grant = f"ALTER DEFAULT PRIVILEGES FOR ROLE {maker} GRANT"
        statements += [
            f"{grant} USAGE ON SCHEMAS TO {app}",
            f"{grant} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            f"{grant} USAGE, SELECT ON SEQUENCES TO {app}",
            f"{grant} EXECUTE ON FUNCTIONS TO {app}",
        ]
    return ";\n".join(statements)
