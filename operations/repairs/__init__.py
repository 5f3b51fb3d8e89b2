"""What was set aside, and what does an operator do about it? `coterm parked` and `coterm quarantine`."""
