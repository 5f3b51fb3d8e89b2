"""What is sold where the shipped catalogue is not enough?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.catalogue import SHIPPED, versions_stand_in
from tests.catalogues import with_new_products


@pytest.fixture
def new_products(tmp_path: Path) -> Iterator[None]:
    """Sell one more add-on, which no text knows, and one more family."""
    versions_stand_in(with_new_products(tmp_path))
    yield
    versions_stand_in(SHIPPED)
