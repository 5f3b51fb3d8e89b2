"""How does an operator have a service's tables made again from its topic, and swap them while the service goes on?"""
