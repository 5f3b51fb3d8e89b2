"""Which versions does a test sell from? Those of the package, and one more with a new add-on and a new family."""

import shutil
from pathlib import Path

from schemas.catalogue import SHIPPED

NEW_PRODUCTS = Path(__file__).parent / "acceptance" / "catalogue"


def with_new_products(folder: Path) -> Path:
    """Fill a folder with the shipped versions of the catalogue and the one with new products, and return it."""
    for path in (*SHIPPED.glob("*.json"), *NEW_PRODUCTS.glob("*.json")):
        shutil.copy(path, folder)
    return folder
