"""Is a product named anywhere but in the catalogue? Code that names one is code that the next one needs, too."""

import ast
import re
from collections.abc import Iterator

import pytest

from schemas.catalogue import SHIPPED, Catalogue
from tests.architecture.source import ROOT

HOUSES = ("services", "runtime", "operations")
TEXTS = {".sql", ".j2", ".html", ".txt", ".json", ".css", ".js", ".yaml"}
CATALOGUES = [Catalogue.model_validate_json(path.read_bytes()) for path in SHIPPED.glob("*.json")]
PRODUCTS = {name: product for catalogue in CATALOGUES for name, product in catalogue.products.items()}

Words = tuple[str, ...]

CODES: set[Words] = {tuple(word.lower().split("_")) for name in PRODUCTS for word in (name, PRODUCTS[name].family)}
"""DOCUMENTS, `documents_months`, `DocumentsActivated`, `documents-activated`: the same words, however written."""
NAMES = {name for product in PRODUCTS.values() for name in product.names.values()}
"""What people call them, in each language."""
TOLD = re.compile("|".join(_name if " " in _name or "-" in _name else f"\\b(?-i:{_name})\\b" for _name in NAMES), re.I)
"""A name of one word counts with its capital: transport documents are no product."""

OWN_TEXTS = tuple(f"{name.lower().replace('_', '-')}-" for name in PRODUCTS)
"""How the file of a mail text of a product's own begins."""


def words_of(identifier: str) -> Words:
    """Split a name, however it is written: e_invoicing, EInvoicing, E-INVOICING."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", identifier)
    return tuple(word.lower() for word in re.split(r"[^A-Za-z0-9]+", parted) if word)


def names_a_product(identifier: str) -> bool:
    words = words_of(identifier)
    return any(
        words[start : start + len(code)] == code for code in CODES for start in range(len(words) - len(code) + 1)
    )


def tells_of_a_product(text: str) -> bool:
    return bool(TOLD.search(text)) or any(names_a_product(word) for word in re.findall(r"\b[A-Z][A-Z0-9_]+\b", text))


def named_in_code(source: str) -> Iterator[str]:
    """Yield each identifier and each string that names a product; docstrings explain, and may."""
    tree = ast.parse(source)
    explaining = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explaining:
            is_word = re.fullmatch(r"[\w.:-]+", node.value)
            if tells_of_a_product(node.value) or (is_word and names_a_product(node.value)):
                yield f"{node.lineno}: {node.value!r}"
        for identifier in _identifiers(node):
            if names_a_product(identifier):
                yield f"{getattr(node, 'lineno', 0)}: {identifier}"


def named_in_text(text: str) -> Iterator[str]:
    """Yield each line of a query or a text that names a product; comments explain, and may."""
    for number, line in enumerate(re.sub(r"\{#.*?#\}", "", text, flags=re.S).splitlines(), 1):
        code = line.partition("-- ")[0]
        if tells_of_a_product(code) or any(names_a_product(word) for word in re.findall(r"\w*_\w*", code)):
            yield f"{number}: {line.strip()}"


def _identifiers(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname", "module"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value


def _named(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*")):
        if path.name.startswith(OWN_TEXTS) or "__pycache__" in path.parts:
            continue
        if path.suffix == ".py":
            found = named_in_code(path.read_text())
        elif path.suffix in TEXTS:
            found = named_in_text(path.read_text())
        else:
            continue
        yield from (f"{path.relative_to(ROOT)}:{each}" for each in found)


class TestAProductOfTheCatalogue:
    @pytest.mark.parametrize("folder", HOUSES)
    def test_is_named_by_no_code(self, folder: str) -> None:
        assert list(_named(folder)) == []

    def test_is_known_from_the_files_of_the_catalogue(self) -> None:
        assert set(PRODUCTS) == {"E_INVOICING", "E_INVOICING_RECEIVE_ONLY", "DOCUMENTS"}
        assert ("documents",) in CODES
        assert {"Documenti", "E-invoicing"} <= NAMES


class TestWhatIsPlanted:
    """The rule must see each way in which code can name a product, and nothing else."""

    @pytest.mark.parametrize(
        "planted",
        [
            'if product == "DOCUMENTS": pass',
            'rows["e_invoicing"] = 1',
            "documents = account.services",
            "account.documents.expires_on",
            "def extend_e_invoicing(): pass",
            "class EInvoicingActivated: pass",
            "from services.orders import documents",
            "terms(documents_months=12)",
            'raise Refused("Documents needs a base")',
            'detail = f"{name} needs e-invoicing, active"',
            'template = "documents-activated"',
            'told = "Fatturazione Elettronica scade"',
        ],
    )
    def test_is_found_in_code(self, planted: str) -> None:
        assert list(named_in_code(planted))

    @pytest.mark.parametrize(
        "innocent",
        [
            '"""Documents for an owner: case 2."""',
            "product = line.product",
            'what = "preservation of transport documents"',
            "document = asyncapi()",
            'kind = "ADD_ON"',
        ],
    )
    def test_is_nothing_where_no_product_is_meant(self, innocent: str) -> None:
        assert list(named_in_code(innocent)) == []

    @pytest.mark.parametrize(
        ("planted", "found"),
        [
            ("SELECT * FROM services WHERE product = 'DOCUMENTS'", True),
            ("count(*) FILTER (service) AS e_invoicing", True),
            ("<p>Documenti è attivo fino al {{ expires_on }}</p>", True),
            ("-- case 2: Documents for an owner", False),
            ("{# Documenti #} {{ name }}", False),
            ("La conservazione dei documenti di trasporto", False),
        ],
    )
    def test_is_found_in_queries_and_texts(self, planted: str, found: bool) -> None:
        assert bool(list(named_in_text(planted))) is found
