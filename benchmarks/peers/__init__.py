"""Others that do a like job, each as its own documentation advises, each in a process of its own."""
