"""Scores to tables. Every function takes data and returns a DataFrame or text; fractions become percent here."""
