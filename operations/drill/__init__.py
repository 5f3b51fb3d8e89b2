"""Would everything come back? Something is destroyed on purpose, recovered as after a real loss, and compared."""
