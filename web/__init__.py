"""What do people see? Shop and panel, clients of the published interfaces, and the desk over what `coterm` does."""
