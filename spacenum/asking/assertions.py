"""Which letters a plain reply asserts, in the order in which it does, and where it takes one back.

A letter is asserted by what stands just before or behind it: "the answer is B", "B is correct", "so B", a line that is
nothing but B. It isn't if its sentence denies, supposes or asks it, nor where all options are listed. All looking is at
most ``NEAR`` characters from a letter, so that time grows with the length of a reply and no faster.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

NEAR = 90
CUT = "¤"
_MARKS = " \n.,;:!)'\"-–—…»"
MOST_LETTERS = 3000
"""A reply that names more letters says none."""
Role = Literal["asserted", "denied", "leading", "named", "mentioned"]
"""leading: a line begins with it, as a list of options or an answer with its content does. named: an option is spoken
of in a way that answers, if the reply says nothing else."""

_LETTER = re.compile(
    r"«(?P<marked>[A-H])»|(?<![A-Za-z0-9_À-ɏ'°.\-/])(?P<plain>[A-Ha-h])(?![A-Za-z0-9_À-ɏ'°]|-[A-Za-z]|/[a-z])"
)
_SENTENCE_END = re.compile(
    r"[.!?]+(?=[\s,;]|$)|(?:です|입니다|다)[.!?]?\s?|\n|(?<=[\d°%m»)]) (?=(?:The|So|Therefore|Thus|Hence|Answer|My|I|Final|Correct|It) )|\s(?=[-–—,;]*\s?(?:no|wait|actually|sorry|scratch that|or rather)[,:])"
)
_UNMARKED_END = re.compile(
    r"[.,;:)!]*\s+(?=(?:I|So|Therefore|Thus|Hence|Final|Answer|The|My|It|That|This|Option|Image|Choice|Based|Yes|No|Wait|"
    r"Actually|Because|Since|Correct|Selected|Ans|And|But|Also|La|Le|El|Die|Das|Ответ|We|Looking|From|In|Let)\b|It's|answer ?[:=]|the answer is|"
    r"答|选|正|정|→|⇒|=>)"
)
"""Behind a letter, where a new sentence starts though no mark says so."""
_JOINT = re.compile(
    r"^[\s.)»]*(?:(?:,|/|&|\+|or|and|and/or|to|vs\.?|versus|or maybe|or possibly|or perhaps|或|和|or else)\s*)+(?:(?:option|image|choice|answer|letter)s? )?«?$"
)
_NOUN = r"(?:options?|choice|answer|letter|image|candidate|picture|alternative|selection|view|photo|frame|guess|one)"
_QUALIFIED = (
    r"(?: (?:after|following|from|that|which|showing|matching|seen|you|would|i|see|the|this|action|move|moving|rotation|"
    r"rotating|turn|turning|movement)){0,8}"
)
_GOOD = (
    r"(?:final|correct|right|best|closest|nearest|likeliest|matching|chosen|selected|true|proper|accurate|appropriate|"
    r"suitable|expected|intended|actual|most (?:likely|plausible|probable|accurate|consistent|appropriate|suitable|"
    r"reasonable|fitting)|only (?:correct|possible|plausible|consistent|matching|valid))"
)
_DET = r"(?:the|my|our|this|your)"
_ADVERB = (
    r"(?:therefore|thus|then|hence|clearly|definitely|certainly|surely|probably|likely|most likely|very likely|indeed|"
    r"actually|simply|just|obviously|in fact|again|still|now|also|best|indeed)"
)
_BE = r"(?:is|was|would be|should be|must be|will be|has to be|seems to be|appears to be|'s|=|:|->|→|=>|⇒|–|—|-)"
_AHEAD = (
    r"(?:^|[,;:.\-–—→»]|\b(?:[a-h]|so|therefore|thus|hence|consequently|then|and|but|that|think|believe|say|conclude|means?|"
    r"finally|overall|clearly|indeed|now|because|since|as|or|summary|conclusion|guess|suppose|i'd say|is|implies|gives|"
    r"makes|case|question|here|\w{1,15}'s)),? ?"
)
"""What may stand before "the answer": no adjective, which might be "wrong" or "second"."""
_NAMED = rf"(?:(?:the )?(?:{_GOOD} )?{_NOUN} ?)?"
_CUES = tuple(
    re.compile(pattern + r"(?:'|\"|\s)*$")
    for pattern in (
        # the (correct) answer is (option)
        rf"{_AHEAD}(?:{_DET} )?(?:{_GOOD}(?: and)? ){{0,2}}{_NOUN}"
        rf"(?: (?:to|for|of) (?:the|this) (?:question|problem|task)| here| in this case|{_QUALIFIED})(?: {_ADVERB}){{0,2}},? ?{_BE}"
        rf"(?: ?{_ADVERB}){{0,2}},? ?:?\s?{_NAMED}:? ?",
        # Answer: (option)
        rf"(?:^|[,;.:\n] ?|\b(?:so|therefore|thus|hence|and|the|my),? )(?:{_DET} )?(?:(?:{_GOOD}|predicted|model) ){{0,2}}"
        rf"(?:answer|ans|option|choice|letter|solution|result|response|conclusion|prediction|selection|decision|selected|"
        rf"chosen|pick|guess|output|reply|assistant|model)"
        rf" ?(?:[:=]|->|→|=>|⇒|-|–|—)+ ?{_NAMED}:? ?",
        # I choose (option)
        rf"\b(?:i|we)(?:'d|'ll|'m| am| would| will| am going to| have to| must| can| should| shall)?(?: {_ADVERB})?"
        rf"(?: (?:choose|chose|pick|picked|select|selected|say|answer|guess|settle on|opt for|vote for|conclude|go|"
        rf"think|believe|choosing|going))(?: with| for| on| that)?,? ?{_NAMED}:? ?",
        # Choose (option), at the start of a sentence
        rf"(?:^|\b(?:so|therefore|thus|hence),? )(?:choose|pick|select|choosing|selecting|go with|going with) {_NAMED}:? ?",
        # it is (option)
        rf"(?:^|[\s,;:])(?:it|that|this)(?:'s| {_BE})(?: {_ADVERB}){{0,2}},? ?{_NAMED}:? ?",
        # so (option)
        rf"(?:^|[\s,;:.])(?:so|therefore|thus|hence|consequently|∴|→|=>|⇒|->),? ?(?:it'?s )?{_NAMED}:? ?",
        # Actually, (option); most likely (option)
        rf"^[\s,;.]*(?:actually|wait|no|sorry|correction|rather|or rather|i mean|hmm|yes|sure|ok|okay|right|oh|certainly|of course|"
        rf"probably|likely|most likely|definitely|clearly|certainly|surely|obviously|finally)[,:;.!\-– ]*{_NAMED}:? ?",
        # not A but (option)
        rf"\b(?:not|isn't|wasn't) (?:\S+ ){{1,4}}but(?: rather)? {_NAMED}",
        # 答案是, 选, 答えは, 정답은
        r"(?:答案|选项|正确选项|正确答案|正解|答え|回答|정답|답)(?:应该|应|该|就)?(?:是|为|選|は|は、|은|는|이)? ?:? ?(?:选项|选|图|オプション)? ?",
        r"(?<![不没未非])(?:选择|选|选取|應選|应选)(?:选项|的?是)? ?:? ?",
        # la respuesta es, die Antwort ist, la réponse est, ответ
        r"\b(?:respuesta|réponse|risposta|resposta|antwort|ответ|svar|odpowiedź|antwoord|lösung)"
        r"(?: correcta| correcte| corretta| richtige| final| finale)?(?: es| est| è| é| ist| är| to| is)? ?:? ?"
        r"(?:la opción |l'option |option |opção |opzione )?",
    )
)
_FINAL_CUE = re.compile(
    rf"(?:^|[\s,;:.])(?:{_DET} )?final (?:{_NOUN}|decision|result|conclusion)(?: ?{_BE})? ?{_NAMED}:? ?$"
)
_LAST_WORDS = re.compile(
    r"(?:^|[\s'\"])(?:options?|choice|answer|ans|letter|image|candidate|picture|alternative|selection|view|photo|frame|"
    r"is|was|be|'s|so|therefore|thus|hence|consequently|then|choose|chose|pick|picked|select|selected|say|guess|with|for|"
    r"on|that|conclude|choosing|selecting|decision|result|therefore|clearly|definitely|certainly|probably|likely|indeed|"
    r"actually|simply|just|obviously|but|think|believe|actually|wait|no|sorry|rather|mean|yes|sure|es|est|è|é|ist|är|to)$|'s$|[:=>→⇒∴\-–—\"',]$|[^\x00-\x7f]$",
    re.IGNORECASE,
)
"""How a text must end that a cue may end: looked at first, since most letters stand elsewhere."""
_ENDS = re.compile(
    r"^(?:[)'\".,;:!…]|\s*$|\s*[(\[«\"'<]|\s+[-–—:=(→]|\s*[^\x00-\x7f]|\s+[-+]?[\d.]|\s+(?:because|since|as|due|based|given|"
    r"which|is|was|for|and|or|but|where|so|with|in|at|by|from|rather|not|over|instead|than|that|when|after|after|"
    r"it|i|the|this|if|unless|here|therefore|thus|too)\b)",
    re.IGNORECASE,
)
"""What may follow a letter that is stated: no word that "A" could be the article of."""
_GOOD_BEHIND = re.compile(
    rf"^[\s)'\".:,]*(?:\(?[-+\d.,° a-z]{{1,12}}\)? )?(?:is|was|must be|should be|would be|'s|seems|appears|looks|it is$|best)"
    rf"(?: (?:{_ADVERB}|to be)){{0,2}}(?: {_DET})?(?: (?:{_GOOD}|{_NOUN}|one|answer)\b|$)",
    re.IGNORECASE,
)
_GOOD_BEHIND_CJK = re.compile(r"^ ?(?:是(?:正确|对|正解)|が正解|입니다|이 정답|가 정답|です|正确)")
_BEFORE_SUBJECT = re.compile(rf"(?:{_AHEAD})(?:(?:the )?(?:{_GOOD} )?{_NOUN} ?)?$", re.IGNORECASE)
_DENIED_BEHIND = re.compile(
    r"^[\s)'\".,:;!]*(?:\?|(?:(?:,|-|but|and|which|that|this|it|so|\() ?){0,3}(?:is|was|are|isn't|wasn't|aren't|seems|looks|"
    r"would be|can be|could be|can't be|cannot be|wouldn't|doesn't|does|must be|appears|'s|has been|I)? ?"
    r"(?:clearly |definitely |obviously |therefore |thus |also |likely |probably |most likely )?"
    r"(?:not\b(?! (?:only|just|the|option|image|choice|«|[A-H]\b))|wrong|incorrect|false|impossible|too\b|unlikely|ruled|rule it out|eliminated|excluded|invalid|"
    r"inconsistent|implausible|out\b|be\b|isn't|wasn't|doesn't|no\b|错|不对|不正确|不是))",
    re.IGNORECASE,
)
_DENYING = re.compile(
    r"\b(?:not|never|no|neither|nor|none|cannot|without|unlikely|doubt|doubtful|rather than|instead of|except|excluding|"
    r"incorrect|wrong|worst|least|false|eliminat\w*|exclud\w*|rul(?:e|es|ed|ing) out|discard\w*|reject\w*|unlike|"
    r"impossible|than|versus|avoid|unless|other|another|second-best|opposite|avoid|fails?)\b|n't\b|[不没非]",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"\b(?:not(?! (?:option |image |choice )?«?[A-H]\b)|never|no|cannot|wrong|incorrect|false|too|unlikely|ruled out|eliminated|excluded|impossible|inconsistent)\b|"
    r"n't\b|[不错]",
    re.IGNORECASE,
)
_SUPPOSING = re.compile(
    r"\b(?:if|whether|unless|suppose|supposing|supposed|assum(?:e|es|ed|ing)|imagine|otherwise|would have|were to|in case|"
    r"whichever)\b|如果|\?",
    re.IGNORECASE,
)
"""What leaves a whole sentence open."""
_DOUBTING = re.compile(
    r"\b(?:might|may|could|perhaps|maybe|possibly|unsure|unclear|not sure|hard to (?:say|tell)|depends|depending|"
    r"for example|for instance|e\.g\.|such as|like|example|format|respond with|reply with)\b|可能|或许|也许",
    re.IGNORECASE,
)
"""What leaves a clause open."""
_CLAUSE = re.compile(r"[,;:—]\s|\s-\s|\b(?:but|so|hence|therefore|thus|because|since)\b", re.IGNORECASE)
_CONTENT = re.compile(
    r"^\s*[\d\s.,;:+\-–°()«»]*(?:degrees?|deg|m|cm|meters?|metres?|centimet\w+|units?)?"
    r"(?: (?:to the )?(?:left|right|forwards?|backwards?|up|down|upwards?|downwards?))?[\s).,;:!]*$",
    re.IGNORECASE,
)
"""An option's number behind its letter, and nothing else: "A 40° turn" may be the article."""
_WITHDRAWING = re.compile(
    r"^[\s\-–—,;]*(?:(?:oh|hm+|ah|ok|okay|but|and|well|oops|hold on),? ?)?"
    r"(?:actually|wait|no\b|sorry|correction|corrected|scratch that|on second thoughts?|or rather|rather|i mean|"
    r"(?:i|let me) (?:was wrong|made a mistake|change|correct|take that back|reconsider|re-?check|re-?think|"
    r"re-?evaluate|revise)|my mistake|apologies|i apologi[sz]e|(?:that|this|it)(?:'s| is| was| seems| looks)"
    r" (?:wrong|incorrect|not (?:right|correct)|a mistake|mistaken)|hmm|oops|不对|等等|更正)",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"\b(?:corresponds?|corresponding|match(?:es|ing)?|equals?|consistent|equivalent|points?|pointing|leads?|leading|refers?|"
    r"described|depicted|shown|represented|seen|found|as|is in)(?: best| exactly| closely| most closely| directly)?"
    rf"(?: (?:to|with|by|in|at))? ?(?:the )?(?:{_GOOD} )?{_NOUN}? ?$",
    re.IGNORECASE,
)
_NAMING_BEHIND = re.compile(
    r"^[\s)'\":]*(?:(?:best |most |clearly |exactly )?(?:corresponds|matches|represents|fits|depicts the (?:result|view)|"
    r"shows (?:what|the (?:view|scene|result|image)(?: you| after| from))|is consistent))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """A letter, or a group such as "A or B", and what the reply does with it. start: where it stands."""

    letters: frozenset[str]
    role: Role
    start: int
    end: int


@dataclass(frozen=True)
class _Letters:
    """A group of letters as it stands in the text. marked: in brackets or bold."""

    letters: frozenset[str]
    start: int
    end: int
    marked: bool
    lower: bool


def said(text: str) -> tuple[list[Said], list[int]]:
    """What a plain text says of letters, in order, and where it takes back what it said before."""
    groups = _groups(text)
    unmarked = [match.end() for group in groups if (match := _UNMARKED_END.match(text, group.end, group.end + 24))]
    ends = sorted({0, *unmarked, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)})
    found = [_said(text, group, ends) for group in groups]
    starts = [
        a for a, b in zip(ends, ends[1:], strict=False) if b > a and _WITHDRAWING.match(text[a : min(b, a + NEAR)])
    ]
    return _without_lists(text, [one for one in found if one]), starts


def _groups(text: str) -> list[_Letters]:
    """Letters that stand alone, those that are joined by "or", "and", "/" and the like together."""
    groups: list[_Letters] = []
    last_end = -1
    matches = [*islice(_LETTER.finditer(text), MOST_LETTERS + 1)]
    for match in matches if len(matches) <= MOST_LETTERS else ():
        letter = match["marked"] or match["plain"]
        one = _Letters(frozenset(letter.upper()), match.start(), match.end(), bool(match["marked"]), letter.islower())
        between = text[last_end : one.start] if last_end >= 0 else ""
        if groups and len(between) < 40 and _joined(between) and groups[-1].lower == one.lower:
            before = groups.pop()
            one = _Letters(before.letters | one.letters, before.start, one.end, before.marked, before.lower)
        groups.append(one)
        last_end = one.end
    return groups


@lru_cache(maxsize=4096)
def _joined(between: str) -> bool:
    if not between.strip(" »«):,"):
        return "\n" not in between
    return bool(_JOINT.match(between.lower())) and "\n" not in between


def _said(text: str, group: _Letters, ends: Sequence[int]) -> Said | None:
    place = bisect_right(ends, group.start) - 1
    start, end = ends[place], _end_of(text, group, ends, place)
    behind = text[group.end : min(end, group.end + NEAR)]
    near = text[max(start, group.start - NEAR) : group.start]
    before = near.lstrip() if group.start - NEAR <= start else CUT + near  # no pattern takes it for a sentence's start
    at_start = not text[start : group.start].strip(" -•+–>.·,;=") if group.start - start <= 8 else False
    role = _role(before, behind, at_start, group.marked, group.lower, len(group.letters) > 1)
    if role in ("asserted", "leading", "named") and _supposed(
        text[max(start, group.start - 4 * NEAR) : min(end, group.end + 2 * NEAR)]
    ):
        role = "mentioned"
    return Said(group.letters, role, group.start, group.end) if role else None


def _end_of(text: str, group: _Letters, ends: Sequence[int], place: int) -> int:
    """The end of the letter's sentence; a full stop right behind it at the start of a line belongs to it: "B. 40°"."""
    end = ends[min(place + 1, len(ends) - 1)]
    starts_line = place == 0 or text[ends[place] - 1] == "\n"
    another = _UNMARKED_END.match(text, group.end) or _LETTER.match(text, end + 1)
    if starts_line and text[group.end : end] == "." and not another:
        return ends[min(place + 2, len(ends) - 1)]
    return end


@lru_cache(maxsize=8192)
def _supposed(sentence: str) -> bool:
    return bool(_SUPPOSING.search(sentence))


@lru_cache(maxsize=8192)
def _role(before: str, behind: str, at_start: bool, marked: bool, lower: bool, several: bool) -> Role | None:
    """What the words around a letter do with it; None if it is no letter of an option, but an article."""
    if lower and not re.match(r"^[\s).,:;!'\"]*$|^[).:]", behind):
        return None
    alone = at_start and not behind.strip(_MARKS)
    if not alone and _denied(before, behind):
        return "denied"
    if alone or _cue(before, behind) or (not several and _praised(before, behind, at_start)):
        return "asserted"
    if at_start and (
        re.match(r"^ ?[).:,;]|^\s*[-–—=→]", behind)
        or _CONTENT.match(behind)
        or (marked and not re.match(r"^ [a-z]", behind))
    ):
        return _leading(behind)
    if at_start and re.match(r"^,? (?:because|since|as|due to|based on|given|rather than|instead of|not)\b", behind):
        return "asserted"
    if re.fullmatch(rf"[\s\-•.,;]*(?:the )?(?:{_GOOD} )?{_NOUN}:? ?", before.lower()) and re.match(
        r"^\s*[).:,;(\-–—=→]|^\s*$|^\s+[\d]", behind
    ):
        return _leading(behind) if behind.strip(_MARKS) else "asserted"
    if lower and not at_start:
        return None
    if _NAMING.search(before) and not behind.strip(_MARKS):
        return "named"
    if marked and not behind.strip(_MARKS):
        return "named"
    if at_start or re.search(rf"(?:^|\W){_NOUN} ?$", before.lower()):
        return "named" if _NAMING_BEHIND.match(behind) else "mentioned"
    return "mentioned"


def _leading(behind: str) -> Role:
    """An answer with its content, or an option with what is wrong with it."""
    return "denied" if _WRONG.search(_CLAUSE.split(behind.lstrip(" .,;:)-–—"))[0]) else "leading"


def _denied(before: str, behind: str) -> bool:
    clause = _CLAUSE.split(before)[-1]
    return bool(_DENYING.search(clause) or _DOUBTING.search(clause) or _DENIED_BEHIND.match(behind))


def _cue(before: str, behind: str) -> bool:
    if not _LAST_WORDS.search(before.rstrip()) or not _ENDS.match(behind):
        return False
    low = before.lower()
    return any(cue.search(low) for cue in _CUES) or bool(_FINAL_CUE.search(low))


def _praised(before: str, behind: str, at_start: bool) -> bool:
    """Whether it is the subject of "is correct"."""
    if not (_GOOD_BEHIND.match(behind) or _GOOD_BEHIND_CJK.match(behind)):
        return False
    return at_start or bool(_BEFORE_SUBJECT.search(before))


def _without_lists(text: str, found: Sequence[Said]) -> list[Said]:
    """Lines that begin with a letter are an answer if there is one such line, the first or the last; a list if there
    are two letters of them. The same for options that are listed within a line, from A on."""
    leading = [one for one in found if one.role == "leading"]
    inline = {one.start for one in _inline(text, found)}
    letters = {letter for one in leading for letter in one.letters}
    roles: list[Said] = []
    for one in found:
        role = one.role
        if one.start in inline:
            role = "mentioned"
        elif role == "leading":
            role = "asserted" if len(letters) == 1 and _outer(text, one) else "mentioned"
        roles.append(Said(one.letters, role, one.start, one.end))
    return roles


def _outer(text: str, one: Said) -> bool:
    return ("\n" not in text[: one.start].strip("\n") and not text[: one.start].strip(" -\n")) or _in_first_or_last(
        text, one
    )


def _in_first_or_last(text: str, one: Said) -> bool:
    return "\n" not in text[: one.start] or "\n" not in text[one.end :]


def _inline(text: str, found: Sequence[Said]) -> Iterator[Said]:
    """The letters of a list "A. 10° B. 20° C. …" within one line."""
    run: list[Said] = []
    for one in found:
        mark = re.match(r"^(?:[.):]|\s*=|\s+[-–]|\s+[\d(])", text[one.end : one.end + 3]) or text[one.start] == "«"
        (letter,) = one.letters if len(one.letters) == 1 else ("",)
        expected = chr(ord("A") + len(run))
        if mark and letter == expected and (run or _opens_list(text, one)):
            run.append(one)
        else:
            if len(run) > 1:
                yield from run
            run = [one] if mark and letter == "A" and _opens_list(text, one) else []
    if len(run) > 1:
        yield from run


def _opens_list(text: str, one: Said) -> bool:
    before = text[max(0, one.start - 12) : one.start]
    return (
        not before.strip(" -•")
        or before.rstrip(" -•").endswith((":", "\n", ","))
        or bool(re.search(r"\b(?:are|options?|include) $", before))
    )
