"""Which tables does orders keep? Each row with its fold."""
