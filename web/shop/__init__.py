"""Where do customers buy, pay and look after what they own? The site, the cart with its toggle, the customer area."""
