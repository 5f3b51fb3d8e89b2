"""What is held about a person? All four services asked, opened; in lines, as JSON, or as a page for that person."""
