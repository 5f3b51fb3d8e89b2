"""What do a service's own events say? The fold: versions, states, rows and their proof."""
