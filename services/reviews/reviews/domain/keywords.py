"""Keywords: what a review says of size, colour, fabric, smell, quality, price and delivery, in Chinese and English.

A small trade dictionary, read as written. A keyword counts once per review. A plain negation beside it turns it off;
what irony, comparison or a question mean is beyond it.

    有点偏小，色差明显                    colour_differs, runs_small
    不偏小，正好                          true_to_size
    色差太大了                            colour_differs
    没有什么色差，起球一点都没有          (none)
    物流非常快，质量很好，会回购          buys_again, fast_delivery, good_quality
    质量不好，有线头                      poor_quality
    建议拍大一码                          runs_small
    Runs small, but good fabric           good_fabric, runs_small
    It is not too small                   (none)
    Doesn’t run small                     (none)
    Not only good quality, fast delivery  fast_delivery, good_quality
    The colour differs; too big           colour_differs, runs_large
    pilling after one wash, and it smells  pilling, smells
    smells nice                           (none)
"""

from __future__ import annotations

import re
import unicodedata

DICTIONARY: dict[str, tuple[str, ...]] = {
    "runs_small": (
        "偏小", "太小", "小了", "拍大一码", "买大一码", "选大一码",
        "run ~small", "runs ~small", "ran ~small", "too small", "too tight", "small fit", "tight fit", "size up",
    ),
    "runs_large": (
        "偏大", "太大", "大了", "拍小一码", "买小一码", "选小一码",
        "run ~large", "runs ~large", "ran ~large", "run ~big", "runs ~big", "too big", "too large", "too loose",
        "loose fit", "size down",
    ),
    "true_to_size": (
        "正好", "刚好", "合身", "大小~合适", "尺码~合适", "尺码~准", "true to size", "fit ~well", "fits ~well",
        "fit perfectly", "fits perfectly", "perfect fit",
    ),
    "colour_differs": (
        "色差", "色差~大", "颜色不对", "颜色不一样", "颜色~不同", "colour differs", "colours differ",
        "colour is ~different", "colour is off", "different colour", "wrong colour",
    ),
    "good_fabric": ("面料~舒服", "面料~好", "柔软", "good fabric", "soft fabric", "nice fabric", "nice material"),
    "pilling": ("起球", "起毛球", "pilling", "pilled", "pills"),
    "smells": (
        "异味", "有味道", "味道~大", "难闻", "smell bad", "smells", "smelly", "bad smell", "strong smell",
        "chemical smell", "odour", "odor",
    ),
    "good_quality": (
        "质量~好", "质量~不错", "做工~好", "做工~不错", "good quality", "great quality", "quality is ~good",
        "well made",
    ),
    "poor_quality": (
        "质量~差", "质量~不好", "做工~差", "做工~粗糙", "线头", "开线", "破洞", "poor quality", "bad quality",
        "quality is ~bad", "quality is ~poor", "poorly made", "fell apart",
    ),
    "fast_delivery": (
        "物流~快", "发货~快", "到货~快", "送货~快", "快递~快", "fast delivery", "quick delivery", "fast shipping",
        "delivery is ~fast", "delivery was ~fast", "shipping was ~fast", "arrived early", "arrived ~quickly",
    ),
    "slow_delivery": (
        "物流~慢", "发货~慢", "到货~慢", "送货~慢", "快递~慢", "太慢", "slow delivery", "slow shipping",
        "delivery was ~slow", "shipping was ~slow", "arrived late",
    ),
    "good_price": (
        "便宜", "性价比~高", "划算", "价格~实惠", "good price", "great price", "good value", "great value",
        "affordable",
    ),
    "buys_again": ("回购", "还会买", "再来", "buy again", "buy it again", "order again", "reorder"),
}  # fmt: skip
"""Each keyword with its phrases. `~` stands for words of degree, or none: 质量~好 is 质量好, 质量非常好 ...

"cheap" is not there: of a price it is praise, of a fabric blame.
"""

LOOKALIKES = ("长大了", "smells ~good", "smells ~nice", "smells ~great", "smells ~fresh", "smells ~fine")
"""What only looks like a phrase of the dictionary."""

_DEGREE = (
    r"(?:\s*(?:很|非常|真的?|特别|比较|挺|超级?|蛮|有点|有些|稍微|略微?|太|还算?|也|都|十分|相当"
    r"|very|really|so|too|super|quite|rather|pretty|a bit|a little))*\s*"
)
_NEGATED_BEFORE = re.compile(
    r"(?:不|没|无|未)(?:是|会|怎么|什么|任何|觉得|感觉|发现|那么|算|太|很|有)*\s*$"
    r"|(?<![a-z])(?:not|never|no|without|hardly|[a-z]+n't)\s+(?:(?:too|very|really|so|that|any|of|an?|longer)\s+)*$"
)
_NEGATED_AFTER = re.compile(
    r"(?:一点儿?|完全|几乎|基本)?(?:都|也)没|(?:完全|几乎|基本)没有|不大|不明显|很小"
)  # fmt: skip
_LOOK_BACK = 24

_E_MAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
_DIGITS = r"\+?\d(?:[\s().-]{0,2}\d){6,}"
_PRIVATE = re.compile(f"{_E_MAIL}|{_DIGITS}")
MASK = "▇▇▇"


def keywords(text: str) -> frozenset[str]:
    """The keywords that a review says, each once, negated ones left out."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return frozenset(
        keyword
        for found in _PHRASES.finditer(plain)
        if (keyword := _KEYWORD_OF_GROUP[found.lastindex or 0]) and not _negated(plain, found.start(), found.end())
    )


def without_private(text: str) -> str:
    """The text with e-mail addresses and runs of seven or more digits (phones, accounts) masked; never longer."""
    return _PRIVATE.sub(MASK, text)


def _negated(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _LOOK_BACK) : start]
    return bool(_NEGATED_BEFORE.search(before) or _NEGATED_AFTER.match(text, end))


def _any_of(phrases: list[str]) -> str:
    """A pattern with a group for each phrase. It looks only where one can begin, or each would be tried everywhere."""
    first = "".join(sorted({phrase[0] for phrase in phrases}))
    groups = "|".join(f"({phrase.replace('colour', 'colou?r').replace('~', _DEGREE)})" for phrase in phrases)
    return f"(?=[{first}])(?:{groups})"


# The longest first, so that 色差~大 is of the colour, and its 太大 not of the size as well. English in whole words.
_KEYWORD_OF = {phrase: keyword for keyword, phrases in DICTIONARY.items() for phrase in phrases}
_KEYWORD_OF |= dict.fromkeys(LOOKALIKES, "")
_BY_LENGTH = sorted(_KEYWORD_OF, key=lambda phrase: (phrase.isascii(), -len(phrase), phrase))
_CHINESE = [phrase for phrase in _BY_LENGTH if not phrase.isascii()]
_ENGLISH = [phrase for phrase in _BY_LENGTH if phrase.isascii()]
_PHRASES = re.compile(rf"{_any_of(_CHINESE)}|(?<![a-z]){_any_of(_ENGLISH)}(?![a-z])")
_KEYWORD_OF_GROUP = ("", *(_KEYWORD_OF[phrase] for phrase in _BY_LENGTH))
