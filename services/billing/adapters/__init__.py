"""How does billing meet the outside? HTTP."""
