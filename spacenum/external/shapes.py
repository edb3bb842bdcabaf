"""The usual shapes of published rows: ShareGPT and LLaVA conversations, OpenAI messages, EasyR1, question and answer.

A row is one of them by its keys. What is in none, or in two of them, is refused: nothing is guessed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.external.sources import IMAGES

TEXTS = {"conversations": "ShareGPT", "messages": "OpenAI", "problem": "EasyR1", "question": "question"}
"""The key that tells a shape, and the shape."""
IMAGE_KEYS = ("images", "image", "image_paths", "image_path")
ANSWER_KEYS = ("answer", "label", "solution", "ground_truth", "gt")
OPTION_KEYS = ("options", "choices")
MARK = "<image>"
_ASKS, _ANSWERS = ("human", "user"), ("gpt", "assistant")
_MARKS = re.compile(r"<image(?:_?(?P<number>\d+))?>", re.IGNORECASE)
_OTHER_MARKS = re.compile(
    r"<\|?(?:image_pad|vision_start|image_\d+|img|imagehere|image_placeholder|video)\b[^>]*>|\[IMG\]", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row as it was published.

    text: all that is asked, with ``<image>`` once for each of ``images``, in their order. images: bytes, or names of
    files. answer: as it stands. options: of a key of their own, else null. about: texts of all other keys, a dot for a
    key within a key. marked: whether the text said where images go.
    """

    place: str
    shape: str
    text: str
    images: list[bytes | str]
    answer: str
    options: list[str] | None
    about: dict[str, str]
    marked: bool


def read_row(row: Mapping[str, Any], place: str, ignored: Collection[str] = ()) -> Row:
    """One row; SpaceNumError names its place and the key that isn't understood. ignored: keys to leave out."""
    given = {key: value for key, value in row.items() if value not in (None, [], "") and key not in ignored}
    key = _one_of(given, TEXTS, place, "what is asked")
    shape = TEXTS[key]
    inline: list[bytes | str] = []
    if key in ("conversations", "messages"):
        text, said = _turns(given[key], inline, f"{place}, key '{key}'")
    else:
        text, said = _text(given[key], f"{place}, key '{key}'"), None
    listed, image_key = _images(given, place)
    shape = "LLaVA" if shape == "ShareGPT" and image_key == "image" else shape
    answer_key = _at_most_one(given, ANSWER_KEYS, place)
    option_key = _at_most_one(given, OPTION_KEYS, place)
    used = {key, image_key, answer_key, option_key}
    about = dict(_about({name: value for name, value in given.items() if name not in used}, place, listed))
    if inline and listed:
        raise SpaceNumError(f"{place}: has images in '{key}' and in '{image_key}'; say which with --ignore")
    text, images = _marked(text, inline or listed, place)
    return Row(
        place=place,
        shape=shape,
        text=text,
        images=images,
        answer=_answer(said, given.get(answer_key or ""), place),
        options=_options(given[option_key], f"{place}, key '{option_key}'") if option_key else None,
        about=about,
        marked=text.count(MARK) > 0,
    )


def _one_of(given: Mapping[str, Any], keys: Collection[str], place: str, what: str) -> str:
    found = _at_most_one(given, keys, place)
    if found is None:
        has = ", ".join(map(str, given))[:200] or "none"
        raise SpaceNumError(
            f"{place}: has no key for {what} ({', '.join(keys)}); its keys are {has!r}; --mapping can say more"
        )
    return found


def _at_most_one(given: Mapping[str, Any], keys: Collection[str], place: str) -> str | None:
    found = [key for key in keys if key in given]
    if len(found) > 1:
        raise SpaceNumError(f"{place}: has the keys {' and '.join(found)}; leave all but one out with --ignore")
    return found[0] if found else None


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SpaceNumError(f"{place}: should be a text (got {str(value)[:80]!r})")
    return value.strip()


def _turns(value: Any, inline: list[bytes | str], place: str) -> tuple[str, str | None]:
    """(what is asked, what is replied) of a conversation: what a system says first, one question, one reply or none.
    Images among the words are added to ``inline``."""
    if not isinstance(value, list):
        raise SpaceNumError(f"{place}: should be a list of turns (got {str(value)[:80]!r})")
    turns = [_turn(turn, inline, place) for turn in value]
    roles = [role for role, _ in turns]
    core = roles[1:] if roles[:1] == ["system"] else roles
    if core not in (["asks"], ["asks", "answers"]):
        said = ", ".join(roles) or "none"
        raise SpaceNumError(f"{place}: its turns are {said}; a row is one question and one reply, after a system's")
    reply = turns[-1][1] if core[-1] == "answers" else None
    if reply is not None and MARK in reply:
        raise SpaceNumError(f"{place}: its reply shows an image")
    asked = turns[: len(turns) - (reply is not None)]
    return "\n".join(text for _, text in asked), reply


def _turn(turn: Any, inline: list[bytes | str], place: str) -> tuple[str, str]:
    """(role, text) of a turn in either spelling: from and value, or role and content."""
    if not isinstance(turn, dict):
        raise SpaceNumError(f"{place}: a turn should be an object (got {str(turn)[:80]!r})")
    spelt = [pair for pair in (("from", "value"), ("role", "content")) if set(pair) <= set(turn)]
    if len(spelt) != 1:
        raise SpaceNumError(f"{place}: a turn has the keys {', '.join(map(str, turn))[:200]}, not role and content")
    role, content = (turn[key] for key in spelt[0])
    roles = {"system": "system", **dict.fromkeys(_ASKS, "asks"), **dict.fromkeys(_ANSWERS, "answers")}
    if not isinstance(role, str) or role not in roles:
        raise SpaceNumError(f"{place}: a turn is of {str(role)[:80]!r}; there are {', '.join(roles)}")
    if isinstance(content, list):
        return roles[role], "\n".join(_part(part, inline, place) for part in content)
    return roles[role], _text(content, place)


def _part(part: Any, inline: list[bytes | str], place: str) -> str:
    """A part of a message: its text, or the mark of its image. A bare image is one of the row's list."""
    given = {key: value for key, value in part.items() if value is not None} if isinstance(part, dict) else {}
    kind = given.get("type")
    if kind == "text":
        return _text(given.get("text"), place)
    if kind not in ("image", "image_url"):
        raise SpaceNumError(f"{place}: a part of a message is neither text nor image (got {str(part)[:80]!r})")
    shown = [value for key, value in given.items() if key not in ("type", "detail")]
    if len(shown) > 1:
        raise SpaceNumError(f"{place}: a part of a message has several images (keys {', '.join(given)})")
    if shown:
        inline.append(_image(shown[0]["url"] if isinstance(shown[0], dict) and "url" in shown[0] else shown[0], place))
    return MARK


def _images(given: Mapping[str, Any], place: str) -> tuple[list[bytes | str], str | None]:
    key = _at_most_one(given, IMAGE_KEYS, place)
    if key is None:
        return [], None
    value = given[key]
    return [_image(one, f"{place}, key '{key}'") for one in (value if isinstance(value, list) else [value])], key


def _image(value: Any, place: str) -> bytes | str:
    """Bytes or a path: given as such, in the hub's {bytes, path}, or as a data URL."""
    if isinstance(value, dict) and set(value) <= {"bytes", "path"}:
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not value:
        raise SpaceNumError(f"{place}: is no image, neither a path nor bytes (got {str(value)[:80]!r})")
    if value.startswith("data:"):
        try:
            return base64.b64decode(value.split(";base64,", 1)[1], validate=True)
        except (IndexError, binascii.Error, ValueError):
            raise SpaceNumError(f"{place}: is no data URL in base64 (got {value[:80]!r})") from None
    if re.match(r"\w+://", value):
        raise SpaceNumError(f"{place}: is the address {value[:80]!r}, and no image is fetched; put it beside the rows")
    return value.removeprefix("./")


def _marked(text: str, images: list[bytes | str], place: str) -> tuple[str, list[bytes | str]]:
    """The text with plain marks, and images in their order. Numbered marks say which image stands where. A text without
    marks gets none."""
    if other := _OTHER_MARKS.search(_MARKS.sub("", text)):
        raise SpaceNumError(f"{place}: its text has {other[0][:40]!r}, where '{MARK}' is known for an image's place")
    if not images:
        raise SpaceNumError(f"{place}: shows no image; its images should stand under one of {', '.join(IMAGE_KEYS)}")
    numbers = [match["number"] for match in _MARKS.finditer(text)]
    if numbers and len(numbers) != len(images):
        raise SpaceNumError(f"{place}: its text has {len(numbers)} marks for images, and it has {len(images)}")
    if any(numbers):
        order = [int(number or -1) for number in numbers]
        first = min(order)
        if sorted(order) != list(range(first, first + len(images))) or first not in (0, 1):
            raise SpaceNumError(f"{place}: its marks are numbered {', '.join(map(str, order))}, not each image once")
        images = [images[number - first] for number in order]
    return _MARKS.sub(MARK, text), images


def _answer(said: str | None, given: Any, place: str) -> str:
    if isinstance(given, int | float):
        raise SpaceNumError(
            f"{place}: its answer is the number {given}, which may count from 0 or from 1; a --mapping can say it"
        )
    if given is not None and not isinstance(given, str):
        raise SpaceNumError(f"{place}: its answer should be a text (got {str(given)[:80]!r})")
    if said is not None and given is not None and said.strip() != given.strip():
        raise SpaceNumError(
            f"{place}: its reply is {said[:80]!r}, its answer {given[:80]!r}; leave one out with --ignore"
        )
    answer = said if said is not None else given
    if answer is None:
        raise SpaceNumError(f"{place}: has no answer, neither a reply nor one of the keys {', '.join(ANSWER_KEYS)}")
    return answer.strip()


def _options(value: Any, place: str) -> list[str]:
    """Options of a key of their own: a list, or an object by letter."""
    if isinstance(value, dict):
        letters = sorted(key for key, one in value.items() if one is not None)
        if letters != [chr(ord("A") + k) for k in range(len(letters))]:
            raise SpaceNumError(f"{place}: its letters are {', '.join(map(str, letters))[:80]}, not A, B, …")
        value = [value[letter] for letter in letters]
    if not isinstance(value, list) or not all(isinstance(one, str | int | float) for one in value):
        raise SpaceNumError(f"{place}: should hold texts (got {str(value)[:80]!r})")
    return [str(one).strip() for one in value]


def _about(
    given: Mapping[str, Any], place: str, shown: Collection[bytes | str], above: str = ""
) -> list[tuple[str, str]]:
    """(key, text) of what isn't asked or shown. SpaceNumError for an image that no row would show."""
    found: list[tuple[str, str]] = []
    for key, value in given.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and not {"bytes", "path"} >= set(value):
            found += _about(value, place, shown, f"{name}.")
        elif isinstance(value, str | int | float) and not _is_image(value, shown):
            found.append((name, str(value)))
        elif isinstance(value, bytes | dict) or _is_image(value, shown):
            raise SpaceNumError(
                f"{place}, key '{name}': looks like an image, which would not be shown; if it needn't be, "
                f"add --ignore {key if not above else above.split('.')[0]}"
            )
    return found


def _is_image(value: Any, shown: Collection[bytes | str]) -> bool:
    if isinstance(value, list):
        return any(_is_image(one, shown) or isinstance(one, bytes) for one in value)
    return isinstance(value, str) and value.lower().endswith(IMAGES) and value.removeprefix("./") not in shown
