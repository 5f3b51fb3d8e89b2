"""What does the file say that describes a system? Brokers, each service's address and database, the operator's key."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class _Description(BaseModel):
    """What the commands look for; whatever else stands there is not theirs to judge."""

    model_config = ConfigDict(extra="allow", strict=True)

    kafka: str = ""
    env: Literal["development", "test", "production"] = "development"
    postgres: dict[str, dict[str, str] | str | int] = {}
    orders: str = ""
    billing: str = ""
    provisioning: str = ""
    notifications: str = ""
    keys: dict[str, str] = {}
    keyring: dict[str, str] = {}


def read_description(path: Path) -> dict[str, Any]:
    """Read it. Raises ValueError, with the sentence that an operator needs, for what describes no system."""
    try:
        described = _Description.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise ValueError(f"{path} describes no system: {reasons}") from None
    return described.model_dump(exclude_unset=True)
