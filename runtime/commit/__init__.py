"""How does an event happen? One transaction takes a batch of inputs, and nothing else writes."""
