"""What may be written, to whom, and when? Pure: knows no runtime, no driver, no clock."""
