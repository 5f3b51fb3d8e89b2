"""What does a service declare? Looked up by its name, without learning of anything else that operators work with."""

import importlib

from runtime.service import Service


def declared(service: str) -> Service:
    """Return what a service declares, without its edge."""
    found: Service = importlib.import_module(f"services.{service}.declaration").declare(None)
    return found
