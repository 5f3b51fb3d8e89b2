import os
import subprocess
import sys

PROGRAM = """
import os
from pathlib import Path
from runtime.settings import forget

forget("postgres_owner_dsn", "keyring_owner_dsn")
print(Path("/proc/self/environ").read_bytes())
print(os.environ.get("COTERM_POSTGRES_OWNER_DSN"), os.environ["COTERM_KAFKA"])
"""


class TestWhenAVariableIsForgotten:
    def test_neither_the_process_nor_who_looks_at_it_finds_the_value(self) -> None:
        given = {
            **os.environ,
            "COTERM_POSTGRES_OWNER_DSN": "postgresql://owner:secret-one@h/orders",
            "COTERM_KEYRING_OWNER_DSN": "postgresql://owner:secret-two@h/keyring",
            "COTERM_KAFKA": "broker:9092",
        }
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=given, capture_output=True, text=True, check=True)
        assert "secret-" not in done.stdout
        assert "COTERM_KAFKA=broker:9092" in done.stdout
        assert done.stdout.splitlines()[-1] == "None broker:9092"
