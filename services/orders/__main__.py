"""Run the orders service."""

from services.orders.app import main

if __name__ == "__main__":
    main()
