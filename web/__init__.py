"""What do people see? The shop and the customer area: clients of the published interfaces, never of a database."""
