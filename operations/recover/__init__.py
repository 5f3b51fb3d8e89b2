"""What after a loss? A database is filled again from its topic, a topic is written again from its journal."""
