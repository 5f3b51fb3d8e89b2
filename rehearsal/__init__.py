"""How does a storefront behave? Played, demonstrated and simulated against a running stack."""
