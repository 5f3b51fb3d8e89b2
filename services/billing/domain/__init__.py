"""What is billing's business? Money, exactly: pure rules."""
