"""What do the mails say? One text and one HTML file per template and language."""
