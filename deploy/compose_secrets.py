"""Which secrets does the compose file mount, and how do they come about?

`python -m deploy.compose_secrets [FOLDER]` makes those that are missing in deploy/secrets/, one file for each
container, and describes the system twice: as the containers see it, and as this machine does. The folder is closed to
other users; the files in it are readable, since a container's user is nobody on this machine.
"""

import json
import sys
from pathlib import Path

from deploy.local import postgres, settings
from deploy.local.layout import HOST, ROOT, SERVICES, Layout
from deploy.local.secrets import Secrets

_FOLDER = ROOT / "deploy" / "secrets"


def main(arguments: list[str] | None = None) -> None:
    """Write them into the folder that the command line names, else into the compose file's own."""
    named = sys.argv[1:] if arguments is None else arguments
    folder = Path(named[0]) if named else _FOLDER
    write(folder)
    print(f"secrets for deploy/docker-compose.yml are in {folder}")


def write(folder: Path) -> None:
    """Write every file anew from the generated secrets, which themselves stay."""
    layout = Layout(folder / "generated")
    layout.prepare()
    folder.chmod(0o700)
    secrets = Secrets(layout)
    inside = _admin(secrets, "postgres:5432")
    files = {
        "postgres-admin": secrets["postgres-admin"],
        "roles.json": json.dumps(secrets.role_passwords()),
        "endpoints.json": _described(secrets, inside, "kafka:9092", {name: name for name in SERVICES}),
        "host.json": _described(
            secrets, _admin(secrets, layout.address("postgres")), layout.address("kafka"), dict.fromkeys(SERVICES, HOST)
        ),
    }
    for service in SERVICES:
        lines = (f"{name}={value}" for name, value in settings.secret(secrets, service, inside))
        files[f"{service}.env"] = "\n".join(lines) + "\n"
    seen = {"COTERM_WEB_SECRET": secrets["web-secret"]}
    variables = {"shop": {**seen, "COTERM_SHOP_KEY": secrets["storefront-key"]}, "panel": seen}
    variables["desk"] = {"DESK_SECRET": secrets["desk-secret"]}
    files |= {
        f"{name}.env": "".join(f"{key}={value}\n" for key, value in own.items()) for name, own in variables.items()
    }
    for name, content in files.items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.write_text(content)
        path.chmod(0o444)


def _admin(secrets: Secrets, place: str) -> str:
    return f"postgresql://postgres:{secrets['postgres-admin']}@{place}/postgres"


def _described(secrets: Secrets, admin: str, kafka: str, hosts: dict[str, str]) -> str:
    """Describe the system to `coterm` (docs/operators.md), and to storefronts, whose key is there too."""
    addresses = postgres.addresses(admin, secrets)
    described = {
        "kafka": kafka,
        **{name: f"http://{host}:{Layout().ports[name]}" for name, host in hosts.items()},
        "postgres": {name: addresses[name] for name in SERVICES},
        "keys": {"storefront": secrets["storefront-key"], "operator": secrets["operator-key"]},
        "webhook_secret": secrets["webhook-secret"],
        "keyring": {"dsn": addresses["keyring"]["app"], "master_key": secrets["keyring-master-key"]},
    }
    return json.dumps(described, indent=2) + "\n"


if __name__ == "__main__":
    main()
