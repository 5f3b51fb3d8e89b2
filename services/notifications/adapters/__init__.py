"""Where does notifications meet the outside? HTTP, SMTP, the letters and the vault of its private key."""
