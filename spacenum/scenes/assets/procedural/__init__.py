"""One module per kind of object: ``build(size, rng)`` returns the parts that fill ``size``."""
