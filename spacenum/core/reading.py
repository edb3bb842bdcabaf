"""Reading what others made, which may be damaged or meant to do harm: text, JSON, YAML, and files of a folder."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from spacenum.core.errors import SpaceNumError

DEEPEST_YAML = 100


def read_text(path: Path) -> str:
    """A file's text, which must be UTF-8; SpaceNumError if it can't be had."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{path}: not UTF-8 text ({error})") from None
    except (OSError, ValueError) as error:  # a folder, a path with a zero byte
        raise SpaceNumError(f"{str(path)[:200]!r}: can't be read as a file ({_reason(error)})") from None


def parse_json(text: str, path: object, line: int = 1) -> Any:
    """The value of a JSON text, all of it characters; SpaceNumError names the file and the line. line: the text's first
    one in the file ``path``."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # escapes may stand for half characters
    except json.JSONDecodeError as error:
        raise SpaceNumError(f"{path}, line {line + error.lineno - 1}: not valid JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits
        raise SpaceNumError(f"{path}, line {line}: not JSON that can be read ({_reason(error)})") from None
    return value


def parse_yaml(text: str, path: object) -> Any:
    """The value of a YAML text, None if it is empty; SpaceNumError names the file."""
    if _depth(text) > DEEPEST_YAML:  # PyYAML takes minutes for it
        raise SpaceNumError(f"{path}: not valid YAML: nested too deeply")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError) as error:
        # beside its own errors, PyYAML lets through those of dates that aren't, of odd tags and of deep nesting
        raise SpaceNumError(f"{path}: not valid YAML: {_reason(error)}") from None


def inside(folder: Path, name: str, place: str) -> Path:
    """The file of this name in a folder. SpaceNumError says at which ``place`` a name stands that leads out of the
    folder: an absolute one, by '..', or by a link."""
    try:
        path = folder / name
        path.exists()  # which fails for a name that is too long
        within = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, a ring of links
        raise SpaceNumError(f"{place}: {name[:80]!r} can't be a file's name ({_reason(error)})") from None
    if not within:
        raise SpaceNumError(
            f"{place}: {name[:80]!r} leads out of the folder {folder}, and nothing outside of it is read; put the file "
            "itself there, not a link"
        )
    return path


def _depth(text: str) -> int:
    """How many brackets are open at most, those in words too."""
    steps = (1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())[:300] or type(error).__name__
