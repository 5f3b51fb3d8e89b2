"""What runs beside what in a service's process? The feeder, the commit loop, the relay, and what watches."""
