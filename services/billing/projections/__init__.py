"""What does billing keep to be read? Rows folded from its own events."""
