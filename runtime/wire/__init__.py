"""How do bytes become events, and events bytes? The same bytes each time, strictly read."""
