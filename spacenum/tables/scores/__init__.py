"""Tables that are made of models' scores: one module each."""
