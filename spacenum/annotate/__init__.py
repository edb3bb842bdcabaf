"""Items put to a person in the browser: the human baseline."""
