"""What a user of the workflow sees of a run: a line a job, what is left, and where to look at the end."""
