"""How do personal data stay private? Sealed with a key per customer, and masked wherever text is kept."""
