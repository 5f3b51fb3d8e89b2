"""What costs time and proves nothing here? A slow hash: argon2 is made cheap, everything around it stays."""

import pytest
from argon2 import PasswordHasher

from services.provisioning.adapters import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
