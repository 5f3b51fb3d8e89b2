"""Which mails are in doubt, and what does an operator decide? `coterm mails list|confirm-sent|reissue`."""
