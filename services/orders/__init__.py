"""What does the orders service do? It takes orders and payments, and says when an order is settled.

consumes: storefront.intake (or the same over HTTP), billing.events (prices,
  refunds), provisioning.events (services)
emits: orders.events, storefront.rejections (what intake refused)
keeps: orders, payments and refunds with their states, the services owned, claims on what must be unique, deadlines
never: computes money or a service's dates; opens a sealed personal block; asks another service to decide
"""
