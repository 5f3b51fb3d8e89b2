"""What does a busy day of storefronts look like, and did every order end as it must? `coterm simulate`."""
