"""Is a new thing as small as CONTRIBUTING says? A projection is three files and a line, a product is one file."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.projection import Projection
from schemas.catalogue import SHIPPED, Catalogue
from tests.architecture.source import PACKAGES, ROOT, SERVICES, imported, modules
from tests.catalogues import ARCHIVE, CERTIFIED_MAIL, NEW_PRODUCTS

OF_THE_RUNTIME = {"claims", "deadlines"}
"""Every service has these two, with columns that the runtime declares: no SQL of their own."""


def _own_projections() -> Iterator[tuple[str, Projection]]:
    for name in SERVICES:
        declared = importlib.import_module(f"services.{name}.declaration").declare()
        yield from ((name, each) for each in declared.projections if each.table not in OF_THE_RUNTIME)


OWN = list(_own_projections())


@pytest.mark.parametrize(("service", "projection"), OWN, ids=[f"{name}.{each.table}" for name, each in OWN])
class TestAProjection:
    def test_is_a_table_and_a_fold_of_its_name_and_a_test(self, service: str, projection: Projection) -> None:
        folder = ROOT / "services" / service / "projections"
        assert projection.ddl == (folder / f"{projection.table}.sql").read_text()
        assert (folder / f"{projection.table}.py").exists()
        constant = projection.table.upper()
        tests = [ROOT / path for path in modules("tests/unit", "tests/replay")]
        named = re.compile(rf'\b{constant}\b|"{projection.table}"|\b{projection.row.__name__}\b')
        assert any(named.search(path.read_text()) for path in tests)

    def test_stands_in_one_list(self, service: str, projection: Projection) -> None:
        text = (ROOT / "services" / service / "declaration.py").read_text()
        (line,) = re.findall(r"projections=\((.*)\)", text)
        assert projection.table.upper() in re.split(r",\s*", line)

    def test_is_known_to_its_service_alone(self, service: str, projection: Projection) -> None:
        module = f"services.{service}.projections.{projection.table}"
        own = Path("services") / service
        others = [path for path in modules(*PACKAGES) if own not in path.parents]
        assert [str(path) for path in others if any(name.startswith(module) for name in imported(path))] == []


class TestAProduct:
    def test_is_one_file_of_the_catalogue(self) -> None:
        (added,) = NEW_PRODUCTS.iterdir()
        before = {
            name
            for path in SHIPPED.glob("*.json")
            for name in Catalogue.model_validate_json(path.read_bytes()).products
        }
        assert Catalogue.model_validate_json(added.read_bytes()).products.keys() - before == {ARCHIVE, CERTIFIED_MAIL}

    def test_is_named_nowhere_else(self) -> None:
        named = re.compile(rf"\b{ARCHIVE}\b|[\"']{CERTIFIED_MAIL}[\"']")
        texts = [path for folder in PACKAGES for path in (ROOT / folder).rglob("*") if path.suffix in _TEXTS]
        assert texts != []
        assert [str(path.relative_to(ROOT)) for path in texts if named.search(path.read_text())] == []


_TEXTS = {".py", ".sql", ".json", ".j2", ".html", ".yaml"}
