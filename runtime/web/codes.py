"""What can be answered instead of what was asked? Every problem's code with its meaning, from pages/codes.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

Who = Literal["everybody", "storefront", "panel", "operator"]

_AFTER_A_PRODUCT = "_NOT_ACTIVE"


class Code(BaseModel):
    """A code: who meets it, under which statuses, what it means and what to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Who
    status: list[int]
    means: str
    do: str


@cache
def codes() -> dict[str, Code]:
    """Return all codes."""
    text = files("runtime.web.pages").joinpath("codes.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Code]).validate_python(tomllib.loads(text))


def code_of(name: str) -> Code | None:
    """Return what is known of a code; those that are named after a product share one entry."""
    if name.endswith(_AFTER_A_PRODUCT):
        name = f"SERVICE{_AFTER_A_PRODUCT}"
    return codes().get(name)
