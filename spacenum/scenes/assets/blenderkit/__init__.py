"""The optional pack ``blenderkit``: models of the BlenderKit library, each pinned to one file.

``selection`` reads and writes the curated list, ``service`` is the client of the library, ``pinning`` looks models up
and pins them, ``pack`` makes the pack from what is pinned.
"""
