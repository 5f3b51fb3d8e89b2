"""What do operators run? The commands beside the services: they may read everything and decide nothing."""
