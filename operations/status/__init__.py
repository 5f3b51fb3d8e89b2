"""How is everything, and who has to do something? `coterm status`."""
