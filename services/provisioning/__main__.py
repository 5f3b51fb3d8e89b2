"""Run the provisioning service."""

from services.provisioning.app import main

if __name__ == "__main__":
    main()
