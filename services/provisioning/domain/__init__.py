"""Which dates does a service run to, and who may sign in? Pure: knows no runtime, no driver, no clock."""
