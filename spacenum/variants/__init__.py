"""Variants of the benchmark: one module each, changing one thing about base items."""
