"""Each stage starts what its rows need, and has a thing to take for each name that a row uses."""
