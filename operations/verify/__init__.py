"""Does everything hold that must? The checker of the invariants: after tests with a stack, and as `coterm verify`."""

from operations.verify.checking import verify, verify_stack

__all__ = ["verify", "verify_stack"]
