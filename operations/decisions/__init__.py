"""Which decisions does an operator take about orders and money, and how is each carried out?"""
