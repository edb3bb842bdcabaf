"""A study's items as a data set that anybody can load, and back."""
