"""Which services make up coterm? One package each; none knows another."""

import importlib

from runtime.service import Service


def declared(service: str) -> Service:
    """Return what a service declares, by its name and without its edge."""
    found: Service = importlib.import_module(f"services.{service}.declaration").declare(None)
    return found
