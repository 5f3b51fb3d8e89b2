"""Provision: what is active, until when, and who may sign in?

consumes: orders.events (settled, released), notifications.events (the fate of credentials)
emits: provisioning.events, credentials.handover
keeps: services, sign_ins, credentials, configurations, activations, deadlines
never: computes money, sends a mail, or keeps a password in the clear
"""
