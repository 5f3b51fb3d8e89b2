"""Which secrets does the compose file mount, and how do they come about?

`python -m deploy.compose_secrets` makes those that are missing in deploy/secrets/, one file for each container. The
folder is closed to other users; the files in it are readable, since a container's user is nobody on this machine.
"""

import json

from deploy.local import settings
from deploy.local.layout import ROOT, SERVICES, Layout
from deploy.local.secrets import Secrets

_FOLDER = ROOT / "deploy" / "secrets"


def main() -> None:
    """Write every file anew from the generated secrets, which themselves stay."""
    layout = Layout(_FOLDER / "generated")
    layout.prepare()
    _FOLDER.chmod(0o700)
    secrets = Secrets(layout)
    admin = f"postgresql://postgres:{secrets['postgres-admin']}@postgres:5432/postgres"
    _write("postgres-admin", secrets["postgres-admin"])
    _write("roles.json", json.dumps(secrets.role_passwords()))
    for service in SERVICES:
        lines = (f"{name}={value}" for name, value in settings.secret(secrets, service, admin))
        _write(f"{service}.env", "\n".join(lines) + "\n")
    keys = {"storefront": secrets["storefront-key"], "operator": secrets["operator-key"]}
    _write("keys.json", json.dumps({**keys, "webhook": secrets["webhook-secret"]}))
    print(f"secrets for deploy/docker-compose.yml are in {_FOLDER}")


def _write(name: str, content: str) -> None:
    path = _FOLDER / name
    path.unlink(missing_ok=True)
    path.write_text(content)
    path.chmod(0o444)


if __name__ == "__main__":
    main()
