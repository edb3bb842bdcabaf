"""From scenes to frames: which views to take, the controls that they must pass, and taking them."""
