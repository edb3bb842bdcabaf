"""How Snakemake finds the console of this project: ``logger: [spacenum]`` in a profile names this module."""

from spacenum.console.handler import LogHandler

__all__ = ["LogHandler"]
