"""A project page of a study: one folder that can be hosted or sent as it is."""
