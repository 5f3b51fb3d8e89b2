"""Can every operator's call be rehearsed?"""

import json
from pathlib import Path

import pytest

DESCRIPTIONS = sorted(Path("docs/openapi").glob("*.json"))


class TestAnOperatorsCall:
    @pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.stem)
    def test_takes_a_dry_run(self, path: Path) -> None:
        routes = json.loads(path.read_text())["paths"]
        acting = {
            f"{method.upper()} {route}": call
            for route, calls in routes.items()
            for method, call in calls.items()
            if "/operator/" in route and method != "get"
        }
        assert acting, "every service has some"
        without = [name for name, call in acting.items() if "dry_run" not in _queries(call)]
        assert without == []


def _queries(call: dict[str, object]) -> set[str]:
    parameters = call.get("parameters", [])
    assert isinstance(parameters, list)
    return {each["name"] for each in parameters if each["in"] == "query"}
