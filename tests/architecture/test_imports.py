"""Does everything point the right way?"""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import PACKAGES, ROOT, domain_modules, imported, lines_of_code, modules

OF_A_DECISION = frozenset(
    {
        "abc", "base64", "bisect", "calendar", "collections", "contextlib", "copy", "dataclasses", "datetime",
        "decimal", "enum", "fractions", "functools", "hashlib", "itertools", "math", "operator", "re", "string",
        "types", "typing", "unicodedata", "uuid", "zoneinfo",
        "stdnum",  # check digits: as pure as arithmetic
        "msgspec",  # Struct, a frozen value like a dataclass, and replace
    }
)  # fmt: skip
OF_A_TABLE = OF_A_DECISION | {"importlib", "pathlib"}  # to read the .sql file that stands beside it


def _strangers(path: Path, known: tuple[str, ...], libraries: frozenset[str]) -> list[str]:
    return [
        f"{path} imports {name}"
        for name in imported(path)
        if not name.startswith(known) and name.partition(".")[0] not in libraries
    ]


class TestWhenAModuleImportsAnother:
    def test_the_contracts_of_import_linter_hold(self) -> None:
        program = Path(sys.executable).parent / "lint-imports"
        answer = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout[-3000:]


class TestWhenAVersionIsSuperseded:
    def test_nothing_outside_the_published_language_can_write_it(self) -> None:
        others = modules(*(package for package in PACKAGES if package not in {"schemas", "publishing"}))
        assert [str(path) for path in others if any("schemas.superseded" in name for name in imported(path))] == []


class TestWhenAModuleIsOfTheDomain:
    def test_it_knows_the_published_language_its_own_and_nothing_that_touches_the_world(self) -> None:
        found = []
        for path in domain_modules("domain"):
            own = ".".join(path.parts[:3])
            found += _strangers(path, (f"{own}.", "schemas."), OF_A_DECISION)
        assert found == []

    def test_a_projection_knows_besides_only_what_declares_projections(self) -> None:
        found = []
        for path in domain_modules("projections"):
            service = ".".join(path.parts[:2])
            own = (f"{service}.domain.", f"{service}.projections.")
            declaring = ("schemas.", "runtime.projection", "runtime.tables", "runtime.service")
            found += _strangers(path, (*own, *declaring), OF_A_TABLE)
        assert found == []


class TestWhenAModuleIsOfTheModel:
    def test_it_knows_the_rules_from_their_page_alone(self) -> None:
        model = modules("tests/lives/model")
        found = [f"{path} imports {name}" for path in model for name in imported(path) if name.startswith(PACKAGES)]
        assert found == []
        assert 0 < sum(lines_of_code(path) for path in model) <= 500


class TestWhenAModuleIsOfAClient:
    def test_it_knows_nothing_of_the_services_since_a_storefront_installs_it_alone(self) -> None:
        found = [
            f"{path} imports {name}"
            for path in modules("clients")
            for name in imported(path)
            if name.partition(".")[0] in {*PACKAGES, "tests"}
        ]
        assert found == []
        assert modules("clients") != []
