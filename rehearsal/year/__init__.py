"""How does a year of customers go? Lives from a seed, an operator who sees to them, a calendar of what happened."""
