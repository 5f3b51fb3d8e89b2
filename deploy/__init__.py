"""How do the services and what they stand on come to run?"""
