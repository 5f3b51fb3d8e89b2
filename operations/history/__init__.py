"""What happened to an order, and what was believed at a moment? `coterm where-is` and `coterm as-of`."""
