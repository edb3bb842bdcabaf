"""A reply without its typography: chat tokens, Markdown, LaTeX, full-width letters, and other dresses of words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

MARK_OPEN, MARK_CLOSE = "«", "»"
"""Around a letter that stands in brackets or in bold: a mark of its own, never the article "A"."""
FIELD = "final answer: "
"""What stands for an answer tag, a box, or the field of a JSON object: in a line of its own, unless it goes on with a
sentence ("the wrong answer is <answer>B</answer>")."""
MOST_FIELDS = 500
"""Tags or boxes of a reply that are looked into."""
_BEFORE = 16
_EXAMPLE = re.compile(r"(?:example|e\.g\.|format|like this)[,:]?$", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0xAD, 0x180E], None
)
_PUNCTUATION: dict[int, str] = {
    **dict.fromkeys(map(ord, "「」『』【】《》〈〉"), " "),
    **{ord(mark): plain for mark, plain in zip("（）‘’“”„‹›−", '()\'\'"""<>-', strict=True)},
    **{ord(mark): f"{plain} " for mark, plain in zip("。、，：；？！", ".,,:;?!", strict=True)},
    **{0x249C + place: letter for place, letter in enumerate("ABCDEFGH")},  # "⒝"
    **dict.fromkeys(map(ord, "✅✔☑"), "✓"),
    **dict.fromkeys(map(ord, "❌✘✖☐"), "✗"),
}
_CJK_OPTION = re.compile(r"(?<![A-Za-z])(?P<letter>[A-H])(?:选项|项|번)")
_LOOK_ALIKE = re.compile(r"\W{0,40}[АВСΑΒ]\W{0,40}")
_LATIN = str.maketrans("АВСΑΒ", "ABCAB")
"""Cyrillic and Greek letters: of a reply that says nothing else, for options have Latin ones."""
_ACCENTS = frozenset(map(chr, range(0x300, 0x370)))
_ACCENTED = re.compile(r"[^\W\d_][\u0300-\u036f]{1,3}")
_QUESTION = re.compile(r"^(?:Q|Question): .*?^A: ", re.MULTILINE | re.DOTALL)
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u2712\u2719-\u27bf\ufe0f]")
_CHAT_TOKENS = re.compile(
    r"<\|(?!begin_of_box|end_of_box)[^|<>\n]{1,40}\|>|</?s>|<eos>|<bos>|<end_of_turn>|<end_of_utterance>|<pad>|"
    r"\[/?(?:INST|EOS|BOS|PAD)\]"
)
_HTML = re.compile(
    r"</?(?:p|(?-i:[biu])|em|strong|br|div|span|li|ul|ol|h\d|code|pre|center|font)(?: [^<>]{0,60})?/?>", re.IGNORECASE
)
_TAG = re.compile(
    r"<(?P<name>(?:final_?)?answer|conclusion|ans|final|box|result|choice|option|letter|solution|response|output)>"
    r"(?P<inside>[^<]{0,400})(?:</(?P=name)>|$|(?=<))",
    re.IGNORECASE,
)
_SQUARE_TAG = re.compile(r"\[ANSWER\](?P<inside>[^\[]{0,400})(?:\[/ANSWER\]|$)", re.IGNORECASE)
_BOX_TOKENS = re.compile(r"<\|begin_of_box\|>(?P<inside>[^<]{0,400})(?:<\|end_of_box\|>|$)")
_BOX = re.compile(r"\\?\bboxed\s{0,3}\{")
_COMMAND = re.compile(
    r"\\(?:(?:text|math)?color\s?\{\w{1,20}\}|(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|rm|it|sf|tt|bb)|operatorname|"
    r"[mhf]box|bf|rm|it|sf|tt|tiny|small|large|Large|LARGE|huge|Huge|displaystyle|underline|emph|quad|bigstar)\b|[,;!:])"
    r"\s{0,3}"
)
_ARROW = re.compile(r"\\(?:(?:long)?rightarrow|implies|therefore|to)\b", re.IGNORECASE)
_STRUCK = re.compile(
    r"(?<!~)~~[^~]{1,400}~~(?!~)|<(?P<tag>del|strike)>[^<]{0,400}</(?P=tag)>|\\(?:x?cancel|sout)\{[^{}]{0,400}\}"
)
_CHECKED, _EMPTY = (
    re.compile(rf"[\[(]{mark}[\])](?=[ *(\[]{{0,4}}(?:(?:option|image|choice) ?)?[*(\[]{{0,3}}[A-H]\b)", re.IGNORECASE)
    for mark in (" ?[x✓] ?", " ?")
)
_KEY = re.compile(
    r"[\"'](?P<which>(?:[A-Za-z]{1,20}[_ -]){0,3})(?:answer|option|choice|letter|selection|prediction)_?\d?[\"']"
    r"\s{0,3}:\s{0,3}"
    r"(?:\[\s{0,3}(?P<list>[^\]]{0,200})\]|\"(?P<double>[^\"]{0,400})\"|'(?P<single>[^']{0,400})')",
    re.IGNORECASE,
)
_ANSWERING = {
    *("final", "correct", "right", "my", "the", "your", "best", "selected", "chosen", "predicted", "model", "most"),
    *(
        "likely",
        "closest",
        "matching",
        "letter",
        "option",
        "choice",
        "image",
        "multiple",
        "ai",
        "assistant",
        "expected",
    ),
}
"""Words before "answer" in the key of an answer."""
_BRACKETED = re.compile(r"[(\[{<]\s{0,3}(?P<letter>[A-Ha-h])\s{0,3}[)\]}>]")
_BOLD = re.compile(r"(?:\*{1,3}|_{2})(?P<letter>[A-H])(?P<point>[.):]?)(?:\*{1,3}|_{2})")
_DECORATION = '*`#$|~"{}\\[]_'
_QUOTED = re.compile(r"^ ?>", re.MULTILINE)
_NOTHING = re.compile(r"\b[Nn]/[Aa]\b")
_LOOSE = re.compile(r"\((?<![A-H»] \()(?<![A-H»]\()|\)(?<![A-Ha-h]\))|'(?:(?<![\w']')|(?!\w))")
"""Brackets and quotation marks, but not those beside a letter and the apostrophe of a word."""
_POSSESSIVE = re.compile(
    r"(?<=(?:image|ption|idate|hoice) [A-H])'s(?: (?:view|image|picture|coordinates|corners|box|description))?\b"
)
"""What belongs to an option stands for it: "option B's"."""
_RUNS = re.compile(r"([^\w ])\1{2,}")
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")


def plain(text: str) -> str:
    """The words of a reply: letters in their plain form, one space at a time, lines kept. What stands in answer tags,
    boxes and the answer's field of a JSON object becomes a line ``final answer: …``."""
    if not text.isascii():
        text = compatible(text, 1, _INVISIBLE | _PUNCTUATION)
        text = _CJK_OPTION.sub(r"选项\g<letter> ", _PICTURES.sub(" ", text))
        text = text.translate(_LATIN) if _LOOK_ALIKE.fullmatch(text) else text
    if text.lstrip().startswith("Q"):  # "Q: …", and then "A: B" is an answer
        text = _QUESTION.sub("Answer: ", text, count=1)
    if "&" in text:
        text = html.unescape(text).replace("\xa0", " ")
    if "]" in text or ")" in text:
        text = _EMPTY.sub("\n✗ ", _CHECKED.sub("\n✓ ", text))
    text = _STRUCK.sub(" ", text)
    text = _RUNS.sub(r"\1\1", _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    if "<" in text or "[" in text:
        text = _HTML.sub(" ", _CHAT_TOKENS.sub("\n", text))
    if "\\" in text:
        text = _COMMAND.sub("", _ARROW.sub("→", text))
    if ":" in text:
        text = _KEY.sub(_of_key, text)
    if "<" in text:
        text = _TAG.sub(_of_tag, _BOX_TOKENS.sub(_of_tag, text, MOST_FIELDS), MOST_FIELDS)
    if "[" in text:
        text = _SQUARE_TAG.sub(_of_tag, text)
    if "boxed" in text:
        text = _boxes_as_fields(text)
    text = _NOTHING.sub(" ", text)
    text = _BRACKETED.sub(lambda m: f"{MARK_OPEN}{m['letter'].upper()}{MARK_CLOSE}", text)
    text = _BOLD.sub(lambda m: f"{MARK_OPEN}{m['letter']}{MARK_CLOSE}{m['point']}", text)
    text = _QUOTED.sub(" ", text) if ">" in text else text
    text = _LOOSE.sub(" ", _POSSESSIVE.sub("", _undecorated(text)))
    text = _SPACES.sub(" ", text)
    return "\n".join(line for line in (line.strip() for line in text.split("\n")) if line)


def _undecorated(text: str) -> str:
    for mark in _DECORATION:  # a tenth of the time of ``str.translate`` if the text isn't ASCII
        text = text.replace(mark, " ")
    return text


def compatible(text: str, most: int, others: Mapping[int, str | None] = MappingProxyType({})) -> str:
    """Full-width letters, "①", accents and the like in their plain form, character by character; what stands for more
    than ``most`` of them stays. So a long text neither grows nor takes longer than its length. others: come first."""
    marks = {mark for mark in set(text) if mark > "\x7f"}
    if not _ACCENTS.isdisjoint(marks):
        text = _ACCENTED.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
        marks = {mark for mark in set(text) if mark > "\x7f"}
    forms = {mark: _form(mark) for mark in marks}
    return text.translate({**{ord(mark): form for mark, form in forms.items() if len(form) <= most}, **others})


def _form(mark: str) -> str:
    """A number in one character, as "①" or "½", is no digit of the one beside it."""
    form = unicodedata.normalize("NFKC", mark)
    return f" {form} " if unicodedata.category(mark) == "No" else form


def _of_key(match: re.Match[str]) -> str:
    """The value of a JSON object's key as the answer; nothing of "wrong_answer", "previous_answer" and the like."""
    words = re.split("[_ -]", match["which"].lower().rstrip("_ -")) if match["which"] else []
    ours = all(word in _ANSWERING for word in words)
    return _field("", match["list"] or match["double"] or match["single"] or "") if ours else "\n"


def _of_tag(match: re.Match[str]) -> str:
    return _field(match.string[max(0, match.start() - _BEFORE) : match.start()], match["inside"])


def _field(before: str, inside: str) -> str:
    words = before.rstrip(" $*`({\\[")
    if not inside.strip() or (words and words[-1] != ">" and _EXAMPLE.search(words)):
        return "\n"
    return f"{' ' if words[-1:].isalpha() else chr(10)}{FIELD}{inside.strip()}\n"


def unboxed(text: str) -> list[str]:
    """What stands in LaTeX boxes, in order."""
    return [text[start:end] for _, start, end in _boxes(text)]


def _boxes_as_fields(text: str) -> str:
    found, done = [], 0
    for place, start, end in islice(_boxes(text), MOST_FIELDS):
        found += [text[done:place], _field(text[max(0, place - _BEFORE) : place], text[start:end])]
        done = end + 1
    return "".join([*found, text[done:]])


def _boxes(text: str) -> Iterator[tuple[int, int, int]]:
    """Where each box, its inside and its end are; braces within are counted, so that a formula's don't end it."""
    done = 0
    for match in _BOX.finditer(text):
        if match.start() >= done:
            end = _closing(text, match.end())
            yield match.start(), match.end(), end
            done = end + 1


def _closing(text: str, start: int, most: int = 400) -> int:
    """Where the brace that opened before ``start`` closes, or ``most`` characters on, or the end."""
    depth = 1
    for place in range(start, min(len(text), start + most)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    return min(len(text), start + most)
