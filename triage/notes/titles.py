"""Is this text a paper's title?  Where does the title end and the rest of a citation begin?"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from triage.notes.words import all_of, words
from triage.papers import title_key

_WORD = re.compile(r"[^\W\d_][\w'’+.-]*[\w+]|[^\W\d_]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SMALL = frozenset(all_of("title.small"))
_TITLE_WORDS = words("""
    towards toward via survey learning networks network neural deep model models language large transformer
    transformers attention training pretraining pre-training generation generative reasoning evaluation benchmark
    benchmarking dataset retrieval augmented detection segmentation recognition classification representation
    representations optimization inference adaptation alignment reinforcement supervised unsupervised self-supervised
    contrastive adversarial diffusion multimodal multi-modal vision visual image images video speech graph graphs
    zero-shot few-shot in-context prompting prompt prompts tuning fine-tuning instruction instructions knowledge
    distillation scaling efficient robust estimation analysis approach framework method methods theory review
    understanding exploring rethinking improving leveraging enhancing modeling modelling bayesian stochastic quantum
    algorithm algorithms artificial intelligence agents agent policy gradient embeddings embedding translation summarization question
    answering dialogue recommendation ranking search semantic unified end-to-end sequence text data code human
    feedback preferences safety explanations interpretability prediction dynamics systems system study
    """)
_PROSE_STARTS = re.compile(
    r"^(?:we|i|this paper|this work|this is|it|it's|the authors?|the paper|here|there|they|he|she|note that|see|also|"
    r"for example|e\.g\.|i\.e\.|because|since|if you|my|our|these|those|in this|from the|to be)\b(?!\s*[:：])",
    re.I,
)
_SENTENCE_INSIDE = re.compile(r"[a-z)]\.\s+[A-Z][a-z]+\s+[a-z]+|[。；！]|[，、].*[，、].*[，、]")
_SUBJECT = re.compile(r"[\[(]?(?:[a-z]{2,8}|[a-z]+-[a-z]+)\.[A-Z]{2}[\])]?")
"""``[cs.CL]``: arXiv's category."""
_URL = re.compile(r"h?https?://|www\.|\w+\.(?:com|org|net|io|cn|edu)/", re.I)
_CITATION_TAIL = re.compile(
    r"""(?ix)\s*(?:
      [\[(（【]\s*(?:[^\[\]()（）【】]*?(?:\b(?:19|20)\d{2}\b|['’]\d{2}\b|\bet\s+al\b|\barxiv\b|\bpdf\b|\bpaper\b|\bcode\b|\bslides\b
          |\bblog\b|\bvideo\b|\blink\b|\bgithub\b|\boral\b|\bspotlight\b|\bposter\b|\bposted\b|\bsupp\b|\bpreprint\b|论文|链接|代码|原文)[^\[\]()（）【】]*)[\])）】]
    | \[\[[^\[\]]{1,40}\]\]
    | \[[JCDMAZ](?:/OL)?\]\.?.*
    | [,.;|:–—-]?\s*\(?arxiv(?:\s+preprint)?\b.*
    | [\[(（【]\s*[\])）】]
    | [\[(]\s*\d{1,3}\s*[\])]
    | [,;|]\s*(?:19|20)\d{2}\.?
    )\s*$"""
)
_TRAILING = " \t,，;；|｜·•-–—_:：*~、。/\\"
_LEADING = " \t,，;；|｜·•-–—_:：*~、。.>)）]】/\\"
_PAIRS = {
    "《": "》",
    "{": "}",
    "“": "”",
    '"': '"',
    "「": "」",
    "『": "』",
    "‘": "’",
    "«": "»",
    "〈": "〉",
    "„": "“",
    "”": "”",
    "＂": "＂",
    "`": "`",
    "'": "'",
}
_MARKUP = re.compile(r"\*\*|__|~~|==|<[^<>]{1,80}>|\\(?=[_*#&%\[\]()`])")


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
    words = _WORD.findall(text)
    cjk = len(_CJK.findall(text))
    if not (words or cjk) or len(text) > 350 or len(words) > 45 or _URL.search(text):
        return Quality.NONE
    if _SUBJECT.fullmatch(text) or _PROSE_STARTS.match(text) or _SENTENCE_INSIDE.search(text):
        return Quality.NONE
    latin = [word for word in words if not _CJK.search(word)]
    if cjk > 3 * len(latin) and cjk > 3:
        return Quality.NONE if cjk > 60 else Quality.WEAK
    if len(latin) <= 2:
        return Quality.WEAK if cjk > 3 else Quality.NAME
    content = [word for word in latin if word.lower() not in _SMALL]
    if not content:
        return Quality.NONE
    capital = sum(1 for word in content if word[:1].isupper() or any(c.isupper() for c in word[1:]))
    share = capital / len(content)
    known = sum(1 for word in content if word.lower() in _TITLE_WORDS)
    colon = bool(re.match(r"^[^:：]{2,60}[:：]\s*\S+(\s+\S+){2,}", text))
    score = (
        2.0 * (share >= 0.7)
        + (colon and share >= 0.4)
        + min(2, known) * 0.75
        + 0.5 * (len(latin) >= 5)
        + 0.5 * (len(latin) >= 7)
    )
    score += 0.5 * (len(latin) >= 4 and text[:1].isupper() and not text.endswith("."))
    if text.endswith((".", "。")) and share < 0.6:
        score -= 0.75
    if share < 0.35 and not text[:1].isupper():
        score -= 1.0
    if len(latin) > 25:
        score -= 1.5
    if len(latin) <= 3:
        score -= 0.75
    if len(latin) <= 4 and not (colon and len(latin) == 4):
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
    return " ".join(_MARKUP.sub("", text).replace("\u200b", "").replace("\xa0", " ").split())


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
        paired = len(text) > 2 and _PAIRS.get(text[0]) == text[-1]
        if paired or re.fullmatch(r"\([^()\[\]]+\)|\[[^()\[\]]+\]", text):
            text = text[1:-1]
        elif text[:1] == "《" and text.count("》") == 1 and text.count("《") == 1:
            text = text[1:].replace("》", " ", 1)
        elif text[:1] in '“"' and text[-2:] in ('."', ".”", ',"', ",”"):
            text = text[1:-2]
        elif (shorter := _CITATION_TAIL.sub("", text)) and shorter != text:
            text = shorter
        text = _unbalanced(text)
        if text.count("(") > text.count(")") and len(text) - text.rindex("(") < 40 and text.rindex("(") > 12:
            # A bracket cut in the middle was a remark: "Title (Google".
            text = text[: text.rindex("(")]
        if text.endswith(".") and not text.endswith(("..", "al.")) and " " in text:
            text = text[:-1]
    return text.strip()


def _unbalanced(text: str) -> str:
    """Drop a lonely bracket or quote at either end."""
    for left, right in (("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"), ("【", "】"), ("“", "”")):
        if text.endswith(left) or (text.endswith(right) and text.count(left) < text.count(right)):
            text = text[:-1].rstrip()
        if text.startswith(right) or (text.startswith(left) and text.count(left) > text.count(right)):
            text = text[1:].lstrip()
    for quote in ('"', "“", "”"):
        if text.count(quote) == 1 and (text.startswith(quote) or text.endswith(quote)):
            text = (
                text.strip(quote).rstrip(",.").strip()
                if text.startswith(quote)
                else text.strip(quote).strip()
            )
    return text


_NAME = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|(?:[A-Z]\.[- ]?)+|(?:van|von|de|der|den|di|da|del|la|le|el|al|bin|ten|ter|dos|du)\b)"
_ONE_NAME = re.compile(rf"^{_NAME}(?:\s+{_NAME}){{0,4}}$")
_INITIALS = re.compile(r"\b[A-Z]\.(?:\s|-|$|,)")
_VENUES = re.compile(
    r"""(?ix)^(?:in:?\s+)?(?:the\s+)?(?:\d{4}\s+)?(?:
      proceedings|proc\b|bulletin|magazine|arxiv|corr\b|neurips|nips|icml|iclr|cvpr|iccv|eccv|wacv|bmvc|acl\b|emnlp|naacl|eacl|aacl|coling|tacl|
      tmlr|jmlr|aaai|ijcai|kdd|www\b|sigir|wsdm|cikm|recsys|ecir|sigmod|vldb|icde|interspeech|icassp|miccai|corl|icra|iros|rss\b|
      findings\s+of\s+the\s+(?:association|acl|emnlp|naacl)|colt|aistats|uai|focs|stoc|soda|itcs|usenix|osdi|sosp|nsdi|sigcomm|ccs\b|s&p|ndss|chi\b|uist|siggraph|nature|science\b|cell\b|pnas|
      ieee|acm\b|elsevier|springer|journal|transactions|trans\.|lecture\s+notes|lncs|phys\.|physical\s+review|annals|advances\s+in\s+(?:neural|information|cryptology)|
      conference|international\s+conf|workshop|symposium|technical\s+report|tech\.?\s+report|ph\.?d|thesis|preprint|vol\.|volume|pp\.|pages|
      biorxiv|medrxiv|openreview|submitted|to\s+appear|accepted|under\s+review|tpami|pami|ijcv|tip\b|coLM|conll|semeval|lrec|icwsm|jair|tkde|tois
    )\b"""
)
_YEAR_ONLY = re.compile(r"^\(?\s*(?:[A-Za-z]{3,9}\.?\s*)?(?:19|20)\d{2}(?:[-/.]\d{1,2}){0,2}[a-z]?\s*\)?\.?$")
_NO_BOUNDARY = re.compile(
    r"(?:\b[A-Z]|\bvs|\be\.g|\bi\.e|\bcf|\beds?|\bJr|\bSr|\bDr|\bSt|\bvol|\bno|\bpp|\bProc|\bTrans|\bPhys|\bRev|\bLett|\bMath|\bConf|\bInt|\bv\d|\bviz)$"
)
_BOUNDARY = re.compile(r"([.?!。])([”\"'’]?)\s+(?=[\"“'A-Z0-9\[(*À-Þ\u4e00-\u9fff])|([。．])")


@lru_cache(maxsize=8192)
def looks_like_authors(text: str) -> bool:
    """Whether a piece of a citation is a list of people."""
    text = re.sub(r"\(?\b(?:19|20)\d{2}[a-z]?\b\)?[.:,]*$", "", text.strip()).strip(" .,:;()")
    if not text:
        return False
    if re.search(r"\bet\.?\s*al\b|\band others\b", text, re.I) and len(text.split()) <= 14:
        return True
    parts = [
        part.strip()
        for part in re.split(
            # "Jane Doe, John Roe with Ann Lee" are people, "Enriching Vectors with Subwords" is a title.
            r",|;|&|\band\b|、|，|\bund\b|\bet\b" + (r"|\bwith\b" if "," in text else ""),
            text,
        )
        if part.strip()
    ]
    if any(
        len(part.split()) > 6 or len(re.findall(r"(?<![\w'’-])[a-z][\w-]{3,}", part)) > 1 for part in parts
    ):
        return False
    names = sum(1 for part in parts if _ONE_NAME.match(part) and len(part.split()) <= 4)
    titled = sum(1 for word in _WORD.findall(text) if word.lower() in _TITLE_WORDS)
    # "Explaining and Harnessing Adversarial Examples" are no two people.
    if titled >= (2 if re.search("[,;、，]", text) else 1) and not _INITIALS.search(text):
        return False
    if len(parts) == 1:
        words = parts[0].split()
        return bool(_ONE_NAME.match(parts[0]) and 2 <= len(words) <= 3 and _INITIALS.search(text + " "))
    return names >= 0.75 * len(parts)


def looks_like_venue(text: str) -> bool:
    """Whether a piece of a citation says where and when something was published."""
    text = text.strip(" .,;()[]*_")
    return not text or bool(_VENUES.match(text) or _YEAR_ONLY.match(text))


def is_credit(text: str) -> bool:
    """Whether a short text names people or a venue, and so is no title."""
    if looks_like_venue(text):
        return True
    # "Pretrain, Prompt, Predict" is a title; people have first names, initials or a year.
    told = re.search(r"\b[A-Z]\.|\bet\.?\s*al|\b(?:19|20)\d{2}\b|[A-Z][\w'’-]+\s+[A-Z]|&|\band\b", text)
    return bool(told) and looks_like_authors(text)


def is_byline(text: str) -> bool:
    """Whether a text is nothing but people, venues and years."""
    pieces = [
        piece
        for piece in re.split(r"(?<=[.,;)\]])\s+(?=[A-Z(\[*_'‘])|[|·/]", text)
        if piece.strip(" .,;*_[]()")
    ]
    return looks_like_authors(text) or all(
        looks_like_venue(piece) or looks_like_authors(piece) or _ONE_NAME.match(piece.strip(" .,;*_[]()"))
        for piece in pieces
    )


@lru_cache(maxsize=8192)
def title_of_citation(text: str) -> str:
    """The title inside a reference such as ``Authors. Title. Venue, year``.

    The text is given back cleaned but whole when it does not look like a reference.

    >>> title_of_citation("T. Brown et al. Language Models are Few-Shot Learners. NeurIPS 2020.")
    'Language Models are Few-Shot Learners'
    """
    segments = _sentences(_ET_AL.sub("", _CITATION_TAIL.sub("", text.rstrip(_TRAILING))))
    while len(segments) > 1 and (looks_like_authors(segments[0]) or looks_like_venue(segments[0])):
        segments = segments[1:]
    while len(segments) > 1 and (
        looks_like_venue(segments[-1]) or looks_like_authors(segments[-1]) or not quality(segments[-1])
    ):
        segments = segments[:-1]
    if len(segments) > 1:
        first = next((one for one in segments if quality(one) >= Quality.WEAK), segments[0])
        # "Is ChatGPT a Good Recommender? A Preliminary Study." is one title in two sentences.
        rest = segments[segments.index(first) + 1 :]
        whole = (
            f"{first} {rest[0]}"
            if rest and first.endswith(("?", "!")) and quality(rest[0]) >= Quality.WEAK
            else first
        )
        segments = [whole]
    return clean(without_people(segments[0] if segments else text))


def _sentences(text: str) -> list[str]:
    pieces: list[str] = []
    last = 0
    for match in _BOUNDARY.finditer(text):
        if match[1] == "." and _NO_BOUNDARY.search(text[last : match.start()]):
            continue
        pieces.append(text[last : match.end()].strip())
        last = match.end()
    pieces.append(text[last:].strip())
    return [piece for piece in pieces if piece.strip(" .,")]


def without_people(text: str, *, dressed: bool = False) -> str:
    """Cut ``, First Author, Second Author, Venue 2020`` and ``by ...`` off the end of a title.

    In a link or in bold, "by Latent Imagination" belongs to the title unless it names several people.
    """
    text = _DASHED_YEAR.sub("", text)
    if (match := _YEAR_PEOPLE.search(text)) and looks_like_authors(match[1]):
        text = text[: match.start()]
    text = re.sub(r"\s+[-–—|]\s+(?=(?:[A-Z][\w.'’-]+\s+){1,3}(?:et al|and|,|&)).*$", "", text)
    dashed = re.search(r"\s+(?:--+|[–—])\s+(.{4,120})$", text)
    if dashed and re.search(r",|\bet al\b", dashed[1]) and looks_like_authors(dashed[1]):
        text = text[: dashed.start()]
    by = re.search(r"[,.]?\s+\(?by\s+(.{3,})$", text)
    if by and (
        looks_like_authors(by[1])
        or (_is_person(by[1]) and not dressed and not by[1].split()[0].endswith("ing"))
    ):
        text = text[: by.start()]
    parts = text.split(", ")
    for place in range(1, len(parts)):
        rest = [part.strip(" .") for part in parts[place:]]
        # ", and Downstream Tasks" ends a title's list; an author after the only comma has no "and".
        alone = len(rest) == 1 and (
            re.match(r"(?:and|&)\s", rest[0]) or re.search(r"\b(?:an?|the)\s+[\w-]+$", parts[0], re.I)
        )
        if all(map(_is_credit, rest)) and not alone and (place > 1 or quality(parts[0]) >= Quality.WEAK):
            return ", ".join(parts[:place])
    return text


def _is_credit(part: str) -> bool:
    """Whether a piece behind a title's comma is a person, a venue or a year."""
    if looks_like_venue(part) or re.search(r"\bet\.?\s*al\b", part):
        return True
    name = re.sub(r"^(?:and|&)\s+", "", part)
    return bool(_ONE_NAME.match(name)) and len(part.split()) >= 2 and not _titled(part)


_ET_AL = re.compile(
    r"^\s*[A-ZÀ-Þ][\w'’-]+(?:(?:,|\s+and|\s+&)\s+[A-ZÀ-Þ][\w'’-]+)*,?\s+et\.?\s+al\.?,?\s*(?:\(?(?:19|20)\d{2}[a-z]?\)?)?\s*[,.:;–—-]\s+(?=\S)"
)
_DASHED_YEAR = re.compile(r"\s+[-–—]\s+[^-–—]{2,80}\s+[-–—]\s+(?:19|20)\d{2}\W*$")
_YEAR_PEOPLE = re.compile(r"\s*\((?:19|20)\d{2}\)\s*[-–—,.:|]\s*(.{4,})$")


def _is_person(text: str) -> bool:
    name = text.strip(" .)")
    return " " in name and bool(_ONE_NAME.match(name)) and not _titled(name)


def _titled(text: str) -> bool:
    return any(word.lower() in _TITLE_WORDS for word in _WORD.findall(text))


def same_paper(first: str, second: str) -> bool:
    """Whether two titles are the same but for a slip of the pen, a subtitle, a nickname."""
    one, other = title_key(first), title_key(second)
    if len(one) < 8 or len(other) < 8:
        return one == other and bool(one)
    if one.startswith(other) or other.startswith(one) or one.endswith(other) or other.endswith(one):
        return True
    if min(len(one), len(other)) >= 16 and (one in other or other in one):
        return True
    from rapidfuzz import fuzz

    return float(fuzz.ratio(one, other)) >= 88.0
