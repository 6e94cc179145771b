"""Whether a language model's answer can be shown: a summary of this paper, in the reader's language, and no more.

The model is not trusted, nor are abstracts, which may hold orders for it.  What does not pass is not
mended: the sentences of the abstract are shown instead.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ValidationError

from triage.digest.escape import clean
from triage.digest.language import Language
from triage.papers import Paper
from triage.text.unicode import plain


class Problem(StrEnum):
    """Why there is no summary by a model; each value is also a name in the catalogues of texts."""

    UNREACHABLE = "model_unreachable"
    REFUSED = "model_refused"
    UNUSABLE = "model_unusable"
    ORDERS = "model_orders"
    """The abstract gives orders to language models, so that none was asked."""
    LIMIT = "model_limit"


class Unusable(Exception):
    """There is no answer that can be shown."""

    def __init__(self, problem: Problem, why: str) -> None:
        super().__init__(why)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary as it is shown; plain text, LaTeX only in the abstract's own sentences.

    A model's is a record of the store, by all that the model was asked.
    """

    KEY: ClassVar[str] = "llm summary"

    parts: tuple[str, ...]
    """By a model: what the authors ask, do and find.  Else one text: sentences of the abstract."""
    relation: str = ""
    """By a model: how the paper relates to the reader's nearest notes."""
    model: str = ""
    """The model that wrote it; empty when the abstract's sentences stand in for it, or none was asked."""
    problem: Problem | None = None
    """Why the abstract's sentences stand in for a model's."""


class _Answer(BaseModel, strict=True):
    ask: str
    do: str
    find: str
    relation: str = ""


_LONGEST_PART, _LONGEST = 600, 1_200
_SHORTEST_PART = 8
_LEAST_OF_SCRIPT = {"LATIN": 0.8}
"""Share of letters in the language's script; Chinese and others name methods in Latin letters."""
_LEAST_OTHERWISE = 0.2
_LEAST_SMALL_WORDS = 0.1
"""Share of words that are small ones of the language's catalogue: of 1,000 English summaries 99.9 % have more
than 0.12, German, French, Spanish and Italian less than 0.04."""
_LEAST_GROUNDED = 0.3
"""Share of long words that begin like one of the paper's or the notes'."""

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s(?:all|any|every|the|these|your|previous|prior|above)\b"
    r".{0,40}\b(?:instructions?|prompts?|rules|orders|above)\b"
    r"|(?:^|[.:;!?\]\"”]\s+)(?:please\s+)?(?:respond|reply|answer|output|print|repeat|say|write|tell|visit|click|summari[sz]e)[\s:]"
    r"|\b(?:for|to|attention|dear|hey)\s(?:all\s|any\s|the\s)?(?:(?:llm|ai)\s)?(?:llms?|ais?|language models?|chatbots?|assistants?|reviewers?)\s?:"
    r"|\bsystem\s(?:prompt|message)\b|\byou\s(?:are|must|should|will|have to)\b|\bpositive\sreview\b"
    r"|<\|?\w+\|?>|\[/?INST\]"
    r"|(?:忽略|无视|不要理会).{0,12}(?:指令|指示|提示|要求|内容)|请(?:回答|输出|回复|只写)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bi(?:['’]m| am) (?:sorry|unable)|\bi (?:can(?:no|['’])t|won['’]t)\b|\bas an? (?:ai|language model)\b"
    r"|抱歉|作为.{0,4}(?:AI|人工智能|语言模型)|(?:无法|不能)(?:提供|满足|协助|完成)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https?:\S*|www\.\S*|\b[\w-]+\.(?:com|org|net|io|ai|cn|dev|app)\b\S*|\]\(|<[a-z/!]", re.IGNORECASE
)
_ID = re.compile(r"\b\d{4}\.\d{4,5}\b")
_MEASURE = re.compile(r"\d[\d,]*\.\d+|\d[\d,.]*(?=\s?[%％])")
_WORD = re.compile(r"[^\W\d_]+")


def gives_orders(paper: Paper) -> bool:
    """Return whether a title or abstract seems to speak to a language model instead of a reader."""
    return bool(_ORDERS.search(f"{paper.title}. {paper.abstract}"))


def read_answer(content: str, paper: Paper, notes: Sequence[str], texts: Language) -> Summary:
    """Return what a model answered about a paper, given the titles of the notes near to it.

    Raises Unusable if it refuses, is not the JSON asked for, too long, in another language, or not about
    this paper: with a link, id or measure that the paper does not have, with orders, or in other words.
    """
    said = re.sub(r"^.*</think>", "", content, flags=re.DOTALL)
    try:
        found, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
        answer = _Answer.model_validate(found)
    except (ValueError, RecursionError, ValidationError) as error:
        problem = Problem.REFUSED if _REFUSAL.search(said) else Problem.UNUSABLE
        raise Unusable(problem, "the answer is not the JSON that was asked for") from error
    parts = tuple(clean(part) for part in (answer.ask, answer.do, answer.find))
    relation = clean(answer.relation) if notes else ""
    whole = " ".join((*parts, relation))
    source = plain(" ".join((paper.title, paper.abstract, paper.comment, *notes)))
    if _REFUSAL.search(whole):
        raise Unusable(Problem.REFUSED, "the model refused")
    for wrong, why in (
        (min(map(len, parts)) < _SHORTEST_PART, "a part of the answer is missing"),
        (max(map(len, (*parts, relation))) > _LONGEST_PART or len(whole) > _LONGEST, "it is too long"),
        (not _is_in(whole, texts), f"it is not in {texts.name}"),
        (any(link not in source and paper.id not in link for link in _LINK.findall(whole)), "it has a link"),
        (any(one not in source and one != paper.id for one in _ID.findall(whole)), "it names another paper"),
        (_measures(whole) - _measures(source), "it has a number that the abstract does not have"),
        (_ORDERS.search(whole), "it gives orders"),
        (not _is_grounded(whole, source), "it is not about the paper"),
    ):
        if wrong:
            raise Unusable(Problem.UNUSABLE, why)
    return Summary(parts, relation)


def _measures(text: str) -> set[str]:
    return {one.replace(",", "").rstrip(".") for one in _MEASURE.findall(text)}


def _is_in(text: str, texts: Language) -> bool:
    """Return whether a text is in the language of a catalogue: its script, and its small words."""
    sample = texts["marks_note"] + texts["rest_note"]
    script = _script(next(one for one in sample if one.isalpha()))
    letters = [one for one in text if one.isalpha()]
    share = sum(_script(one) == script for one in letters) / max(1, len(letters))
    if script not in _LEAST_OF_SCRIPT:
        return share >= _LEAST_OTHERWISE
    words = [word.casefold() for word in _WORD.findall(text)]
    small = sum(word in texts.small_words for word in words) / max(1, len(words))
    return share >= _LEAST_OF_SCRIPT[script] and small >= _LEAST_SMALL_WORDS


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_grounded(text: str, source: str) -> bool:
    stems = {word.casefold()[:5] for word in _WORD.findall(source)}
    # Of a text in another script, these are names of methods and datasets.
    long = [word.casefold()[:5] for word in _WORD.findall(text) if word.isascii() and len(word) > 4]
    return not long or sum(stem in stems for stem in long) / len(long) >= _LEAST_GROUNDED
