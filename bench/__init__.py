"""Speed of the engines, measured: see README.md in this folder."""
