"""A reply without its typography: chat tokens, Markdown, LaTeX, full-width letters, and other dresses of words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

MARK_OPEN, MARK_CLOSE = "«", "»"
"""Around a letter that stands in brackets or in bold: a mark of its own, never the article "A"."""
FIELD = "\nfinal answer: "
"""What stands for an answer tag, a box, or the field of a JSON object."""
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0xAD, 0x180E], None
)
_PUNCTUATION: dict[int, str] = {
    **dict.fromkeys(map(ord, "「」『』【】《》〈〉"), " "),
    **{ord(mark): plain for mark, plain in zip("（）‘’“”„‹›−", '()\'\'"""<>-', strict=True)},
    **{ord(mark): f"{plain} " for mark, plain in zip("。、，：；？！", ".,,:;?!", strict=True)},
    **dict.fromkeys(map(ord, "✅✔☑"), "✓"),
    **dict.fromkeys(map(ord, "❌✘✖"), "✗"),
}
_CJK_OPTION = re.compile(r"(?<![A-Za-z])(?P<letter>[A-H])(?:选项|项)")
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
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|rm|it|sf|tt|bb)|operatorname|mbox|bf|rm)\b\s{0,3}"
)
_KEY = re.compile(
    r"[\"'](?P<which>(?:[A-Za-z]{1,20}[_ -]){0,3})(?:answer|option|choice|letter|selection|prediction)[\"']"
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
_DECORATION = re.compile(
    r"[*`#$|~\"{}\\\[\]]|(?<![A-H»] )(?<![A-H»])\(|(?<![A-Ha-h])\)|_|(?<![\w'])'|'(?!\w)|^ ?>", re.MULTILINE
)
_RUNS = re.compile(r"([^\w ])\1{2,}")
_SPACES = re.compile(r"[^\S\n]+")


def plain(text: str) -> str:
    """The words of a reply: letters in their plain form, one space at a time, lines kept. What stands in answer tags,
    boxes and the answer's field of a JSON object becomes a line ``final answer: …``."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE).translate(_PUNCTUATION))
        text = _CJK_OPTION.sub(r"选项\g<letter> ", _PICTURES.sub(" ", text))
    if text.lstrip().startswith("Q"):  # "Q: …", and then "A: B" is an answer
        text = _QUESTION.sub("Answer: ", text, count=1)
    if "&" in text:
        text = html.unescape(text).replace("\xa0", " ")
    text = _RUNS.sub(r"\1\1", _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    if "<" in text:
        text = _HTML.sub(" ", _CHAT_TOKENS.sub("\n", text))
    if "\\" in text:
        text = _COMMAND.sub("", text)
    if ":" in text:
        text = _KEY.sub(_of_key, text)
    if "<" in text:
        text = _TAG.sub(lambda m: _field(m["inside"]), _BOX_TOKENS.sub(lambda m: _field(m["inside"]), text))
    if "[" in text:
        text = _SQUARE_TAG.sub(lambda m: _field(m["inside"]), text)
    if "boxed" in text:
        text = _boxes_as_fields(text)
    text = _BRACKETED.sub(lambda m: f"{MARK_OPEN}{m['letter'].upper()}{MARK_CLOSE}", text)
    text = _BOLD.sub(lambda m: f"{MARK_OPEN}{m['letter']}{MARK_CLOSE}{m['point']}", text)
    text = _SPACES.sub(" ", _DECORATION.sub(" ", text))
    return "\n".join(line for line in (line.strip() for line in text.split("\n")) if line)


def _of_key(match: re.Match[str]) -> str:
    """The value of a JSON object's key as the answer; nothing of "wrong_answer", "previous_answer" and the like."""
    words = re.split("[_ -]", match["which"].lower().rstrip("_ -")) if match["which"] else []
    ours = all(word in _ANSWERING for word in words)
    return _field(match["list"] or match["double"] or match["single"] or "") if ours else "\n"


def _field(inside: str) -> str:
    return f"{FIELD}{inside.strip()}\n"


def unboxed(text: str) -> list[str]:
    """What stands in LaTeX boxes, in order."""
    return [text[start:end] for _, start, end in _boxes(text)]


def _boxes_as_fields(text: str) -> str:
    found, done = [], 0
    for place, start, end in _boxes(text):
        found += [text[done:place], _field(text[start:end])]
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
