"""Which endpoints are told of events, and what of it was given up? `coterm webhooks list|redeliver`."""
