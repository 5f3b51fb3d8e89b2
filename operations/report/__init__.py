"""What does the business look like? Named queries over an export, and one page that shows them with their results."""
