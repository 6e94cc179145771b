"""A digest's content as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from triage.digest.content import DigestContent
from triage.digest.escape import (
    NUNJUCKS,
    clean,
    escaped,
    front_matter,
    link,
    linked_picture,
    paragraph,
    shortened,
    verbatim,
)
from triage.digest.language import Language, language_of
from triage.digest.presets import front_matter_values
from triage.digest.summary import summary
from triage.listing.figures import Figure
from triage.papers import LONGEST_TITLE, NearestNote, Paper, ScoredPaper
from triage.text.templates import templates_of
from triage.text.unicode import plain

if TYPE_CHECKING:
    from jinja2 import Template

# One can look over a hundred lines; a listing of a thousand is ten such folds.
_FOLD = 100
_WORDS_FOR = 3
_WORDS_AGAINST = 1
_NEAREST = 3
_AUTHORS = 5
_LONGEST_NAME, _LONGEST_SUMMARY = 100, 2_000
"""Characters shown: more than arXiv's own have, and less than spoils a digest."""
_CAPTION = 120
"""Characters of a figure's caption: about the length of its first sentence."""
_COMMENT = 200
"""Characters of arXiv's comment."""
_OTHERS = 0.3
"""Community picks are mentioned when they moved the score up by so many standard deviations."""

CATEGORY_SEPARATORS = re.compile(r"[,，、;；|·]")
"""Between the reader's categories, as people write them."""


def render(content: DigestContent, language: str) -> str:
    r"""Return a digest's text, with ``\n`` line ends; the same content gives the same text.

    Raises
    ------
    DigestError
        If the language is unknown.
    """
    texts = language_of(language)
    questions = {pick.scored.paper.id for pick in content.questions}
    body = _template().render(
        content=content,
        rest=[pick for pick in content.rest if pick.scored.paper.id not in questions],
        fold=_FOLD,
        markdown=_Markdown(texts),
        texts=texts,
    )
    # Titles come through Hexo as they are, but so do the reader's own tags: only where it is needed.
    nunjucks = {"disableNunjucks": True} if NUNJUCKS.search(body) else {}
    values = {**front_matter_values(content), **nunjucks, **content.settings.extra}
    return f"---\n{front_matter(values)}\n---\n{body}"


def category_line(categories: Sequence[str], texts: Language) -> str:
    """Return the reader's categories as their editable line shows them, in Markdown."""
    if not categories:
        return texts["uncategorised"]
    # Quotes hold a name together that contains a separator of names.
    names = (f'"{name}"' if CATEGORY_SEPARATORS.search(name) else name for name in map(clean, categories))
    return escaped(texts["comma"].join(names))


def percent(probability: float) -> str:
    """Return a probability as people read it; below one in a hundred with a decimal."""
    return f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"


class _Markdown:
    """The parts of a digest, for its template."""

    paragraph = staticmethod(paragraph)

    def __init__(self, texts: Language) -> None:
        self._texts = texts

    def paper_link(self, paper: Paper) -> str:
        # The PDF of a withdrawn paper is gone.
        place = paper.abs_url if paper.is_withdrawn else paper.pdf_url
        return link(_title(paper), place)

    def about(self, paper: Paper) -> str:
        """Who wrote it, where it is listed, and its abstract page."""
        comma = self._texts["comma"]
        names = [name for name in (shortened(author, _LONGEST_NAME) for author in paper.authors) if name]
        # One more author is not worth "and one more".
        shown = names if len(names) <= _AUTHORS else names[: _AUTHORS - 1]
        authors = comma.join(shown)
        if len(names) > len(shown):
            authors = self._texts.text("and_others", authors=authors, number=len(names) - len(shown))
        about = paragraph(
            " · ".join(filter(None, (authors, shortened(comma.join(paper.categories), LONGEST_TITLE))))
        )
        return " · ".join(filter(None, (about, link(self._texts["abstract"], paper.abs_url))))

    def published(self, paper: Paper) -> str:
        """What the authors say of the paper, and where it appeared, in one line."""
        said = filter(None, (clean(paper.comment), clean(paper.journal_ref)))
        return paragraph(" · ".join(shortened(one, _COMMENT) for one in said))

    def summary(self, paper: Paper) -> str:
        return paragraph(shortened(summary(paper.abstract), _LONGEST_SUMMARY))

    def figure(self, figure: Figure) -> str:
        return linked_picture(shortened(plain(clean(figure.caption)), _CAPTION), figure.image, figure.page)

    def categories(self, names: Sequence[str]) -> str:
        return category_line(names, self._texts)

    def line(self, scored: ScoredPaper) -> str:
        """One line of the rest: the leading box means relevant, as only that one can be clicked."""
        parts = (
            self.paper_link(scored.paper),
            # "uncategorised" on nine lines of ten would be noise.
            *((self.categories(scored.categories),) if scored.categories else ()),
            *((self._texts["withdrawn"],) if scored.paper.is_withdrawn else ()),
            percent(scored.probability),
            f"[ ] {self._texts['not_relevant']}",
            f"[ ] {self._texts['read']}",
        )
        return f"- [ ] {' · '.join(parts)}"

    def known(self, scored: ScoredPaper) -> str:
        """One line without boxes, as there is nothing to decide.

        The place comes first: a line that begins with a paper's link is about that paper when it is read
        back.
        """
        return f"- {paragraph(scored.known)}{self._texts['colon']}{self.paper_link(scored.paper)}"

    def explanation(self, scored: ScoredPaper) -> list[str]:
        """Why a paper was picked, in one line or two."""
        texts, why = self._texts, scored.explanation
        probability = percent(scored.probability)
        if scored.categories:
            # They begin the line, where "- a" would be a list.
            names = paragraph(texts.list_of([clean(name) for name in scored.categories]))
            reasons = [texts.text("why_category", category=names, probability=probability)]
        else:
            reasons = [texts.text("why_no_category", probability=probability)]
        if why.followed:
            reasons.append(
                texts.text("why_followed", authors=texts.list_of([verbatim(one) for one in why.followed]))
            )
        if moved_up := [one.term for one in why.contributions if one.value > 0]:
            reasons.append(texts.text("why_words", words=self._emphasised(moved_up[:_WORDS_FOR])))
        if moved_down := [one.term for one in why.contributions if one.value < 0]:
            reasons.append(texts.text("why_against", words=self._emphasised(moved_down[:_WORDS_AGAINST])))
        if why.picked_by_others:
            reasons.append(texts["why_others"])
        elif why.community >= _OTHERS:
            reasons.append(texts["why_others_like"])
        lines = [texts["semicolon"].join(reasons) + texts["stop"]]
        if nearest := [self._note(note) for note in why.nearest_notes[:_NEAREST]]:
            lines.append(texts.text("why_nearest", papers=texts.list_of(nearest)))
        return lines

    def _emphasised(self, terms: Sequence[str]) -> str:
        return self._texts["comma"].join(
            f"**{verbatim(shortened(term, _LONGEST_NAME))}**" for term in terms if clean(term)
        )

    def _note(self, note: NearestNote) -> str:
        title = _title(note)
        shown = link(title, f"https://arxiv.org/abs/{note.id}") if note.id else verbatim(title)
        return self._texts.text("paper_title", title=shown)


def _title(paper: Paper | NearestNote) -> str:
    shown = clean(plain(clean(paper.title)))
    return shortened(paper.title, LONGEST_TITLE) if shown else f"arXiv:{paper.id}"


@cache
def _template() -> Template:
    return templates_of("triage.digest").get_template("digest.md.j2")
