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
    """option, choice, answer, ans, letter, image, candidate, picture, alternative, selection, view, photo, frame,
    guess, match, fit, estimate, pick, bet, vote, conclusion, decision, verdict, winner, one"""
)
_PART = "(?:the {} {} )?".format(
    _any("coordinates, corners, values?, numbers?, amount, description, position, layout, box, view, image, picture"),
    _any("in, of, from, for, (?:given|shown|described|listed) (?:in|by|for)"),
)
"""What of an option is spoken of: "the view in option"."""
GOOD = _any(
    r"""final, correct, right(?! (?:of|side|hand|next|in front|behind|edge|corner)\b), best, closest, nearest,
    likeliest, better, more likely, resulting, matching, chosen, selected, true, proper, accurate,
    appropriate, suitable, expected, intended, actual, most likely, most plausible, most probable, most accurate,
    most consistent, most appropriate, most suitable, most reasonable, most fitting, required,
    only, only correct, only possible,
    only plausible, only consistent, only matching, only valid"""
)
_THE = _any("the, my, our, this, your")
_SURELY = _any(
    """therefore, thus, then, hence, clearly, definitely, certainly, surely, probably, likely, most likely, very likely,
    slightly, somewhat, far, much, indeed, actually, simply, just, obviously, in fact, again, still, now, also, best"""
)
_SO = _any("so, therefore, thus, hence, consequently")
_IS = _any(
    """is, was, goes to, can only be,
    (?:would|should|must|will) (?:(?:(?!on)[a-z]+ly|then|thus|hence|therefore|still) )?be,
    has to be, should have been,
    seems to be, appears to be, 's, =, :, ->, →, =>, ⇒, –, —, -"""
)
_QUALIFIED = "(?: {}{})?".format(
    _any(
        """that, which, captured, closest, nearest, taken, shown, seen, after, following, from, showing, matching, for,
        consistent, compatible, with, among, of, in, to, i, you, we"""
    ),
    r"(?: [\w.°'-]{1,15}){1,10}",
)
"""Which answer is meant: "the image that you see after moving"."""
_AHEAD = r"(?:^|[,;:.(\-–—→»]|\b{}),? ?".format(
    _any(
        r"""[a-h], so, therefore, thus, hence, consequently, then, and, but, or, that, think, believe, say, conclude,
        means?, finally, overall, clearly, indeed, now, because, since, as, why, though, although, while, yet, like,
        seems,
        appears, still, confident, sure, certain, summary, conclusion, guess, suppose,
        i'd say, is, implies, gives, makes, case, question, here, inspection, reflection, look, \w{1\,15}'s""".replace(
            r"\,", "COMMA"
        )
    ).replace("COMMA", ",")
)
"""What may stand before "the answer": no adjective, which might be "wrong" or "second"."""
_NAMED = (
    f"{_PART}(?:(?:the )?(?:{GOOD} )?{NOUN} ?"
    "(?:(?:(?:that|which) is )?(?:labell?ed|marked|lettered|called|with the (?:label|letter))(?: as)? ?)?)?"
)
_LABEL = _any(
    """answer, ans, option, choice, letter, solution, result, response, conclusion, prediction, selection, decision,
    selected, chosen, pick, guess, output, reply, assistant, model, correct, corrected, match, verdict,
    final, closest, nearest, dr, tldr, summary"""
)
_CHOOSE = _any(
    """choose, chose, pick, picked, select, selected, say, answer, guess, settle on, opt for, vote for,
    prefer, bet, put my money, conclude, go,
    think, believe, choosing, going, get, got, end up, meant, mean, mark, stick, arrive at, change my answer to,
    revise my answer to, change it to, are left, am left, find, lean, leaning, chosen"""
)
_REPLYING = _any(
    r"""alright, all right, well, fine, actually, wait, no, sorry, scratch that, correction, rather, or rather, i mean,
    hmm, yes, still, sure, ok, okay, right, oh, of course, certainly, probably, likely, most likely, definitely,
    clearly, surely, obviously, finally, tentatively, presumably, apparently, evidently, ultimately, undoubtedly,
    arguably"""
)
CJK_NOUN = "(?:图像|图片|图|选项|选择|選択肢|画像|オプション|이미지|옵션)"
FOREIGN_NOUN = _any(
    """respuesta, réponse, risposta, resposta, antwort, ответ, вариант, изображение, картинка, svar, odpowiedź,
    antwoord, відповідь, адказ, vastaus, válasz, odpověď, odpoveď, odgovor, răspuns, απάντηση,
    lösung, opción, opção, opzione, alternativa, imagen, imagem, immagine, image, bild, letra, lettre, option, jawaban,
    cevap, đáp án, الإجابة, उत्तर"""
)
_FOREIGN_GOOD = _any(
    r"""correct[aoe]?s?, corrett?[ao], korrekte?, bonne, buena, richtige?, finale?, правильный, правильная, правильное,
    верный, doğru, đúng, الصحيحة"""
)
_FOREIGN_IS = (
    "(?:es|est|è|é|ist|är|to|is|là|هي|lautet|adalah|—|–|-|:)(?: donc| also| pues| portanto| daher| folglich| deshalb)?"
)
_FOREIGN_THE = "(?:la|le|el|a|o|il|die|das|der|l')"
STATING_ONE = re.compile(
    rf"\bbut (?:probably|most likely|likely) {_NAMED}$|"
    rf"^(?!.*\b(?:all|every\w*|any\w*|nothing|none|no|each)\b).*, but {_NAMED}$|"
    rf"(?:^|[\s,;:.])(?:{_SO}|∴|→|=>|⇒|->),? ?(?:it'?s )?{_NAMED}:? ?$"
    r"|(?:^|[\s,;:.])(?:this|that|it|which|eliminat\w*|exclud\w*|ruling out)[^.;:]{0,40} (?:leaves|gives)"
    rf"(?: us)?(?: with)?(?: only)? {_NAMED}:? ?$"
    rf"|(?:[,;–—-] leaving|(?:^|[,;–—-] )giving)(?: us)?(?: with)?(?: only| just)? {_NAMED}$"
)
"""Before a letter that is stated if it is a single one: "that leaves B"."""
STATING = tuple(
    re.compile(pattern + r"[\s'\"]*$")
    for pattern in (
        # an answer tag or a box within a sentence
        r"\w final answer: ",
        # the (correct) answer is (option)
        f"(?:{_AHEAD}|\\b(?={_THE} ))(?:{_THE} )?(?:{GOOD}(?: and)? ){{0,2}}{NOUN}"
        rf"(?: here|{_QUALIFIED})(?:,? {_SURELY}){{0,2}},? ?{_IS}(?: ?{_SURELY}){{0,2}},? ?:?\s?{_NAMED}:? ?",
        # the closest (to it) is (option)
        rf"{_AHEAD}{_THE} {GOOD}{_QUALIFIED},? {_IS} ?{_NAMED}:? ?",
        # that makes the answer (option)
        rf"\bmak(?:es|ing) (?:{_THE} )?(?:{GOOD} )?(?:{NOUN} )?",
        r"\b(?:confident|sure)(?: in| that it's| it's| that it is)? ",
        rf"\bsettl\w+ on {_NAMED}",
        # Answer: (option)
        rf"(?:^[^\w]{{0,4}}|[,;.:] ?|\b(?:{_SO}|and|the|my|\w{{1,15}}'s),? )(?:{_THE} )?"
        f"(?:(?:{GOOD}|predicted|model|rough|quick) ){{0,2}}{_LABEL}"
        rf"(?: [a-z]{{1,12}}\)?){{0,3}} ?(?:[:=→⇒–—-]|->|=>){{1,3}} ?{_NAMED}:? ?",
        # of A, B and C: (option)
        r"\b[a-h](?:(?:,|/| vs\.?| or| and|, and|, or){1,2} ?[a-h]){1,7}\)?:? ?: ?",
        # I choose (option)
        rf"\b(?:i|we)(?:'d|'ll|'m|'ve|'re| am| are| have| would| will| must| can| should| shall)?"
        rf"(?: going to| inclined to| have to| to)?(?: {_SURELY})?"
        rf" {_CHOOSE}(?: with| for| on| that| at| towards?)?(?: it's| it is)?,? ?{_NAMED}:? ?",
        rf"\b(?:i|we)(?:'d|'ll| would| will) (?:rather )?take {_NAMED}",
        # Choose (option)
        rf"(?:^|\b{_SO},? )(?:choose|pick|select|mark|choosing|selecting|picking|leaning(?: towards?)?|"
        "you should (?:choose|pick|select|answer)|let me go with|going for|answering|go with|going with|let's go with|"
        "let's choose) "
        f"{_NAMED}:? ?",
        # whatever is option (letter)
        rf"\b(?:is|are) (?:the )?(?:{GOOD} )?(?:option|choice) ",
        "✓ ?",
        # from A to (option)
        rf"\b(?:chang|revis|switch|correct)\w* (?:(?:the|my) answer|it|[^.;]{{0,40}}from [a-h]) to {_NAMED}",
        # it is (option)
        rf"(?:^|[\s,;:])(?:it|that|this|which)(?:'s| {_IS})(?: {_SURELY}){{0,2}},? ?{_NAMED}:? ?",
        # must be (option)
        rf"(?:^|[,;:] |\b(?:{_SO}|it),? )(?:must be|has to be|(?:seems|appears) to be|(?:looks|seems) like) "
        rf"{_NAMED}:? ?",
        # Actually, (option); most likely (option)
        rf"^[\s,;.]*(?:{_REPLYING}[,:;.!\-– ]{{1,3}}){{1,3}}{_NAMED}:? ?",
        # not A but (option)
        rf"\b(?:not|isn't|wasn't) (?:\S{{1,20}} ){{1,4}}but(?: rather)? {_NAMED}",
        # Chinese, Japanese, Korean
        f"(?:答案|答(?= ?:)|正确选项|正确答案|正解|答え|回答|정답|답|(?:选项|选择)(?=是|为|:| ?:))"
        f"(?:应该|应|该|就)?(?:是|为|選|は|は、|은|는|이)? ?:? ?{CJK_NOUN}? ?",
        f"(?<![不没未非])(?:选择|选|选取|應選|应选)(?:选项|的?是)? ?:? ?{CJK_NOUN}?",
        "(?:而是|其实是|应该是|应该为|应当是|觉得是|认为是|我选|所以是|因此是|就是|对应(?:的是|于)?|最接近|匹配的是|"
        f"(?:符合|匹配|正确|合适|接近)的(?:图像|图片|选项|答案)?是|最可能是|最可能的(?:答案|选项)?是|倾向于|猜测是|"
        f"概率是|可能是|多半是|显然是|^是) ?{CJK_NOUN}?",
        # Spanish, French, Italian, Portuguese, German, Russian, Polish, Dutch, Turkish, Vietnamese and others
        rf"(?:^|\W)(?:{_FOREIGN_GOOD} )?{FOREIGN_NOUN}(?: {_FOREIGN_GOOD})?(?: ?{_FOREIGN_IS})(?: {_FOREIGN_THE})?"
        rf" ?(?:l')?(?:{FOREIGN_NOUN})? ?",
        r"\bdoğru cevap |सही उत्तर |คำตอบคือ |\bjawaban(?:nya)?(?: yang benar)? adalah ",
        r"\blautet die antwort ",
        rf"(?:^|\W)(?:c'est|es la|es el|é a|é o|das ist|es ist|это|creo que es|je choisis|j'opte pour|elijo|ich wähle)"
        rf"(?: {_FOREIGN_THE})? ?(?:l')?(?:{FOREIGN_NOUN})? ?",
        r"\b(?:sino|sondern|mais|ma|а|но|mas) (?:la |el |die |das )?",
    )
)
"""Before a letter that is stated; in lower case."""
ENDING = re.compile(
    r"(?:^|[\s'\"])(?:{}|es|est|è|é|ist|är|to|la|le|el|a|o|die|das|der|sino|sondern|mais|leaves|gives|us)$|'s$|[:=>→⇒∴\-–—\"',]$|[^\x00-\x7f]$".format(
        _any(
            """option, choice, answer, ans, letter, image, candidate, picture, alternative, selection, view, photo,
            frame, guess, one, is, was, be, so, therefore, thus, hence, consequently, then, choose, chose, pick,
            picked, select, selected, say, with, for, on, that, conclude, choosing, selecting, decision, result,
            clearly, definitely, certainly, probably, likely, indeed, actually, simply, just, obviously, but, think,
            believe, wait, no, sorry, rather, mean, meant, yes, sure, go, right, correct, get, got, up, mark, at,
            match, verdict, only, respuesta, resposta, risposta, antwort, alternativa, imagem, imagen, bild, letra,
            lettre, jawaban, cevap, doğru, pour, lautet, réponse, opción, opção, imagen, image, option, correcta,
            cevap, to, donc, also, pues, portanto, daher, folglich, deshalb, adalah, choisis, elijo, wähle,
            settling, makes, making, giving, like, chosen, answering, leaning, towards?, picking, confident, in, sure,
            leaving, take, prefer, labell?ed, marked, lettered,
            called, closest, nearest, estimate, pick, bet, still, of, from, been, [a-z]+ly, by, well, alright,
            fine, money"""
        )
    ),
    re.IGNORECASE,
)
"""How all of ``STATING`` end: looked at first, since most letters stand elsewhere."""
FOLLOWING = re.compile(
    r"^(?:[)'\".,;:!…]|\s*$|\s*[(\[«\"'<]|\s+[-–—:=(→]|\s*[^\x00-\x7f]|\s+[-+]?[\d.]|\s+{}\b)".format(
        _any(
            """because, since, as, due, based, given, which, is, was, for, and, or, but, where, so, with, in, at, by,
            from, rather, not, over, instead, than, that, when, after, it, i, the, this, if, unless, here,
            therefore, thus, too, to me"""
        )
    ),
    re.IGNORECASE,
)
"""Behind a letter that is stated: no word that "A" could be the article of."""
REASONING = re.compile(
    r"^,? (?:because|since|as|due to|based on|given|rather than|instead of|not|and not)\b", re.IGNORECASE
)
"""Behind a letter with which a sentence starts, and which its rest gives reasons for."""
PRAISING = re.compile(
    r"^[\s)'\".:,]{0,4}(?:\(?[-+\d.,° a-z]{1,12}\)? )?"
    "(?:is|was|must be|should be|would be|'s|comes|seems(?: like)?|appears|looks(?: like)?|best)"
    rf"(?: (?:{_SURELY}|to be|more|even)){{0,2}}(?: {_THE})? (?:{GOOD}|{NOUN})\b"
    r"(?! (?:to(?! (?:[-+~≈]?[\d.]+(?=°| ?deg)|what|my|it|this|that|"
    r"the (?:estimated?|observed|measured|truth|value|amount|result|expected))\b)|of|at first|initially)\b)"
    "|^ (?:it is|(?:is|seems to be|appears to be) it|for sure|fits|remains|does)[.!]?$|^ ?✓|"
    "^ is what (?:you|we|i)(?:'d| would| should| expect)\\b|^ is how [^.;]{1,40} (?:would|should) (?:look|appear)\\b"
    rf"|^ (?:es|est|è|é|ist|är|—|–)(?: {_FOREIGN_THE})? {_FOREIGN_GOOD}|^ (?:die|das|der|la|le) {_FOREIGN_GOOD} "
    "|^ ?(?:选项|项)?(?:[与和][^,.不A-Ha-h«]{1,14})?是?(?:正确|对的|正解|最(?:符合|合适|匹配|接近)|一致|吻合|符合)"
    "|^ ?が(?:正しい|正解)"
    "|^ ?(?:가|이) (?:정답|맞)|^ ?(?:입니다|です)",
    re.IGNORECASE,
)
"""Behind a letter: "is correct", "is the best choice"."""
PRAISED = re.compile(
    rf"{_AHEAD}(?:only )?{_NAMED}$|^[-+\d.]{{1,8}} ?(?:°|degrees|m|cm|meters|metres)? ?$|"
    rf"(?:^|\W|只有)(?:{_FOREIGN_THE} |l')?(?:{FOREIGN_NOUN} |{CJK_NOUN} ?)$|"
    r"(?:^|\W)(?:only|also ist|the (?:view|scene|image|picture) in) $|아니라 $",
    re.IGNORECASE,
)
"""Before a letter that is praised."""
NAMING = re.compile(
    r"\b{}(?: best| exactly| closely| most closely| directly)?(?: (?:to|with|by|in|at))? ?"
    "{}(?:the )?(?:{} )?{}? ?$".format(
        _any(
            """corresponds?, corresponding, match, matches, matching, equals?, consistent, equivalent, points?,
            pointing, results?, resulting, leads?, leading, refers?,
            described, depicted, given, listed, look like, looks like, looking like,
            (?<!can )(?<!only )see, that of, those of, closest to, nearest to, shown,
            suggests?, indicates?, supports?, favou?rs?, implies, imply,
            speaks? for, goes with,
            represented, seen, found, as, is in"""
        ),
        _PART,
        GOOD,
        NOUN,
    ),
    re.IGNORECASE,
)
"""Before an option that a sentence ends with: "which corresponds to option"."""
UNANSWERING = re.compile(
    r"\b(?:let me|let us|let's|please|needs?|(?:like|want|going|turn) to|compar\w+|check\w*|consider\w*|examin\w+|next|"
    r"now|moving on|begin\w*|start\w* (?:with|at)|analy[sz]\w+|(?:i|only|can) see|only (?:shows?|has|have|got)|"
    r"(?:look|(?<!be )looking) at|provide|send|resend|upload|attach\w*|load\w*|receiv\w+|read\w*|open\w*|describing|"
    r"visible|missing|blurry|trouble|differ\w*|think\w* about|opposed|swap\w*|mirror\w*|take back|mistakes?|against|"
    r"(?:over|under)shoots?|contradicts?|conflicts?|doubts?|hesita\w+|tempt\w+|trap|some|people|farthest|furthest|also|"
    r"likewise|same|almost|followed|ends?|up to|question has|start\w* view|(?<!after )(?:(?:the|a) turn|turning)|"
    rf"(?:first|second|third|fourth|last) (?:{NOUN} )?(?:is|was))\b",
    re.IGNORECASE,
)
"""In a clause that ends with an option and answers nothing: "let me look at image B"."""
ALL_WITHOUT = re.compile(
    r"\b(?:all|every\w*|any\w*|nothing|none|no)\b[^.;]{0,60}\bbut (?:\w+ )?$",
    re.IGNORECASE,
)
"""Before an option that is none of what fits: "everything fits, but B"."""
WITHIN = re.compile(
    r"\b(?:(?P<what>\w{1,20}) )?(?:in|from|of|over|behind|beside|above|below|near) "
    rf"(?:the )?(?:{GOOD} )?(?:{NOUN} ?)?$",
    re.IGNORECASE,
)
OF_OPTION = re.compile(
    r"(?:view|image|picture|scene|one|that|coordinates|corners|values?|numbers?|description|box|given|shown|seen|found|"
    r"listed|described|depicted|represented|those|is|as|see|favou?r)$",
    re.IGNORECASE,
)
"""Before an option in which something is, and what answers nonetheless: "the lamp in image B", "as in image B"."""
COMPARED = re.compile(
    rf"\b(?:between|among|of|out of|comparing) (?=[^.;?]{{0,30}}\b[A-H]\b)[^.;?]{{1,60}}[,:] ?(?:but |and )?{_NAMED}$",
    re.IGNORECASE,
)
PREFERRED = re.compile(
    r"^ (?:is|fits|matches|seems|looks|works|agrees)(?: (?:the|a|much|far|clearly|slightly|more)){0,3} (?:"
    r"(?:better|best|likelier|likely|plausible|consistent|accurate)\b|(?:closer|nearer|closest|nearest)"
    r"(?:[.,!]|$| to (?:it|this|that|the (?:estimate|truth|value|amount|result|expected))\b))|"
    r"^ (?:wins|fits|matches)[.!]?$",
    re.IGNORECASE,
)
"""Before and behind a letter that is preferred to others: "between A and B, B is closer"."""
_EVERY = r"(?:^|[,;:] |\b(?:so|because|since|hence) )(?:{})\b[^.,;?]{{{{0,30}}}} "
_EVERY += r"(?:except|but|other than|besides|apart from)(?: for)? {{}}$"
ONLY_OF = re.compile(rf"(?:^|[.;:] )(?:out )?of (?:the|all|these)\b[^.;:?]{{1,40}}, only {_NAMED}$", re.IGNORECASE)
"""Before a letter of which alone something holds: "of the four, only B shows the lamp"."""
ALL_BUT = re.compile(_EVERY.format("all|every|everything|each|any").format(_NAMED), re.IGNORECASE)
NONE_BUT = re.compile(
    _EVERY.format("no|none|nothing").format(_NAMED) + rf"|(?:^|[,;:] |\b(?:so|because|since|hence) )only {_NAMED}$",
    re.IGNORECASE,
)
"""Before a letter that is an exception: asserted if it is one from what is denied, or from what fits."""
ALONE = re.compile(
    r"^ (?:has|have|shows?|puts?|places?|gives?|keeps?|moves?|turns?|lies|satisf(?:y|ies)|includes?|contains?|depicts?|"
    r"captures?|reflects?|preserves?|describes?|agrees?|accounts? for)\b"
)
"""Behind "only B": what is said of no other option."""
ONLY = re.compile(rf"(?:^|[,;:] )only {_NAMED}$", re.IGNORECASE)
REMAINING = re.compile(
    r"^(?: (?:does|fits|matches|works|remains|agrees|is (?:possible|plausible|left|consistent|correct|right)))?[.!]?"
    r"(?:$| (?:the|this|that|it|with|both)\b)",
    re.IGNORECASE,
)
LAST = re.compile(rf"[,:–—→-] ?(?:(?:the )?(?:{GOOD} )?{NOUN} ?|{CJK_NOUN})?$", re.IGNORECASE)
"""Before an option that a sentence ends with, apart from its rest: "by elimination, B"."""
_QUITE = _any(
    """is, are, was, the, best, most, more, clearly, exactly, closely, accurately, perfectly, well, also, still, indeed,
    seems?, appears?, looks?, to, be, would, should, does, do, quite, very, fully, correctly, in fact, alone"""
)
NAMED_SUBJECT = re.compile(
    rf"^[\s)'\":]{{0,4}}(?:{_QUITE} ){{0,4}}(?:match(?:es)?|fits?|agrees?|corresponds?|aligns?|remains|consistent|"
    "like (?:what|the (?:map|description|view))|(?:accurately|correctly|best) shows?|"
    "represents?|describes?|satisf(?:y|ies)|(?:the )?(?:correct|accurate|expected)|"
    "reflects? (?:this|that|it|these|the (?:move|turn|rotation|change|shift))|"
    r"(?:lists?|gives?|states?|has|have) (?:exactly )?(?:these|this|those|the same)|(?:says|states|gives)(?=[.!]?$)|"
    r"depicts? the (?:result|view)|shows? (?:(?:exactly )?(?:what|this|that)|"
    r"the (?:view|scene|result|image)(?: you| after| from)|"
    r"the (?:correct|right|matching|expected|resulting)))\b",
    re.IGNORECASE,
)
"""Behind an option: "shows what you see"."""
CONCLUDING = re.compile(
    r"^\W{0,4}(?:so|therefore|thus|hence|consequently|overall|in (?:conclusion|summary|short)|to conclude)\b",
    re.IGNORECASE,
)
CONCLUDED = re.compile(
    rf"^\W*$|^[\s)'\":]{{0,4}}(?:{_QUITE} ){{0,4}}(?:match(?:es)?|fits?|agrees?|aligns?|consistent|correct|accurate)\b"
)
"""How a sentence starts in which naming an option is to state it, and what stands behind the option."""
NUMBER_ALONE = re.compile(
    r"^\s*[\d\s.,;:+\-–°()«»]*(?:degrees?|deg|m|cm|meters?|metres?|centimet\w+|units?)?"
    r"(?: (?:to the )?(?:left|right|forwards?|backwards?|up|down|upwards?|downwards?))?[\s).,;:!]*$",
    re.IGNORECASE,
)
"""Behind a letter: an option's number and nothing else, for "A 40° turn" may be the article."""

DENYING = re.compile(
    r"\b{}\b|n't\b|[不没非]|✗".format(
        _any(
            r"""not, never, no(?! (?:further )?explanation), neither, nor, none, cannot,
            without(?! (?:any |further )?explanation), unlikely,
            doubt, doubtful, rather than, instead of,
            except, excluding, incorrect, wrong, worst, least, false, (?<!by )(?<!of )eliminat\w*,
            exclud\w*, rule out, rules out,
            ruled out, ruling out, discard\w*, reject\w*, unlike, impossible, than, versus, avoid, unless, other,
            another, second-best, second best, runner-up, my alternative,
            decoy, distractor, to drop, to reject, opposite, fails?, label,
            initially, originally, at first, first thought, n'est pas(?!.* mais ), non, não, nicht, kein\w*, не, niet"""
        )
    ).replace("[不没非]", "[不没非]|无法|排除|错误|错的|最差|最不|間違|不正解"),
    re.IGNORECASE,
)
"""In the clause before a letter."""
LABELLED = re.compile(
    rf"(?:^|[.,;!?] )(?P<label>[^.,;:!?«»]{{1,60}}?) ?: ?['\"]{{0,2}}(?:{_NAMED}|{CJK_NOUN})['\" ]{{0,2}}$",
    re.IGNORECASE,
)
"""Before a letter: "Wrong: ", "Output format: "."""
ANSWERING_LABEL = re.compile(
    rf"(?:[\d°]|\d ?(?:m|cm|degrees|met(?:er|re)s))$|\b{NOUN}\b|"
    r"\b(?:uncertainty|confidence|certainty)\b|\b(?:i|you|me|it|this|we|explanation|latter|former|\w*(?:check|examin|look)\w*)\b|"
    f"{FOREIGN_NOUN}",
    re.IGNORECASE,
)
"""In a label that may stand before an answer: "the camera turned 20°: B", "here you go: B"."""
OTHER_LABEL = re.compile(
    r"\b(?:eliminated|excluded|improbable|implausible|second|third|alternative|previous|initial|first|start|type|text|"
    r"grade|object|"
    r"(?:to|of|from) the (?!question|problem|task|puzzle|estimate|truth|result|value|scene|view)|"
    r"anything but|options|choices|candidates|class|id|"
    r"falsche|incorrecta|fausse|incorrecte|format|template|placeholder|sample|possible|dummy)\b|"
    r"неправильный|неверный|错误|오답|誤答",
    re.IGNORECASE,
)
"""In a label that names no answer."""
AGREEING = re.compile(
    rf"\b(?:(?:so|as) (?:does|do|is|are|would|might|could|seems?)|as \w{{1,12}} as|"
    rf"likewise|alternatively,?|same (?:\w{{1,6}} ){{1,2}}for) {_NAMED}$",
    re.IGNORECASE,
)
"""Before a letter that is as good as another."""
SEEMING = re.compile(r"\b(?:seems?|appears?)\b", re.IGNORECASE)
DENIED = re.compile(
    r"^ for (?:the )?(?:first|second|third|other|one|left|right)\b"
    r"|^[\s)'\".,:;!]{0,6}(?:\(?[\w .°-]{1,25}\) )?(?:\?|(?:(?:,|-|but|and|which|that|this|it|so|\() ?){0,3}"
    "(?:is|was|are|isn't|wasn't|aren't|seems|looks|would be|can be|could be|can't be|cannot be|wouldn't|does|do|"
    "must be|appears|'s|has been|I)? ?"
    "(?:clearly |definitely |obviously |therefore |thus |also |likely |probably |most likely )?"
    r"(?:not\b(?! (?:only|just|the(?! (?:answer|right|correct|best)\b)|option|image|choice|«|[A-H]\b))|"
    r"wrong|incorrect|false|rejected|discarded|impossible|too\b|unlikely|"
    r"ruled|rule it out|eliminated|excluded|invalid|inconsistent|implausible|out\b|be\b|(?:is|was|do|does)n't|"
    r"(?:contradict|conflict|violate|disagree|overshoot|undershoot|exceed)s?\b|"
    r"no\b(?! (?:explanation|other|further))|错|"
    r"不对|不正确|不是))|^[\s.,:;)]{0,3}✗|^,? which i (?:now )?(?:retract|withdraw|doubt)|"
    r"^ ?(?:가|이) 아[니닙닌]|^ ?では(?:な|あり)|^ ?じゃな|^ ?が(?:間違|不正解)",
    re.IGNORECASE,
)
"""Behind a letter."""
WRONG = re.compile(
    r"\b(?:not(?! (?:option |image |choice )?«?[A-H]\b)|never|no(?! (?:explanation|other|further))|"
    r"cannot|wrong|incorrect|false|rejected|discarded|too|unlikely|ruled out|"
    r"eliminated|excluded|impossible|inconsistent|poor\w*|least|worst|worse|neither|nor|nowhere|partly|partially|mirrored|"
    r"reversed|wrongly|errors?|mistakes?|the (?:start|beginning)|"
    r"the (?:start\w*|initial|original|first) (?:view|image|position))\b|n't\b|[不错太]",
    re.IGNORECASE,
)
"""In what is said of an option."""
BUT = re.compile(r" (?:but|though|although|however)\b", re.IGNORECASE)
OF_OTHERS = re.compile(
    rf"\b(?:whereas|while|unlike|and|but),? (?:(?:all|in) )?(?:the )?(?:other|rest|remaining|{NOUN}?s? ?"
    r"(?-i:«?[A-H]\b))",
    re.IGNORECASE,
)
"""Where it goes on with what is said of others."""
GUESSING = re.compile(
    r"\bif (?:i (?:had|have) to|forced to|pressed to|i must) (?:guess|choose|pick|answer|select|say|commit)\b"
    r"|如果(?:必须|一定要|非要|要)[^,.]{0,8}",
    re.IGNORECASE,
)
"""What supposes nothing, though it begins so."""
SUPPOSING = re.compile(
    r"\b{}\b|如果|\?".format(
        _any(
            r"""if, whether, unless, suppose, supposing, supposed, assum(?:e|es|ed|ing), imagine, otherwise, would have,
            were to, in case, whichever, depends, depending, si, wenn, falls, если, se, had (?:it|the|you)"""
        )
    ).replace("如果", "如果|若|假设|假如|倘若|もし|만약"),
    re.IGNORECASE,
)
"""What leaves a whole sentence open."""
DOUBTING = re.compile(
    r"\b{}\b|(?<!最)可能|或许|也许".format(
        _any(
            r"""might, may, could, perhaps, maybe, possibly, unsure, unclear, not sure, hard to say, hard to tell,
            for example, for instance, e\.g\., such as, example, format, respond with,
            reply with, equally"""
        )
    ),
    re.IGNORECASE,
)
"""What leaves a clause open."""
POSSIBLE = re.compile(
    r"^ (?:is|are|would be|could be|may be|might be|seems)(?: also| equally| just as)? "
    r"(?:possible|plausible|a possibility|an option|likely(?! (?:the|to))|conceivable)"
    r"|^ (?:(?:is|are|seems|looks|fits|works|matches) )?(?:equally|just as|similarly|as \w{1,12} as|also"
    r" (?:fits?|works?|match\w*|possible|plausible|likely|correct|right|good|an? option))\b|"
    r"^ (?:would|could|might|may) (?:also|equally|work|fit)\b|"
    r"^ \w{1,10}(?: \w{1,10})? (?:too|as well|equally well)\b(?! \w)",
    re.IGNORECASE,
)
"""Behind a letter that a reply leaves open."""
CLAUSE = re.compile(r"[,;:—]\s|\s-\s|\b(?:but|so|hence|therefore|thus|because|since)\b", re.IGNORECASE)
"""Between clauses."""
WITHDRAWING = re.compile(
    r"^[\s\-–—,;]{0,4}(?:(?:oh|hm+|ah|ok|okay|but|and|well|oops|hold on),? ?)?"
    r"(?:actually|hold on|or is it|upon (?:further|closer)|on (?:further|closer)|let me correct|wait|no\b|sorry|"
    r"correction|corrected|scratch that|on second thoughts?|or rather|rather|i mean|"
    r"(?:i|let me) (?:was wrong|made a mistake|change|correct|take that back|reconsider|re-?check|re-?think|"
    r"re-?evaluate|revise)|my mistake|apologies|i apologi[sz]e|(?:that|this|it)(?:'s| is| was| seems| looks)"
    r" (?:wrong|incorrect|not (?:right|correct)|a mistake|mistaken)|hmm|oops|不对|等等|更正|"
    r"(?:revised|updated|amended)(?: answer)? ?:|(?:edit|update) ?:|alternatively|then again|"
    r"checking (?:again|once more)|"
    r"(?:after|upon|on) (?:further|closer|re\w*|a second|second|double|verif\w+|check\w*|inspect\w*)|"
    r"(?:strike|forget|ignore|disregard|scrap) (?:that|it|this)\b|"
    r"i (?:now )?(?:take (?:it|that) back|retract|withdraw)|"
    r"(?:just|only) kidding|(?:that|this|which) contradicts|i no longer|final answer: (?:none|unknown|unclear)|"
    r"so (?:is|does|are) (?:option )?«?[a-h]\b|"
    r"however,? (?:that|this|it)(?:'s| is) (?:wrong|incorrect|not)|but (?:this|that|it) is (?:inconsistent|impossible)|"
    r"however,? (?:the )?(?:option |image )?«?[a-h]»? (?:is|fits|matches|seems|looks|appears)\b[^.]{0,20}"
    r"\b(?:better|closer|best|correct|right))",
    re.IGNORECASE,
)
"""How a sentence starts that takes back what was stated before."""

SENTENCE_END = re.compile(
    r"[.!?…]+(?=[\s,;]|$)|;\s|(?:です|입니다|다)[.!?]?\s?|"
    r"\n(?! ?\?| ?(?:is|are|was|isn't|aren't|wasn't|might|may|could|would|cannot|can't|doesn't) )"
    r"|(?<=[\d°%m»)]) (?=(?:The|So|Therefore|Thus|Hence|Answer|My|I|Final|Correct|It) )"
    r"|(?<=[,;.…—–-])\s(?=(?:no|wait|actually|sorry|scratch that|or rather)\b)"
)
UNMARKED_END = re.compile(
    r"[.,;)!]{0,3}\s+(?=(?:I|So|Therefore|Thus|Hence|Final|Answer|The|My|It|That|This|Option|Image|Choice|Based|Yes|No|"
    r"Wait|Actually|Because|Since|Correct|Selected|Ans|And|But|Also|La|Le|El|Die|Das|Ответ|We|Looking|From|In|Let)\b|"
    r"It's|answer ?[:=]|the answer is|答|选|正|정|→|⇒|=>)"
)
"""Behind a letter, where a new sentence starts though no mark says so."""
JOINING = re.compile(
    r"^[\s.)»(]{0,3}(?:(?:,|;|/|&|\+|or|and|and/or|vs\.?|versus|or maybe|or possibly|or perhaps|or else|as well as|"
    r";? ?or|and also|but also|,? ?then|[-–—=≈~]|\.{2,3}|…|и|와|과|と|か|"
    r"или|oder|ou|atau|veya|hoặc|または|または|또는|или|或者|或|还是|以及|和|、)\s?){1,3}"
    f"(?:(?:option|image|choice|answer|letter)s? |{CJK_NOUN} ?)?«?$"
)
"""Between letters of one group: "A or B", "A/B"."""
