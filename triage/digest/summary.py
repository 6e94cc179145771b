"""A short summary of an abstract, in its own sentences."""

from __future__ import annotations

import re

from triage.digest.escape import clean

# The longest summary: about as much as one reads without deciding to.
_SENTENCES = 3
_CHARACTERS = 640

# Datasets often cut abstracts at 1,000 characters, some feeds a little before.
_CUT_FROM = 900

_ABBREVIATION_WORDS = """
    e.g i.e al etc cf vs viz resp approx fig figs eq eqs sec secs tab no nos vol pp ch thm lem prop def ref refs
    dr mr mrs ms prof st dept univ inc ltd corp jr sr ca i.i.d w.r.t a.k.a u.s u.k e.u ph.d m.sc b.sc
    jan feb mar apr jun jul aug sep sept oct nov dec
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
# A sentence may well end with one of these; the word that follows decides.
_ENDING_ABBREVIATIONS = frozenset(("al", "etc", "u.s", "u.k", "e.u", "no", "sec", "jr", "inc"))
_STARTER_WORDS = """
    We The This These In Our To It However For As A An By On Here Yet But Moreover Furthermore Finally Such
    While Although Despite Recent Existing Using With From Based Experiments Results Specifically Additionally
"""
_STARTERS = frozenset(_STARTER_WORDS.split())
_END = re.compile(r"""[.!?。！？]+["'”’)\]]*(?=\s|$)|[。！？][”’」』）]*""")
_CLOSED = re.compile(r"""[.!?。！？]["'”’)\]」』）]*$""")
_MATH_SPAN = re.compile(r"\$[^$]*\$")
_OPENING = re.compile(r"""["'“‘(\[]*""")

_THIS_PAPER = re.compile(
    r"\b(?:(?:in|with|through) )?this (?:\w+ ){0,2}(?:paper|work|study|article|survey|report|letter|thesis|tutorial)\b|本文",
    re.IGNORECASE,
)
_METHOD = re.compile(
    r"\b(?:we,? (?:[\w-]+,? ){0,2}?|this (?:paper|work|study|article)\b.{0,60}?\b|our (?:method|approach)\b.{0,60}?\b)(?:"
    r"propos\w+|present\w*|introduc\w+|develop\w*|stud(?:y|ies)|investigat\w+|explor\w+|design\w*|build\w*|"
    r"construct\w*|describ\w+|examin\w+|releas\w+|formulat\w+|analy[sz]e\w*|survey\w*|review\w*|create\w*|"
    r"collect\w*|ask\w*|train\w*|leverag\w+|adapt\w*|argue\w*|explain\w*|consider\w*|evaluat\w+|compar\w+)\b"
    r"|\bis (?:proposed|presented|introduced|developed|studied)\b|我们提出|提出了",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"\b(?:results?|experiments?|evaluations?|findings?|empirical(?:ly)?|analys[ei]s)\b.{0,80}?\b(?:show\w*|"
    r"demonstrat\w+|reveal\w*|indicat\w+|suggest\w*|confirm\w*|highlight\w*)\b"
    r"|\bwe (?:also |further |empirically |then )*(?:show|find|found|demonstrate|observe|prove|discover|establish)\b"
    r"|\b(?:outperform\w*|achiev\w+|surpass\w*|state-of-the-art|improv\w+|reduc\w+|exceed\w*|significant(?:ly)?)\b"
    r"|\d(?:\.\d+)?\s?\\?%|\d\s?(?:x|times|×)(?:\s|$)|结果表明|实验表明|优于",
    re.IGNORECASE,
)
_RESULT_LEAD = re.compile(
    r"(?:our |the |extensive |experimental )*(?:results|experiments|findings)\b", re.IGNORECASE
)
_PROBLEM = re.compile(
    r"\b(?:however|yet|but|challeng\w+|difficult\w*|problem\w*|lack\w*|remain\w*|limit\w+|costly|expensive|"
    r"struggl\w+|suffer\w*|fail\w*|unclear|unknown|under-?explored|little is known|despite|although|while|"
    r"hard|crucial|bottleneck\w*|gap)\b|然而|但是|问题|困难",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:code|data|dataset|models?|demo|project page|website)\b.{0,60}\b(?:available|released?|found|open-?sourced?)\b"
    r"|https?://|github\.com|\bthis paper is organi[sz]ed\b|\baccepted (?:at|to|by)\b",
    re.IGNORECASE,
)


def summary(abstract: str) -> str:
    """Choose the two or three sentences of an abstract that tell the problem, the method and the finding.

    Sentences are complete and in their order.  An abstract that was cut off loses the broken sentence
    at its end.

    Parameters
    ----------
    abstract : str
        Plain text with arXiv's LaTeX left in.

    Returns
    -------
    str
        Plain text on one line; empty if the abstract has no complete sentence.
    """
    complete = _without_broken_end(clean(abstract))
    return " ".join(complete[at] for at in sorted(_chosen(complete)))


def sentences(text: str) -> tuple[str, ...]:
    """Split text into sentences, each with its closing punctuation.

    Full stops of abbreviations (e.g., et al., Fig. 2), initials, decimals, addresses and formulas do not
    end one.
    """
    # No sentence ends within a formula; the length stays, so that positions do.
    masked = _MATH_SPAN.sub(lambda formula: "x" * len(formula.group()), text)
    found: list[str] = []
    start = 0
    for end in _END.finditer(masked):
        if not _ends_sentence(masked, start, end):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    if rest := text[start:].strip():
        found.append(rest)
    return tuple(found)


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    following = text[end.end() :].lstrip()
    if not following or not end.group().startswith("."):
        # "What if? asks the title": a small letter continues the sentence.
        return not (following[:1].islower() and text[end.end() : end.end() + 1].isspace())
    if end.group().startswith("..."):
        return not following[0].islower()
    word = text[start : end.start()].rpartition(" ")[2].lstrip("(\"'“‘[").casefold()
    # An initial (J. Smith, but not "vitamin C. We"), or an abbreviation before anything but a clear start.
    if (
        len(word) == 1
        and word.isalpha()
        and text[end.start() - 1].isupper()
        and not _starts_clearly(following)
    ):
        return False
    if word in _ABBREVIATIONS:
        return word in _ENDING_ABBREVIATIONS and _starts_clearly(following)
    opened = _OPENING.sub("", following, count=1)
    return not opened[:1].islower() or _starts_with_name(opened)


def _starts_clearly(following: str) -> bool:
    word = _OPENING.sub("", following, count=1).partition(" ")[0].rstrip(",.:;")
    return word in _STARTERS


def _starts_with_name(following: str) -> bool:
    """Return whether a sentence may begin with this small letter: names such as iPad, eBPF, x86, mBERT."""
    word = following.partition(" ")[0]
    return any(character.isupper() or character.isdigit() for character in word[1:])


def _without_broken_end(text: str) -> tuple[str, ...]:
    found = sentences(text)
    last = found[-1] if found else ""
    cut = last.endswith(("...", "…")) or (len(text) >= _CUT_FROM and not _CLOSED.search(last))
    return found[:-1] if cut else found


def _chosen(found: tuple[str, ...]) -> set[int]:
    worth = [at for at in range(len(found)) if not _ASIDE.search(found[at])] or list(range(len(found)))
    if len(worth) <= _SENTENCES and sum(len(found[at]) for at in worth) <= _CHARACTERS:
        return set(worth)  # also for no sentence at all
    count = len(found)
    method = max(worth, key=lambda at: (_method_score(found[at], at, count), -at))
    chosen = [method]
    after = [at for at in worth if at > method]
    if after:
        chosen.append(max(after, key=lambda at: (_finding_score(found[at], at, count), at)))
    before = [at for at in worth if at < method]
    if before:
        chosen.append(max(before, key=lambda at: (_problem_score(found[at], at, method), -at)))
    # Method first, then finding, then problem: what is too long is dropped from the end.
    kept: list[int] = []
    length = 0
    for at in chosen[:_SENTENCES]:
        if kept and length + len(found[at]) > _CHARACTERS:
            continue
        kept.append(at)
        length += len(found[at])
    return set(kept)


def _method_score(sentence: str, at: int, count: int) -> float:
    # The first sentence on what was done counts; later ones are its details.
    score = 2.0 * bool(_THIS_PAPER.search(sentence)) + 3.0 * bool(_METHOD.search(sentence))
    return score - 2.0 * bool(_RESULT_LEAD.match(sentence)) - at / count


def _finding_score(sentence: str, at: int, count: int) -> float:
    hits = len({match.group().casefold() for match in _FINDING.finditer(sentence)})
    return min(hits, 3) + 0.5 * at / count + 0.5 * bool(re.search(r"\d", sentence))


def _problem_score(sentence: str, at: int, method: int) -> float:
    hits = len({match.group().casefold() for match in _PROBLEM.finditer(sentence)})
    # The first sentence opens the subject; the one before the method tells what is missing.
    vague = len(sentence) < 60
    return min(hits, 2) + 0.8 * (at == 0) + 0.4 * (at == method - 1) - vague
