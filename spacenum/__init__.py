"""SpaceNum: do the numbers that vision-language models say about space mean anything to them?"""

__version__ = "0.1.0"
