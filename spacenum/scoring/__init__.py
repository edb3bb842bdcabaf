"""Answers to scores: one row per item, then accuracy, proximity, coupling and the statistics around them.

Needs no simulator and no deep-learning library. Fractions are in 0..1 here; ``spacenum.tables`` turns them to percent.
"""
