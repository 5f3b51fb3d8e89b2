"""What do storefronts write, and what do analytics read? The published language of coterm."""
