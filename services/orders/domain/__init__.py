"""What may be ordered, and what do payments do to an order? Pure rules, no runtime."""
