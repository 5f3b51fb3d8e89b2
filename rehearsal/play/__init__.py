"""How does a storefront use coterm? Through its public interfaces alone: demo and acceptance tests play here."""
