"""Bill: what does it cost, and what does the customer get back?

consumes: orders.events (placed, payments, closed), provisioning.events (services and their expiries)
emits: billing.events (prices and their explanations, credit granted, used, given back)
keeps: charges, credit_entries, services, deadlines
never: computes a date that provisioning acts on, or opens personal data
"""
