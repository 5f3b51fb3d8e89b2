"""Run the billing service."""

from services.billing.app import main

if __name__ == "__main__":
    main()
