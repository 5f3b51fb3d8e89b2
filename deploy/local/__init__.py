"""How does the whole system run on one machine without Docker?"""
