"""How are cents written for people? One way, in mails, explanations, timelines and tables (R4)."""


def euros(cents: int) -> str:
    """Write cents as people read them: 1629 is "16.29 €"."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02} €"
