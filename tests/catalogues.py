"""Which versions does a test sell from? Those of the package, and one more with a new add-on and a new family."""

import shutil
from pathlib import Path

from schemas.catalogue import SHIPPED

ARCHIVE, CERTIFIED_MAIL = "ARCHIVE", "CERTIFIED_MAIL"
"""An add-on of e-invoicing that is never free, and the base of a family of its own."""
NEW_PRODUCTS = Path(__file__).parent / "acceptance" / "catalogue"


def with_new_products(folder: Path) -> Path:
    """Fill a folder with the shipped versions of the catalogue and the one with new products, and return it."""
    for path in (*SHIPPED.glob("*.json"), *NEW_PRODUCTS.glob("*.json")):
        shutil.copy(path, folder)
    return folder
