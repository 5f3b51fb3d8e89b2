"""How do the outside and the orders service meet?"""
