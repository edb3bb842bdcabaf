"""The words that the rules look for: a table, for people to read and to add to.
What the signs add up to is in ``rules.py``.

A pattern is a verbose regular expression: blanks and line ends mean nothing, ``_`` is any run of white space, and
{NAMES} in braces are the lists of words below. It is sought in one sentence at a time, upper and lower case alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

WORDS = {
    "NUMBER": r"""(?: (?<! [\d.] ) \d+ (?: \. \d+ )? (?! \.? \d ) (?: \s* (?: ° | deg\b | degrees?\b | m\b |
        met(?:re|er)s?\b | cm\b ) )? )""",
    "CHANGE": (
        r"""(?: \b (?: chang\w+ | shift\w* | differ\w* | mov(?:ed|ement) | motion | jump\w* | slid\w* | transform\w*
        | alter(?:ed|ation) | scenery ) \b )"""
    ),
    "STRONG": (
        r"""(?: \b (?: significant\w* | large(?:ly)? | big | huge\w* | major | massive\w* | dramatic\w* | drastic\w*
        | substantial\w* | extreme\w* | considerabl\w+ | great(?:ly)? | noticeabl\w+ | clear(?:ly)? | obvious\w*
        | marked\w* | pronounced | strong\w* | complete(?:ly)? | entire(?:ly)? | total(?:ly)? | very | quite |
        radical\w* | striking\w* | enormous\w* | immense\w* | vast(?:ly)? | tremendous\w* | stark(?:ly)? |
        sharp(?:ly)? | fundamental\w* | remarkabl[ey] | visibl[ey] | wholly | rather | pretty | much | biggest |
        largest | greatest | a_lot | a_(?:great|good)_deal | so_much ) \b )"""
    ),
    "LARGE": r"""(?: \b (?: large[rs]?t? | bigg?(?:er|est)? | high(?:er|est)? | great(?:er|est)? | maxim(?:um|al) |
        long(?:er|est)? | f[au]rthest | huge | substantial | significant | considerable | major | extreme | wide
        | enormous | massive | immense | vast | top | upper | last ) \b )""",
    "AMOUNT": (
        r"""(?: \b (?: rotations? | turn | movement | motion | angles? | distances? | amounts? | values? | numbers?
        | options? | steps? | tilt | ones? | magnitudes? | choices? | displacement | degrees? ) \b )"""
    ),
    "PICTURE": r"""(?: (?: image | picture | photo(?:graph)? | screen | view | shot | frame ) \b )""",
    "SIDE": r"""(?: \b (?: left (?: most | wards? )? | right (?: most | wards? | _edge | _side )? (?! _ (?: next | by |
        beside | answer | one | option | away | there | choice | in_front | place | size | here ) ) | top (?!
        _of_ (?! the_ (?: image | picture | photo ) ) ) | bottom | upper | lower (?! _ (?: number | value | x |
        y ) ) | above | below (?! _ -? \d ) | beneath | upwards? | downwards? | up_in | down_in | higher | width
        | height | horizontal\w* | vertical\w* ) \b )""",
    "EDGE": r"""(?: side | edge | corner | half | part | border | end | portion | area | third )""",
    "FRACTION": (
        r"""(?: \b (?: half | halves | (?: a | one | two | three | this ) [-\s]+ (?: third | quarter | fifth | tenth
        ) s? | twice | doubled? (?! [-\s]? check ) | thrice ) \b )"""
    ),
    "AGENT": r"""(?: \b (?: agent | camera | robot | viewer | observer | I | we ) \b )""",
    "MOVES": (
        r"""(?: \b (?: mov | turn | rotat | pan | tilt | straf | step | look ) \w* | \b (?: went | goes | go ) \b )"""
    ),
    "ENDS": r"""(?: \b (?: than | while | whereas | but | rather | instead | nearest | closest | versus | vs | nor | not
        ) \b )""",
}
"""Lists of words that several signs share."""


@dataclass(frozen=True)
class Sign:
    """name: what evidence calls it. voided: a negation just before it ("no big change") voids it. whole: the pattern is
    sought in the whole trace, over sentences' ends."""

    name: str
    pattern: str
    voided: bool = False
    whole: bool = False

    @property
    def gaps(self) -> bool:
        """Whether any words may stand between its parts, so that seeking it takes longer."""
        return ".{" in self.pattern

    @cached_property
    def regex(self) -> re.Pattern[str]:
        text = re.sub(r"\{([A-Z]+)\}", lambda match: WORDS[match[1]], self.pattern)
        return re.compile(text.replace("_", r"\s+"), re.VERBOSE | re.IGNORECASE | re.DOTALL)


CUES = (
    Sign("comes or goes", r"""
        \b (?: visible | (?<! have\s ) gone | (?: dis )? appear(?:s|ed)? (?! _ (?: much_ | far_ )? (?: larger |
        smaller | bigger | higher ) ) | disappear\w+ | vanish\w* | shows?_up | cut_off | (?: in | into | out_of
        | from | left ) _ (?: view | sight ) | (?: into | out_of ) _ the_ (?: view | frame ) | (?: can['’]?t |
        cannot | can ) _ be_seen | no_longer_see | wasn['’]t_there | (?: is | are | has_been | have_been ) _ (?:
        missing | lost | absent | hidden | out ) | nowhere | new_ (?: objects? | one ) | (?: don | didn | do |
        did ) (?: ['’]t | _not ) _ see | emerg\w+ | reveal\w* | (?: more | bit | part | view ) _ of_the_ (?:
        ceiling | floor | wall ) | the_ceiling_too ) \b"""),
    Sign("nearer or larger", r"""
        \b (?: closer | nearer | bigger | smaller | larger ) \b (?! _ (?: {AMOUNT} | of_the ) )"""),
    Sign("seems large or small", r"""
        \b (?: seems? | looks? | appears? ) _ (?: quite_ | very_ | rather_ )? (?: big | small | large | tiny |
        near | far )\b"""),
    Sign("beside", r"""
        \b (?: near | behind | in_front_of | close_to | next_to | beside | far_ (?: from | away | off | one ) |
        away_from | in_the_middle | lies_between | somewhere_between )\b"""),
    Sign("an object moved", r"""
        (?<! scene ) (?<! everything ) (?<! view ) _ (?: has_ | have_ )? (?: shift(?:s|ed)? | moved | is_further
        ) _ (?: to_the_ )? (?: left | right )\b"""),
)  # fmt: skip
"""Coarse cues: something came or went, is nearer or larger, stands beside something, or moved."""

FINE = (
    Sign("fraction or ratio", r"""
        {FRACTION} | \d\s*% | \b (?: ratio | times_as | times_ (?: big | larg | small ) \w* | pixels? ) \b"""),
    Sign("field of view", r"""
        \b (?: field_of_view | fov | horizon ) \b"""),
    Sign("arithmetic", r"""
        \d \)? °? (?: \s* m )? \s* (?: [×*/+÷] | _ [−-] _ ) \s* \d | ≈ | \d \s+ by \s+ \d"""),
    Sign("a length as a ruler", r"""
        \b (?: one | two | three | 's | \d ) (?: _\w+ )? _ (?: widths? | lengths? | heights? ) \b | \b length_of
        | as_a_ruler"""),
    Sign("numbers weighed", r"""
        {NUMBER} .{0,80} {ENDS} .{0,80} {NUMBER} | {ENDS} .{0,60} {NUMBER} .{1,60} {NUMBER}"""),
    Sign("number rejected", r"""
        \b (?: rather_than | instead_of | not ) _ (?: \( \s* )? -? {NUMBER}"""),
)  # fmt: skip
"""Care: how much is measured, or numbers are weighed against each other."""

OTHERS = (
    Sign("what another amount would do", r"""
        {NUMBER} (?! .{0,60} would _ (?: \w+ _ ){0,3} {STRONG} ) .{0,60} (?<! \bI\s ) \b would \b (?! _ (?: say
        | choose | pick | go | guess ) ) | \b (?: if | had ) \b .{0,50} (?: turned | moved | rotated | tilted |
        walked | gone | were | was | had ) \b .{0,30} {NUMBER}"""),
    Sign("what less or more would do", r"""
        \b (?: small(?:er)? | short(?:er)? | slight | tiny | less | more | only | another | other | larger |
        half ) \b .{0,40} \b would \b | \b would \b .{0,30} \b (?: only | hardly | barely | more_than |
        less_than | still ) \b"""),
    Sign("too much or too little", r"""
        \b (?: too _ (?: small | large | much | little | far | short | long | big | wide ) | not_ (?: far_ )?
        enough | insufficient )\b"""),
    Sign("an amount has an effect", r"""
        {NUMBER} _ (?: loses? | leaves? | hides? | keeps? | pushes | shows ) \b"""),
)  # fmt: skip
"""Care: asking what the view would be by another amount."""

CHANGES = (
    Sign("a change", r"""
        \b (?: chang(?:e|es|ed) | differ(?:s|ed)? | different | differences? | dissimilar | unlike | transformed
        | altered | nothing_stayed ) \b""", voided=True),
    Sign("a strong change", r"""
        {STRONG} (?: _ \w+ ){0,3}? _ {CHANGE} | {CHANGE} (?: _ \w+ ){0,4}? _ {STRONG}""", voided=True),
    Sign("nothing is the same", r"""
        \b (?: nothing_alike | not_the_same_any | (?: hardly | barely | nothing | little | scarcely ) (?: _ \w+
        ){0,3} _ in_common | no_resemblance | unrecogni[sz]able | everything_ (?: is | looks )_ (?: new | else )
        )\b""", voided=True),
)  # fmt: skip
"""A visible change."""

LARGE = (
    Sign("a large amount", r"""
        {LARGE} ,? (?: _ \w+ ){0,2}? _ {AMOUNT}""", voided=True),
    Sign("must be large", r"""
        \b (?: must | has_to | should | needs_to ) _ (?: then_ )? be_ (?: \w+ _ )? {LARGE} | \b {MOVES} _ (?:
        by_ )? (?: quite_ | very_ )? (?: far | a_lot | a_great_deal ) \b"""),
    Sign("the end of the list", r"""
        \b upper_ (?: end | range ) \b"""),
)  # fmt: skip
"""A large number, where it is not known whether the answer is one."""

PICTURE_SIDES = (
    Sign("a side of the picture", r"""
        {PICTURE} .{0,80}? {SIDE} | {SIDE} .{0,60}? {PICTURE}"""),
    Sign("a corner of the picture", r"""
        \b (?: upper | lower | top | bottom ) [-\s] (?: left | right ) \b"""),
    Sign("axes along the picture", r"""
        \b (?: x | y ) \b .{0,40} \b (?: left_to_right | right_to_left | bottom_to_top | right_of_the_picture |
        top_of_the_picture | further_ (?: left | right ) | upwards? | rightwards? )"""),
    Sign("a side called an axis", r"""
        {SIDE} _ (?: is | means | gives | = | to_be ) _ (?: \w+ _ ){0,2}? [+−-]? [xyz] \b"""),
    Sign("pixel positions", r"""
        \b pixel s? _ \( | \b on[-\s]screen \b"""),
)  # fmt: skip
"""Positions in the picture."""

FRAME = (
    Sign("axes between objects", r"""
        \b (?: axis | x | y | it | direction ) \b .{0,50} \b (?: runs? | points? | goes | leads? | from ) \b
        .{0,30} \b from _ (?! (?: the_ )? {SIDE} ) .{1,50} \b to \b (?! _ the_ {SIDE} )"""),
    Sign("axes along objects", r"""
        \b (?: x | axis | line | direction ) \b .{0,30} \b (?: follows? | along ) \b .{0,20} (?: the_line | → )
        | \b looks?_along_x\b"""),
    Sign("axes from one to the other", r"""
        \b (?: x | axis | direction ) \b .{0,20} \b from_the_ (?! {SIDE} ) .{1,40} \b to_the_ (?! {SIDE} )"""),
    Sign("along a line or axis", r"""
        \b along_ (?: this | the | that )_ (?: line | axis ) | \b (?: perpendicular | recedes? | receding ) \b |
        (?: not | n['’]t )_an_axis | \b (?: I | one | you )_ (?: face | walk | stand | look ) s? _ along | \b
        (?: standing | stand )_ (?: on | at )_the"""),
    Sign("sides of the frame", r"""
        \b (?: frame | map | axis | axes ) ['’] s? _ (?: own_ )? (?: {SIDE} | axes | axis )"""),
    Sign("not the picture's axes", r"""
        \b (?: isn['’]t | not | is_not ) _ (?: about_ )? the_ (?: image | picture )"""),
    Sign("depth or view from above", r"""
        \b (?: seen_from_above | top[-\s]down | bird ['’]? s | (?: away_from | towards? | nearer_to | closer_to
        ) _ (?: the_camera | the_viewer | me ) | (?: face | facing | look | looking | looks ) _ along |
        perspective | foreshorten\w* )\b"""),
)  # fmt: skip
"""Care about the task's frame."""

FOLLOWS = (
    Sign("the agent moves as the picture does", r"""
        \b ( left | right | up | down ) (?: wards? | most )? (?: (?: _ (?: hand_ )? {EDGE} )? _ (?: of | in ) _
        the (?: _ \w+ )? _ {PICTURE} .{0,140}? | .{0,40}? \b (?: so | hence | thus | therefore | meaning |
        because | (?: which | this | that ) _ (?: means | shows | tells ) ) \b .{0,30}? ) {AGENT} (?: _ \w+
        ){0,4}? _ (?: {MOVES} | \w+ed | sidestep\w* ) (?: _ to )? (?: _ the )? _ \1 (?: wards? )? \b""", whole=True),
)  # fmt: skip
"""What moves to one side of the picture is taken for the agent's motion to that side."""
