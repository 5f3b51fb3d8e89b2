"""What does coterm do? Every case of the guide, played on a real stack and shown to whoever watches."""
