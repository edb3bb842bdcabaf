"""The words by which a reply states, denies, doubts or takes back a letter, as patterns.

Patterns on what stands before a letter end where it starts, those on what stands behind start where it ends. They see
one sentence at most. Repetitions are bounded, so that no text takes longer than its length.
"""

from __future__ import annotations

import re


def _any(words: str) -> str:
    """One of several words or phrases, which may be patterns, separated by commas."""
    return f"(?:{'|'.join(word.strip() for word in words.split(','))})"


NOUN = _any(
    "option, choice, answer, letter, image, candidate, picture, alternative, selection, view, photo, frame, guess, one"
)
GOOD = _any(
    """final, correct, right, best, closest, nearest, likeliest, matching, chosen, selected, true, proper, accurate,
    appropriate, suitable, expected, intended, actual, most likely, most plausible, most probable, most accurate,
    most consistent, most appropriate, most suitable, most reasonable, most fitting, only correct, only possible,
    only plausible, only consistent, only matching, only valid"""
)
_THE = _any("the, my, our, this, your")
_SURELY = _any(
    """therefore, thus, then, hence, clearly, definitely, certainly, surely, probably, likely, most likely, very likely,
    indeed, actually, simply, just, obviously, in fact, again, still, now, also, best"""
)
_SO = _any("so, therefore, thus, hence, consequently")
_IS = _any(
    "is, was, would be, should be, must be, will be, has to be, seems to be, appears to be, 's, =, :, ->, →, =>, ⇒, –, "
    "—, -"
)
_QUALIFIED = "(?: {}){{0,8}}".format(
    _any(
        """after, following, from, that, which, showing, matching, seen, you, would, i, see, the, this, action, move,
        moving, rotation, rotating, turn, turning, movement"""
    )
)
_AHEAD = r"(?:^|[,;:.\-–—→»]|\b{}),? ?".format(
    _any(
        r"""[a-h], so, therefore, thus, hence, consequently, then, and, but, or, that, think, believe, say, conclude,
        means?, finally, overall, clearly, indeed, now, because, since, as, summary, conclusion, guess, suppose,
        i'd say, is, implies, gives, makes, case, question, here, \w{1\,15}'s""".replace(r"\,", "COMMA")
    ).replace("COMMA", ",")
)
"""What may stand before "the answer": no adjective, which might be "wrong" or "second"."""
_NAMED = f"(?:(?:the )?(?:{GOOD} )?{NOUN} ?)?"
_LABEL = _any(
    """answer, ans, option, choice, letter, solution, result, response, conclusion, prediction, selection, decision,
    selected, chosen, pick, guess, output, reply, assistant, model"""
)
_I_WOULD = _any("'d, 'll, 'm, am, would, will, am going to, have to, must, can, should, shall").replace("|am", "| am")
_CHOOSE = _any(
    """choose, chose, pick, picked, select, selected, say, answer, guess, settle on, opt for, vote for, conclude, go,
    think, believe, choosing, going"""
)
_REPLYING = _any(
    """actually, wait, no, sorry, correction, rather, or rather, i mean, hmm, yes, sure, ok, okay, right, oh, certainly,
    of course, probably, likely, most likely, definitely, clearly, surely, obviously, finally"""
)
STATING = tuple(
    re.compile(pattern + r"[\s'\"]*$")
    for pattern in (
        # the (correct) answer is (option)
        f"{_AHEAD}(?:{_THE} )?(?:{GOOD}(?: and)? ){{0,2}}{NOUN}"
        f"(?: (?:to|for|of) (?:the|this) (?:question|problem|task)| here| in this case|{_QUALIFIED})"
        rf"(?: {_SURELY}){{0,2}},? ?{_IS}(?: ?{_SURELY}){{0,2}},? ?:?\s?{_NAMED}:? ?",
        # Answer: (option)
        rf"(?:^|[,;.:] ?|\b(?:{_SO}|and|the|my),? )(?:{_THE} )?(?:(?:{GOOD}|predicted|model) ){{0,2}}{_LABEL}"
        f" ?(?:[:=→⇒–—-]|->|=>){{1,3}} ?{_NAMED}:? ?",
        # I choose (option)
        rf"\b(?:i|we)(?:'d|'ll|'m| am| would| will| am going to| have to| must| can| should| shall)?(?: {_SURELY})?"
        f" {_CHOOSE}(?: with| for| on| that)?,? ?{_NAMED}:? ?",
        # Choose (option)
        rf"(?:^|\b{_SO},? )(?:choose|pick|select|choosing|selecting|go with|going with) {_NAMED}:? ?",
        # it is (option)
        rf"(?:^|[\s,;:])(?:it|that|this)(?:'s| {_IS})(?: {_SURELY}){{0,2}},? ?{_NAMED}:? ?",
        # so (option)
        rf"(?:^|[\s,;:.])(?:{_SO}|∴|→|=>|⇒|->),? ?(?:it'?s )?{_NAMED}:? ?",
        # Actually, (option); most likely (option)
        rf"^[\s,;.]*{_REPLYING}[,:;.!\-– ]{{1,3}}{_NAMED}:? ?",
        # not A but (option)
        rf"\b(?:not|isn't|wasn't) (?:\S{{1,20}} ){{1,4}}but(?: rather)? {_NAMED}",
        # Chinese, Japanese, Korean
        "(?:答案|选项|正确选项|正确答案|正解|答え|回答|정답|답)(?:应该|应|该|就)?(?:是|为|選|は|は、|은|는|이)? ?:? ?"
        "(?:选项|选|图|オプション)? ?",
        "(?<![不没未非])(?:选择|选|选取|應選|应选)(?:选项|的?是)? ?:? ?",
        # Spanish, French, Italian, Portuguese, German, Russian, Swedish, Polish, Dutch
        r"\b(?:respuesta|réponse|risposta|resposta|antwort|ответ|svar|odpowiedź|antwoord|lösung)"
        "(?: correcta| correcte| corretta| richtige| final| finale)?(?: es| est| è| é| ist| är| to| is)? ?:? ?"
        "(?:la opción |l'option |option |opção |opzione )?",
    )
)
"""Before a letter that is stated; in lower case."""
ENDING = re.compile(
    r"(?:^|[\s'\"])(?:{}|es|est|è|é|ist|är|to)$|'s$|[:=>→⇒∴\-–—\"',]$|[^\x00-\x7f]$".format(
        _any(
            """option, choice, answer, ans, letter, image, candidate, picture, alternative, selection, view, photo,
            frame, guess, one, is, was, be, so, therefore, thus, hence, consequently, then, choose, chose, pick, picked,
            select, selected, say, with, for, on, that, conclude, choosing, selecting, decision, result, clearly,
            definitely, certainly, probably, likely, indeed, actually, simply, just, obviously, but, think, believe,
            wait, no, sorry, rather, mean, yes, sure, go, right, correct"""
        )
    ),
    re.IGNORECASE,
)
"""How all of ``STATING`` end: looked at first, since most letters stand elsewhere."""
FOLLOWING = re.compile(
    r"^(?:[)'\".,;:!…]|\s*$|\s*[(\[«\"'<]|\s+[-–—:=(→]|\s*[^\x00-\x7f]|\s+[-+]?[\d.]|\s+{}\b)".format(
        _any(
            """because, since, as, due, based, given, which, is, was, for, and, or, but, where, so, with, in, at, by,
            from, rather, not, over, instead, than, that, when, after, it, i, the, this, if, unless, here, therefore,
            thus, too"""
        )
    ),
    re.IGNORECASE,
)
"""Behind a letter that is stated: no word that "A" could be the article of."""
REASONING = re.compile(r"^,? (?:because|since|as|due to|based on|given|rather than|instead of|not)\b", re.IGNORECASE)
"""Behind a letter with which a sentence starts, and which its rest gives reasons for."""
PRAISING = re.compile(
    r"^[\s)'\".:,]{0,4}(?:\(?[-+\d.,° a-z]{1,12}\)? )?"
    "(?:is|was|must be|should be|would be|'s|seems|appears|looks|it is$|best)"
    rf"(?: (?:{_SURELY}|to be)){{0,2}}(?: {_THE})?(?: (?:{GOOD}|{NOUN})\b|$)"
    "|^ ?(?:是(?:正确|对|正解)|が正解|입니다|이 정답|가 정답|です|正确)",
    re.IGNORECASE,
)
"""Behind a letter: "is correct", "is the best choice"."""
PRAISED = re.compile(f"{_AHEAD}(?:(?:the )?(?:{GOOD} )?{NOUN} ?)?$", re.IGNORECASE)
"""Before a letter that is praised."""
NAMING = re.compile(
    r"\b{}(?: best| exactly| closely| most closely| directly)?(?: (?:to|with|by|in|at))? ?"
    "(?:the )?(?:{} )?{}? ?$".format(
        _any(
            """corresponds?, corresponding, match, matches, matching, equals?, consistent, equivalent, points?,
            pointing, leads?, leading, refers?, described, depicted, shown, represented, seen, found, as, is in"""
        ),
        GOOD,
        NOUN,
    ),
    re.IGNORECASE,
)
"""Before an option that a sentence ends with: "which corresponds to option"."""
NAMED_SUBJECT = re.compile(
    r"^[\s)'\":]{0,4}(?:best |most |clearly |exactly )?(?:corresponds|matches|represents|fits|is consistent|"
    r"depicts the (?:result|view)|shows (?:what|the (?:view|scene|result|image)(?: you| after| from)))\b",
    re.IGNORECASE,
)
"""Behind an option: "shows what you see"."""
NUMBER_ALONE = re.compile(
    r"^\s*[\d\s.,;:+\-–°()«»]*(?:degrees?|deg|m|cm|meters?|metres?|centimet\w+|units?)?"
    r"(?: (?:to the )?(?:left|right|forwards?|backwards?|up|down|upwards?|downwards?))?[\s).,;:!]*$",
    re.IGNORECASE,
)
"""Behind a letter: an option's number and nothing else, for "A 40° turn" may be the article."""

DENYING = re.compile(
    r"\b{}\b|n't\b|[不没非]".format(
        _any(
            r"""not, never, no, neither, nor, none, cannot, without, unlikely, doubt, doubtful, rather than, instead of,
            except, excluding, incorrect, wrong, worst, least, false, eliminat\w*, exclud\w*, rule out, rules out,
            ruled out, ruling out, discard\w*, reject\w*, unlike, impossible, than, versus, avoid, unless, other,
            another, second-best, opposite, fails?"""
        )
    ),
    re.IGNORECASE,
)
"""In the clause before a letter."""
DENIED = re.compile(
    r"^[\s)'\".,:;!]{0,6}(?:\?|(?:(?:,|-|but|and|which|that|this|it|so|\() ?){0,3}"
    "(?:is|was|are|isn't|wasn't|aren't|seems|looks|would be|can be|could be|can't be|cannot be|wouldn't|doesn't|does|"
    "must be|appears|'s|has been|I)? ?"
    "(?:clearly |definitely |obviously |therefore |thus |also |likely |probably |most likely )?"
    r"(?:not\b(?! (?:only|just|the|option|image|choice|«|[A-H]\b))|wrong|incorrect|false|impossible|too\b|unlikely|"
    r"ruled|rule it out|eliminated|excluded|invalid|inconsistent|implausible|out\b|be\b|isn't|wasn't|doesn't|no\b|错|"
    "不对|不正确|不是))",
    re.IGNORECASE,
)
"""Behind a letter."""
WRONG = re.compile(
    r"\b(?:not(?! (?:option |image |choice )?«?[A-H]\b)|never|no|cannot|wrong|incorrect|false|too|unlikely|ruled out|"
    r"eliminated|excluded|impossible|inconsistent)\b|n't\b|[不错]",
    re.IGNORECASE,
)
"""In what is said of an option that a line begins with."""
SUPPOSING = re.compile(
    r"\b{}\b|如果|\?".format(
        _any(
            r"""if, whether, unless, suppose, supposing, supposed, assum(?:e|es|ed|ing), imagine, otherwise, would have,
            were to, in case, whichever"""
        )
    ),
    re.IGNORECASE,
)
"""What leaves a whole sentence open."""
DOUBTING = re.compile(
    r"\b{}\b|可能|或许|也许".format(
        _any(
            r"""might, may, could, perhaps, maybe, possibly, unsure, unclear, not sure, hard to say, hard to tell,
            depends, depending, for example, for instance, e\.g\., such as, like, example, format, respond with,
            reply with"""
        )
    ),
    re.IGNORECASE,
)
"""What leaves a clause open."""
CLAUSE = re.compile(r"[,;:—]\s|\s-\s|\b(?:but|so|hence|therefore|thus|because|since)\b", re.IGNORECASE)
"""Between clauses."""
WITHDRAWING = re.compile(
    r"^[\s\-–—,;]{0,4}(?:(?:oh|hm+|ah|ok|okay|but|and|well|oops|hold on),? ?)?"
    r"(?:actually|wait|no\b|sorry|correction|corrected|scratch that|on second thoughts?|or rather|rather|i mean|"
    r"(?:i|let me) (?:was wrong|made a mistake|change|correct|take that back|reconsider|re-?check|re-?think|"
    r"re-?evaluate|revise)|my mistake|apologies|i apologi[sz]e|(?:that|this|it)(?:'s| is| was| seems| looks)"
    r" (?:wrong|incorrect|not (?:right|correct)|a mistake|mistaken)|hmm|oops|不对|等等|更正)",
    re.IGNORECASE,
)
"""How a sentence starts that takes back what was stated before."""

SENTENCE_END = re.compile(
    r"[.!?]+(?=[\s,;]|$)|(?:です|입니다|다)[.!?]?\s?|\n"
    r"|(?<=[\d°%m»)]) (?=(?:The|So|Therefore|Thus|Hence|Answer|My|I|Final|Correct|It) )"
    r"|\s(?=[-–—,;]{0,2}\s?(?:no|wait|actually|sorry|scratch that|or rather)[,:])"
)
UNMARKED_END = re.compile(
    r"[.,;:)!]{0,3}\s+(?=(?:I|So|Therefore|Thus|Hence|Final|Answer|The|My|It|That|This|Option|Image|Choice|Based|Yes|No|"
    r"Wait|Actually|Because|Since|Correct|Selected|Ans|And|But|Also|La|Le|El|Die|Das|Ответ|We|Looking|From|In|Let)\b|"
    r"It's|answer ?[:=]|the answer is|答|选|正|정|→|⇒|=>)"
)
"""Behind a letter, where a new sentence starts though no mark says so."""
JOINING = re.compile(
    r"^[\s.)»]{0,3}(?:(?:,|/|&|\+|or|and|and/or|to|vs\.?|versus|or maybe|or possibly|or perhaps|or else|或|和)\s?){1,3}"
    "(?:(?:option|image|choice|answer|letter)s? )?«?$"
)
"""Between letters of one group: "A or B", "A/B"."""
