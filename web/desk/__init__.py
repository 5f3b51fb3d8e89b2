"""What does an operator see and do in a browser? The board, the worklist, an order, a customer, the proof."""
