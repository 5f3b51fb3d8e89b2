"""Notify: which mails leave, to whom, on which day, and what became of each?

consumes: orders.events, billing.events, provisioning.events (facts that mails tell), credentials.handover
emits: notifications.events
keeps: emails, order_notes, contacts, deadlines; sealed credentials until their mail's fate is known
never: computes money or dates, sends on a replay, or sends the same mail twice by itself
"""
