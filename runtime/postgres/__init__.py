"""Where do the journal, the states and the rows live? In PostgreSQL; nothing outside this folder imports its driver."""
