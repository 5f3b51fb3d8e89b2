"""What do the four services share? The transaction, the log and the edges; nothing of any product."""
