"""No number of the report's prose is typed: each is looked up in a table, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from num2words import num2words

from spacenum.core.errors import SpaceNumError

LOOKUPS = ("value", "interval", "number-of", "name", "has")
"""Functions of ``templates/lookup.typ``, whose arguments say where a number stands and may have digits in them."""
_LOOKUP = re.compile(rf"#?\b(?:{'|'.join(LOOKUPS)})\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_COMMENT = re.compile(r"(?<!:)//[^\n]*")
_WORDS = {num2words(number) for number in (*range(2, 21), *range(30, 100, 10))} | {"hundred", "thousand", "million"}
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)


def check_prose(file: str, text: str) -> None:
    """SpaceNumError names the first line of a template that has a number outside a lookup, as digits or as a word."""
    kept = _COMMENT.sub("", _LOOKUP.sub(_lines_of, text))
    for number, line in enumerate(kept.splitlines(), start=1):
        for typed in _numbers(line):
            raise SpaceNumError(
                f"{file}, line {number}: '{typed}' is typed by hand; look it up in a table, as "
                '#value("averages", row: (model: "chance", scope: "all", weighting: "cells"), column: "accuracy")'
            )


def _lines_of(lookup: re.Match[str]) -> str:
    """What keeps the count of lines where a lookup is left out."""
    return "\n" * lookup[0].count("\n")


def _numbers(line: str) -> Iterator[str]:
    yield from re.findall(r"\d+", line)
    yield from (mark for mark in line if mark.isnumeric() and not mark.isdecimal())  # such as ½ and ²
    yield from (word for word in _WORD.findall(line) if word.lower() in _WORDS)
