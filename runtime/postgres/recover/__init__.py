"""How are a lost database and a lost topic filled again?"""
