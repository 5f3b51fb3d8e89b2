"""How does provisioning meet the outside? HTTP, passwords, sealed secrets."""
