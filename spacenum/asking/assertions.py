"""Which letters a plain reply asserts, in the order in which it does, and where it takes one back.

A letter is asserted by what stands just before or behind it: "the answer is B", "B is correct", "so B", a line that is
nothing but B. It isn't if its sentence denies, supposes or asks it, nor where all options are listed. All looking is at
most ``NEAR`` characters from a letter, so that time grows with the length of a reply and no faster.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise, zip_longest
from typing import Literal

from spacenum.asking import cues
from spacenum.asking.verdicts import verdicts

NEAR = 90
MOST_LETTERS = 1500
"""A reply that names more letters states none."""
Role = Literal["asserted", "denied", "doubted", "leading", "named", "mentioned"]
"""leading: a line begins with it, as a list of options does, or an answer with its content. named: an option is spoken
of in a way that answers, if the reply says nothing else."""
_LETTER = re.compile(
    r"«(?P<marked>[A-H])»|(?P<plain>[A-Ha-h])(?<![A-Za-z0-9_À-ɏ'°\-].)(?<!(?<!\.)\..)(?![A-Za-z0-9_À-ɏ'°]|-[A-Za-z]|/[a-z])"
)
_CUT = "¤"
"""Before what was cut out of a longer sentence, so that no pattern takes it for its start."""
_MARKS = " \n.,;:!)'\"-–—…»"
_SEPARATED = re.compile(r"^ ?[).:,;(/]|^\s*[-–—=→]")
_LOWER_ENDS = re.compile(r"^[\s).,:;!'\"]*$|^[).:]")
_OPTION = re.compile(
    rf"[^\w]{{0,4}}(?:the )?(?:{cues.GOOD} )?(?:{cues.NOUN}|{cues.FOREIGN_NOUN})(?: {cues.NOUN})?:? ?|{cues.CJK_NOUN} ?"
)
_OPTION_ENDS = re.compile(r"^\s*[).:,;(\-–—=→]|^\s*$|^\s+\d")
_APART = re.compile(r"»?(?:\.? \(|:|;| ?[-–—]) ?(?:(?:option|image) )?«?$")
_MORE = re.compile(rf"^(?:(?:,? (?:and|or) |, ?|/)(?:{cues.NOUN} )?«?[A-H]\b»?){{1,3}}")
_NOUN_BEFORE = re.compile(rf"(?:^|\W){cues.NOUN} ?$", re.IGNORECASE)
_OPTION_BEFORE = re.compile(r"\b(?:option|choice|candidate|image|picture|view|frame)s? ?$", re.IGNORECASE)
_SUBJECT = re.compile(rf"{_NOUN_BEFORE.pattern}|\b(?:in|of|by|for) $|[,;:] $", re.IGNORECASE)
_LISTED = re.compile(r"^(?:\s?[.):]|\s*=|\s+[-–]|\s+[\d(])")
_LIST_OPENS = re.compile(r"(?:[:,.!?;\n]|\b(?:are|options?|include))[ \-•]*$")


@dataclass(frozen=True)
class Said:
    """A letter, or a group such as "A or B", and what the reply does with it. start, end: where it stands."""

    letters: frozenset[str]
    role: Role
    start: int
    end: int


@dataclass(frozen=True)
class _Group:
    """Letters as they stand in the text. marked: in brackets or bold, so that an "A" is no article."""

    letters: frozenset[str]
    start: int
    end: int
    marked: bool
    lower: bool


@dataclass(frozen=True)
class _Context:
    """What stands around a group in its sentence. at_start: whether the sentence starts with it."""

    before: str
    behind: str
    at_start: bool
    marked: bool
    lower: bool
    several: bool


def said(text: str) -> tuple[list[Said], list[int]]:
    """What a plain text says of letters, in order, and where sentences start that take back what was said before."""
    groups = _groups(text)
    if not groups:
        return [], []
    unmarked = [end.end() for group in groups if (end := cues.UNMARKED_END.match(text, group.end, group.end + 24))]
    ends = sorted({0, *unmarked, *(match.end() for match in cues.SENTENCE_END.finditer(text)), len(text)})
    found = [one for group in groups if (one := _said(text, group, ends))]
    lists = verdicts(text, [(group.start, group.end) for group in groups])
    judged = {start: affirmed for one in lists for start, affirmed in one.items()}
    found = [
        *_without_lists(text, [one for one in found if one.start not in judged]),
        *(_judged(group, judged[group.start]) for group in groups if group.start in judged),
    ]
    found.sort(key=lambda one: one.start)
    return found, _withdrawn(text, found, ends, lists)


def _judged(group: _Group, affirmed: bool | None) -> Said:
    role: Role = "mentioned" if affirmed is None else "asserted" if affirmed else "denied"
    return Said(group.letters, role, group.start, group.end)


def _withdrawn(
    text: str, found: Sequence[Said], ends: Sequence[int], lists: Sequence[Mapping[int, bool | None]]
) -> list[int]:
    """Where sentences start that take back what was said before; a "no" within a list of verdicts does not."""
    first = next((one.start for one in found if one.role == "asserted"), len(text))
    within = [range(min(one), max(one) + NEAR) for one in lists]
    later = [(start, min(end, start + NEAR)) for start, end in pairwise(ends) if start > first and end - start > 1]
    later = [(start, end) for start, end in later if not any(start in one for one in within)]
    return [start for start, end in later if cues.WITHDRAWING.match(text[start:end])]


def _groups(text: str) -> list[_Group]:
    """Letters that stand alone; those that are joined by "or", "and", "/" and the like together."""
    groups: list[_Group] = []
    matches = [*islice(_LETTER.finditer(text), MOST_LETTERS + 1)]
    for match in matches if len(matches) <= MOST_LETTERS else ():
        letter = match["marked"] or match["plain"]
        one = _Group(frozenset(letter.upper()), match.start(), match.end(), bool(match["marked"]), letter.islower())
        if groups and _same_group(groups[-1], one, text[groups[-1].end : one.end + NEAR]):
            before = groups.pop()
            one = replace(before, letters=before.letters | one.letters, end=one.end)
        groups.append(one)
    return groups


def _same_group(before: _Group, one: _Group, behind: str) -> bool:
    between = behind[: one.start - before.end]
    if _sets_apart(between, behind[one.end - before.end :]):
        return False
    if len(between) > 40 or "\n" in between or before.lower != one.lower or one.letters <= before.letters:
        return False
    return not between.strip(" »«):,") or bool(cues.JOINING.match(between.lower()))


def _sets_apart(between: str, behind: str) -> bool:
    """Whether a letter is set against the one before it: "B (A is too small)", "B: A and C are too small"."""
    if between.strip(" «»") == ";" and re.match(r" [a-z]{3,}s\b", behind):
        return True
    if between.strip(" «»") == ",":
        return bool(re.match(r" (?:is|was) ", behind) and cues.DENIED.match(behind))
    return bool(_APART.match(between) and cues.DENIED.match(_MORE.sub("", behind, count=1)))


def _said(text: str, group: _Group, ends: Sequence[int]) -> Said | None:
    place = bisect_right(ends, group.start) - 1
    start, end = ends[place], _end_of(text, group, ends, place)
    near = text[max(start, group.start - NEAR) : group.start]
    context = _Context(
        before=near.lstrip() if group.start - NEAR <= start else _CUT + near,
        behind=text[group.end : min(end, group.end + NEAR)],
        at_start=group.start - start <= 8 and not re.search(r"[\w«]", text[start : group.start]),
        marked=group.marked,
        lower=group.lower,
        several=len(group.letters) > 1,
    )
    role = _role(context)
    if role in ("asserted", "leading", "named"):
        sentence = text[max(start, group.start - 4 * NEAR) : min(end, group.end + 2 * NEAR)]
        role = "mentioned" if _supposed(sentence) else role
    return Said(group.letters, role, group.start, group.end) if role else None


def _end_of(text: str, group: _Group, ends: Sequence[int], place: int) -> int:
    """The end of the letter's sentence; a full stop right behind it at the start of a line belongs to it: "B. 40°"."""
    end = ends[min(place + 1, len(ends) - 1)]
    starts_line = place == 0 or text[ends[place] - 1] == "\n"
    another = cues.UNMARKED_END.match(text, group.end) or _LETTER.match(text, end + 1)
    if starts_line and text[group.end : end] == "." and not another:
        return ends[min(place + 2, len(ends) - 1)]
    return end


@lru_cache(maxsize=4096)
def _supposed(sentence: str) -> bool:
    return bool(cues.SUPPOSING.search(cues.GUESSING.sub(" ", sentence)))


@lru_cache(maxsize=4096)
def _role(context: _Context) -> Role | None:
    """What the words around a letter do with it; None if it is no letter of an option, but an article."""
    if context.lower and not _LOWER_ENDS.match(context.behind):
        return None
    last = not context.behind.strip(_MARKS)
    if context.at_start and last:
        return "denied" if "✗" in context.before else "asserted"
    clause = cues.CLAUSE.split(context.before)[-1]
    if label := _other_label(context):
        return label
    if _exception(context):
        return "asserted"
    if cues.DENYING.search(clause) or cues.DENIED.match(context.behind):
        return "denied"
    if cues.SEEMING.search(clause) and re.match(r"^[,.;]? (?:but|however|though)\b", context.behind):
        return "doubted"
    if cues.DOUBTING.search(clause) or cues.AGREEING.search(context.before) or cues.POSSIBLE.match(context.behind):
        return "doubted"
    if _stated(context) or _praised(context):
        return "asserted"
    if context.at_start and cues.REASONING.match(context.behind):
        return "asserted"
    if _leads(context) or _option_leads(context):
        return "asserted" if last else _leading(context.behind)
    if context.lower and not context.at_start:
        return None
    if _named(context, last):
        return "asserted" if _concluded(context) else "named"
    article = context.at_start and not context.marked and re.match(r"^ [a-z]+ (?![A-H]\b)", context.behind)
    return None if article else "mentioned"


def _other_label(context: _Context) -> Role | None:
    """What a label before it makes of it, if that names no answer: "Wrong: B", "Output format: B"."""
    labelled = cues.LABELLED.search(context.before)
    label = cues.CLAUSE.split(labelled["label"])[-1] if labelled else ""
    if cues.DENYING.search(label):
        return "denied"
    if cues.DOUBTING.search(label):
        return "doubted"
    return "mentioned" if labelled and cues.OTHER_LABEL.search(labelled["label"]) else None


def _exception(context: _Context) -> bool:
    """Whether all others are denied: "all options except B are wrong", "only B fits"."""
    if context.several:
        return False
    if cues.ONLY_OF.search(context.before) and not cues.WRONG.search(context.behind):
        return True
    all_but = cues.ALL_BUT.search(context.before) and cues.DENIED.match(context.behind)
    return bool(all_but or (cues.NONE_BUT.search(context.before) and cues.REMAINING.match(context.behind)))


def _stated(context: _Context) -> bool:
    """Whether it follows "the answer is" and the like."""
    if not cues.ENDING.search(context.before.rstrip()) or not cues.FOLLOWING.match(context.behind):
        return False
    before = context.before.lower()
    if not context.several and not context.behind.startswith(" is ") and cues.STATING_ONE.search(before):
        return True
    return any(cue.search(before) for cue in cues.STATING)


def _praised(context: _Context) -> bool:
    """Whether it is the subject of "is correct"."""
    if not context.several and cues.PREFERRED.match(context.behind) and cues.COMPARED.search(context.before):
        return True
    if context.several or not cues.PRAISING.match(context.behind):
        return False
    return context.at_start or bool(cues.PRAISED.search(context.before))


def _leads(context: _Context) -> bool:
    """Whether a line or sentence starts with it as an option does: "B. 40°"."""
    if not context.at_start:
        return False
    if _SEPARATED.match(context.behind) or cues.NUMBER_ALONE.match(context.behind):
        return True
    return context.marked and not re.match(r"^ [a-z]", context.behind)


def _option_leads(context: _Context) -> bool:
    """The same for "Option B: 40°"."""
    return bool(_OPTION.fullmatch(context.before.lower()) and _OPTION_ENDS.match(context.behind))


def _leading(behind: str) -> Role:
    """An answer with its content, or an option with what is wrong with it."""
    content = cues.CLAUSE.split(behind.lstrip(" .,;:()-–—"))[0]
    of_others = re.match(r"(?:all |the )?(?:other|rest|remaining)\b|(?-i:«?[A-H]\b)", content, re.IGNORECASE)
    return "denied" if cues.WRONG.search(content) and not of_others else "leading"


def _named(context: _Context, last: bool) -> bool:
    labelled = cues.LABELLED.search(context.before)
    if labelled and not cues.ANSWERING_LABEL.search(labelled["label"]):
        return False
    if cues.UNANSWERING.search(cues.CLAUSE.split(context.before)[-1]):
        return False
    if (last or cues.NUMBER_ALONE.match(context.behind)) and cues.NAMING.search(context.before):
        return True
    if last and (context.marked or cues.LAST.search(context.before) or _answers(context.before)):
        return True
    said = cues.OF_OTHERS.split(context.behind)[0]
    if any(cue.search(said) for cue in (cues.WRONG, cues.DOUBTING, cues.BUT)):
        return False
    if cues.ONLY.search(context.before) and cues.ALONE.match(context.behind):
        return True
    subject = context.at_start or _SUBJECT.search(context.before)
    return bool(subject and cues.NAMED_SUBJECT.match(context.behind))


def _answers(before: str) -> bool:
    """Whether a sentence that ends with "option B" may answer by it."""
    if not _OPTION_BEFORE.search(before) or cues.ALL_WITHOUT.search(before):
        return False
    within = cues.WITHIN.search(before)
    return not within or bool(cues.OF_OPTION.search(within["what"] or ""))


def _concluded(context: _Context) -> bool:
    """Whether a sentence that concludes names a single option as the one that fits."""
    if context.several or not cues.CONCLUDING.match(context.before):
        return False
    return bool(cues.CONCLUDED.match(context.behind))


def _without_lists(text: str, found: Sequence[Said]) -> list[Said]:
    """A line that begins with a letter is an answer if it is the first or the last line and no other begins with
    another letter; else such lines are a list of options, of which none is asserted."""
    listed = {one.start for one in _inline(text, found)}
    leading = [one for one in found if one.role == "leading" or _begins_line(text, one)]
    several = len({letter for one in leading for letter in one.letters}) > 1
    own = {_line(text, one): one.letters for one in leading} if several else {}
    first, last = text.find("\n"), text.rfind("\n")
    stated = any(one.role == "asserted" for one in found)

    def role(one: Said) -> Role:
        if one.start in listed or own.get(_line(text, one)) == one.letters:
            return "mentioned"
        if one.role != "leading":
            return one.role
        outer = first < 0 or one.start < first or one.start > last
        line = text[max(_line(text, one), one.start - NEAR) : one.start]
        within = re.search(r"\w", _NOUN_BEFORE.sub("", line))
        return "asserted" if not several and outer and not (within and stated) else "mentioned"

    return [replace(one, role=role(one)) for one in found]


def _begins_line(text: str, one: Said) -> bool:
    """Whether a line begins with a stated letter, a mark and more: "A. Image A"."""
    starts = not re.search(r"\w", _NOUN_BEFORE.sub("", text[_line(text, one) : one.start][-NEAR:]))
    return one.role == "asserted" and starts and bool(re.match(r"[.)] ?\S|:", text[one.end : one.end + 3]))


def _line(text: str, one: Said) -> int:
    """Where its line starts."""
    return text.rfind("\n", 0, one.start) + 1


def _inline(text: str, found: Sequence[Said]) -> list[Said]:
    """The letters of a list within a line: "A. 10° B. 20° C. …", "C: 1.0 m; A: 2.4 m"."""
    marked = [one for one, after in zip_longest(found, found[1:]) if _is_listed(text, one, after)]
    runs: list[list[Said]] = [[]]
    for one in marked:
        if not _continues(text, runs[-1], one):
            runs.append([])
        if runs[-1] or _opens_list(text, one):
            runs[-1].append(one)
    return [one for run in runs if len(run) > 1 for one in run]


def _is_listed(text: str, one: Said, after: Said | None) -> bool:
    """Whether a mark and some content stand behind a single letter."""
    if len(one.letters) > 1 or not (text[one.start] == "«" or _LISTED.match(text[one.end : one.end + 3])):
        return False
    content = text[one.end : after.start if after else one.end + 40].partition("\n")[0]
    return bool(re.search(r"\w", content))


def _continues(text: str, run: Sequence[Said], one: Said) -> bool:
    """Whether a letter goes on with a list in the same line."""
    return bool(run) and _line(text, run[-1]) == _line(text, one) and run[-1].letters != one.letters


def _opens_list(text: str, one: Said) -> bool:
    before = text[max(0, one.start - 12) : one.start]
    return not before.strip(" -•") or bool(_LIST_OPENS.search(before))
