"""Is this text a paper's title?  Where does the title end and the rest of a reference begin?"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from triage.notes.words import all_of
from triage.papers import title_key

_WORD = re.compile(r"[^\W\d_][\w'’+.-]*[\w+]|[^\W\d_]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SMALL = frozenset(all_of("title.small"))
_TITLE_WORDS = frozenset(all_of("title.words"))
_PROSE = re.compile(
    r"(?i)^(?:we|i|this (?:paper|work|is)|it|it's|the (?:authors?|paper)|here|there|they|he|she|note that|see|also|"
    r"for example|e\.g\.|i\.e\.|because|since|if you|my|our|these|those|in this|from the|to be)\b(?!\s*[:：])"
    r"|[\[(]?[a-z-]{2,8}\.[A-Z]{2}[\])]?$|\$[^$]+\$?$"
)
_SENTENCE_INSIDE = re.compile(
    r"[a-z)]\.\s+[A-Z][a-z]+\s+[a-z]+|[。；！]|[，、].*[，、].*[，、]|h?https?://|www\.|\w\.(?:com|org|net|io)/"
)
_NICKNAMED = re.compile(r"^[^:：]{2,60}[:：]\s*\S+(\s+\S+){2,}")
_TAIL = re.compile(
    r"""(?ix)\s*(?:
      [\[(（【]\s*(?:[^\[\]()（）【】]*?(?:\b(?:19|20)\d{2}\b|['’]\d{2}\b|\bet\s+al\b|\b(?:arxiv|pdf|paper|code|slides|blog
        |video|link|github|oral|spotlight|poster|supp|preprint)\b|论文|链接|代码|原文)[^\[\]()（）【】]*)?[\])）】]
    | \[\[[^\[\]]{1,40}\]\]
    | \[[JCDMAZ](?:/OL)?\]\.?.*
    | [,.;|:–—-]?\s*\(?arxiv(?:\s+preprint)?\b.*
    | [\[(]\s*\d{1,3}\s*[\])]
    | [,;|]\s*(?:19|20)\d{2}\.?
    )\s*$"""
)
_TRAILING = " \t,，;；|｜·•-–—_:：*~、。/\\"
_LEADING = f"{_TRAILING}.>)）]】"
_PAIRS = dict(zip("《{“\"「『‘«〈„`'", "》}”\"」』’»〉“`'", strict=True))
_MARKUP = re.compile(r"\*\*|__|~~|==|<[^<>]{1,80}>|\\+(?=[_*#&%\[\]()`])")


class Quality(IntEnum):
    """How much a text looks like a paper's title."""

    NONE = 0
    """It can't be one: a sentence, a label, an address, a single common word."""
    NAME = 1
    """One or two words: a model's or method's name, perhaps."""
    WEAK = 2
    """Could be a title, could be a heading."""
    STRONG = 3
    """Reads like a paper's title."""


@lru_cache(maxsize=8192)
def quality(text: str) -> Quality:
    """Judge a text by its words alone.

    >>> quality("Tuning Language Models by Proxy").name
    'STRONG'
    >>> quality("We then tried a smaller learning rate.").name
    'NONE'
    """
    text = text.strip()
    latin, far = [word for word in _WORD.findall(text) if not _CJK.search(word)], len(_CJK.findall(text))
    if not (latin or far) or len(text) > 350 or len(latin) > 45 or _PROSE.match(text):
        return Quality.NONE
    if _SENTENCE_INSIDE.search(text):
        return Quality.NONE
    if far > 3 and far > 3 * len(latin):
        return Quality.NONE if far > 60 else Quality.WEAK
    if len(latin) <= 2:
        return Quality.WEAK if far > 3 else Quality.NAME
    content = [word for word in latin if word.lower() not in _SMALL]
    if not content:
        return Quality.NONE
    share = sum(not word.islower() for word in content) / len(content)
    known = sum(word.lower() in _TITLE_WORDS for word in content)
    nicknamed = bool(_NICKNAMED.match(text)) and share >= 0.4
    score = 2.0 * (share >= 0.7) + nicknamed + 0.75 * min(2, known)
    score += 0.5 * (len(latin) >= 5) + 0.5 * (len(latin) >= 7) - 1.5 * (len(latin) > 25)
    score += 0.5 * (len(latin) >= 4 and text[:1].isupper()) - 0.75 * (len(latin) <= 3)
    score -= 1.0 * (text.endswith((".", "。")) and share < 0.6) + (share < 0.35 and not text[:1].isupper())
    if len(latin) <= 4 and not (nicknamed and len(latin) == 4):
        # "Masked Language Modelling (MLM)" is a topic as often as a title.
        score = min(score, 2.0)
    return Quality.STRONG if score >= 2.25 else Quality.WEAK if score >= 0.75 else Quality.NONE


def is_far_script(text: str) -> bool:
    """Whether a text is mostly Chinese, Japanese or Korean.

    >>> is_far_script("基于 OBQ，按列量化"), is_far_script("BLIP-2: Bootstrapping")
    (True, False)
    """
    return len(_CJK.findall(text)) > len(_WORD.findall(_CJK.sub(" ", text)))


def strip_markup(text: str) -> str:
    """Take leftover markup off and single the spaces."""
    return " ".join(_MARKUP.sub("", text).replace("\u200b", "").split())


_MOST_LAYERS = 30
_LONGEST = 3000
"""Characters of a text in which a title is looked for."""


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """A title as written, without markup, quotes around it, numbering, ids and citation tail.

    >>> clean("《T5：Exploring the Limits of Transfer Learning》")
    'T5：Exploring the Limits of Transfer Learning'
    >>> clean("LIMA: Less Is More for Alignment, (NeurIPS 2023)")
    'LIMA: Less Is More for Alignment'
    """
    text = strip_markup(text[:_LONGEST])
    before, layers = None, _MOST_LAYERS
    while text and text != before and (layers := layers - 1):
        before = text
        text = text.strip(_TRAILING).lstrip(_LEADING)
        if (len(text) > 2 and _PAIRS.get(text[0]) == text[-1]) or re.fullmatch(r"[(\[][^()\[\]]+[)\]]", text):
            text = text[1:-1]
        text = _unbalanced(_TAIL.sub("", text))
        if text.endswith(".") and not text.endswith(("..", "al.")) and " " in text:
            text = text[:-1]
    return text.strip()


def _unbalanced(text: str) -> str:
    """Drop a lonely bracket or quote at either end, and a bracket that was cut in the middle."""
    for left, right in ("()", "[]", "{}", "（）", "【】", "“”", "《》"):
        more = text.count(left) - text.count(right)
        if text.endswith(left) or (text.endswith(right) and more < 0):
            text = text[:-1].rstrip()
        elif text.startswith(right) or (text.startswith(left) and more > 0):
            text = text[1:].lstrip()
        elif left == "(" and more > 0 and len(text) - 40 < text.rindex(left) > 12:
            text = text[: text.rindex(left)]
    return text.strip('"') if text.count('"') == 1 else text


_NAME = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|(?:[A-Z]\.[- ]?)+|(?:van|von|de|der|den|di|da|del|la|le|el|al|bin|ten|ter|dos|du)\b)"
_ONE_NAME = re.compile(rf"{_NAME}(?:\s+{_NAME}){{0,3}}")
_LONGEST_NAME = 100
_INITIALS = re.compile(r"\b[A-Z]\.(?:\s|-|$|,)")
_VENUE = re.compile(
    rf"(?i)(?:in:?\s+)?(?:the\s+)?(?:\d{{4}}\s+)?(?:{'|'.join(all_of('title.venue'))})\b.*"
    r"|\(?\s*(?:[a-z]{3,9}\.?\s*)?(?:19|20)\d{2}(?:[-/.]\d{1,2}){0,2}[a-z]?\s*\)?\.?"
)
_ET_AL = re.compile(r"\bet\.?\s*al\b\.?|\band others\b", re.I)
_BETWEEN = re.compile(
    rf"[,;&、，()/|·]|\b(?:and|und|et(?!\s*al)|(?:joint(?:ly)?\s+)?with(?=\s+[A-Z]\.))\b|{_ET_AL.pattern}",
    re.I,
)
_BOUNDARY = re.compile(
    r"(?P<ends>(?<!\b[A-Z])(?<!\bvs)(?<!\bPart)(?<!\b[Vv]ol)(?<!\b[IVX][IVX])(?<!\bJr)(?<!\bSt)[.?!][”\"'’]?)"
    r"\s+(?!(?:Part|Teil|Partie|Parte|[IVX]+)\b)(?=[\"“'A-Z\[(*À-Þ\u4e00-\u9fff]|(?:19|20)\d\d|\d+[A-Za-z-])|(?P<full>[。．])"
    r"|\s*(?:\((?=(?:19|20)\d\d)|(?<=\d)\)|\s[-–—|]{1,2}\s|\s--+\s)"
)
"""Where a sentence of a reference ends, and dashes and brackets around years."""


@lru_cache(maxsize=8192)
def _is_name(text: str) -> bool:
    # A line of nothing but initials would be tried as a name in every way that there is.
    short = len(text) <= _LONGEST_NAME
    return short and bool(_ONE_NAME.fullmatch(text)) and not re.search(r"[A-Z]{3}", text)


def is_credit(text: str, *, alone: bool = False) -> bool:
    """Whether a text is nothing but people, venues and years.

    >>> is_credit("J. Devlin, M. Chang, and K. Lee"), is_credit("In NAACL, 2019"), is_credit("Pretrain, Prompt, Predict")
    (True, True, False)

    A single name without initials is one only if it stands ``alone``, apart from any title.
    """
    text = text.strip(" .,:;()[]*_|-–—\"“”'")
    if not text or _VENUE.fullmatch(text):
        return True
    parts = [part.strip(" .") for part in _BETWEEN.split(text)]
    people = [part for part in parts if part and not _VENUE.fullmatch(part)]
    told = bool(_INITIALS.search(f"{text} "))
    titled = sum(word.lower() in _TITLE_WORDS for word in _WORD.findall(text))
    # "Explaining and Harnessing Adversarial Examples" are no two people.
    if titled >= (2 if re.search("[,;、，]", text) else 1) and not told:
        return False
    named = [_is_name(part) for part in people]
    if any(not name and part.count(" ") > 1 for name, part in zip(named, people, strict=True)):
        return False
    if (cited := _ET_AL.search(text)) and quality(text[cited.end() :].strip(" ,")) >= Quality.WEAK:
        return False
    told |= cited is not None or len(people) < sum(map(bool, parts))
    several = len(people) > 1
    told |= (alone and several) or ((alone or several) and all(" " in part for part in people))
    return told and sum(named) >= 0.75 * len(people)


@lru_cache(maxsize=8192)
def title_of_citation(text: str) -> str:
    """The title inside a reference such as ``Authors. Title. Venue, year``.

    The text is given back cleaned but whole when it does not look like a reference.

    >>> title_of_citation("T. Brown et al. Language Models are Few-Shot Learners. NeurIPS 2020.")
    'Language Models are Few-Shot Learners'
    >>> title_of_citation("A. Wiles, Modular elliptic curves, Ann. of Math. 141 (1995)")
    'Modular elliptic curves'
    """
    text = _TAIL.sub("", text.rstrip(_TRAILING))
    chunks = _chunks(text)
    while len(chunks) > 1 and is_credit(
        chunks[0][0], alone="," in chunks[0][0] and quality(chunks[1][0]) >= Quality.WEAK
    ):
        del chunks[0]
    title, gap = chunks[0]
    led = not text.startswith(title)
    for more, behind in chunks[1:]:
        # "Is ChatGPT a Good Recommender? A Preliminary Study." is one title in two sentences.
        ends = title.rstrip("”\"'’ ")[-1:]
        goes_on = ends not in (*".。．",) and (ends not in (*"?!",) or quality(more) >= Quality.WEAK)
        if is_credit(more, alone=True) or (not goes_on and (led or quality(title) >= Quality.WEAK)):
            break
        title, gap = (title + gap + more if goes_on else more), behind
    return clean(without_credits(title))


def _chunks(text: str) -> list[tuple[str, str]]:
    """The sentences of a reference and what stands in brackets and behind dashes, each with the gap behind it."""
    found, last = [], 0
    for match in _BOUNDARY.finditer(text):
        end = max(match.start(), match.end("ends"), match.end("full"))
        found.append((text[last:end], text[end : match.end()]))
        last = match.end()
    return [one for one in (*found, (text[last:], "")) if one[0].strip(" .,")] or [(text, "")]


def without_credits(text: str, *, dressed: bool = False) -> str:
    """Cut ``First Author, ...`` off the beginning of a title, ``, Author, Venue 2020`` and ``by ...`` off its end.

    In a link or in bold, "by Latent Imagination" belongs to the title unless it names several people.
    """
    by = re.search(r"[,.]?\s+\(?by\s+(.{3,})$", text)
    if by and is_credit(by[1], alone=not dressed and " " in by[1].strip() and by[1].split()[0][-3:] != "ing"):
        text = text[: by.start()]
    parts = text.split(", ")
    while len(parts) > 1 and re.search(r"\b[A-Z]\.|\bet al", parts[0]) and is_credit(parts[0]):
        del parts[0]
    for place in range(1, len(parts)):
        rest = [part.strip(" .") for part in parts[place:]]
        # ", and Downstream Tasks" ends a title's list; an author after the only comma has no "and".
        listed = len(rest) == 1 and (
            re.match(r"(?:and|&)\s", rest[0]) or re.search(r"(?i)\b(?:an?|the) [\w-]+$", parts[0])
        )
        if not listed and all(map(_is_apart, rest)) and (place > 1 or quality(parts[0]) >= Quality.WEAK):
            return ", ".join(parts[:place])
    return ", ".join(parts)


def _is_apart(part: str) -> bool:
    """Whether a piece behind a title's comma is a person, a venue or a year."""
    name = re.sub(r"^(?:and|with|&)\s+", "", part)
    return is_credit(name, alone=" " in name) if name else True


def same_paper(first: str, second: str) -> bool:
    """Whether two titles are the same but for a slip of the pen, a subtitle, a nickname."""
    one, other = sorted((title_key(first), title_key(second)), key=len)
    if len(one) < 8:
        return one == other != ""
    if other.startswith(one) or other.endswith(one) or (len(one) >= 16 and one in other):
        return True
    from rapidfuzz import fuzz

    return float(fuzz.ratio(one, other)) >= 88.0
