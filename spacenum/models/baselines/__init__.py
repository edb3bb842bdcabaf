"""Models that are no VLM: references that fix the ends of the scale, and baselines that say
what text or pixels give away.

Each module has ``load(config, context) -> Model``, as every backend has.
"""
