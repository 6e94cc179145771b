"""A digest's content as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from triage.digest.content import DigestContent
from triage.digest.escape import (
    NUNJUCKS,
    as_entities,
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
from triage.digest.reasons import percent, reasons, title
from triage.digest.sentences import sentences
from triage.listing.figures import Figure
from triage.papers import LONGEST_TITLE, Paper, ScoredPaper
from triage.text.templates import templates_of
from triage.text.unicode import plain

if TYPE_CHECKING:
    from jinja2 import Template

# One can look over a hundred lines; a listing of a thousand is ten such folds.
_FOLD = 100
_AUTHORS = 5
_LONGEST_NAME, _LONGEST_SUMMARY = 100, 2_000
"""Characters shown: more than arXiv's own have, and less than spoils a digest."""
_NUMBER = re.compile(r"[^\W\d_]+\W{0,3}[\w.]{0,6}\d\w{0,3}")
"""A figure's: "Figure 1", "FIG. 2", "图 3"."""
_CAPTION = 300
"""Characters of the first sentence of a figure's caption."""
_COMMENT = 200
"""Characters of arXiv's comment."""

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
    body = _template().render(
        content=content, fold=_FOLD, markdown=MarkdownParts(content, texts), texts=texts
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


def paper_link(paper: Paper) -> str:
    """Return a paper's title as a link."""
    # The PDF of a withdrawn paper is gone.
    return link(title(paper), paper.abs_url if paper.is_withdrawn else paper.pdf_url)


def paper_line(paper: Paper, categories: Sequence[str], texts: Language) -> str:
    """Return a paper in one line: its link, first and last author, and the reader's categories if known."""
    names = [verbatim(shortened(author, _LONGEST_NAME)) for author in paper.authors if clean(author)]
    if len(names) > 2:
        names = [texts.text("first_and_last", first=names[0], last=names[-1])]
    # Emphasised, so that they can be told from categories.
    byline = f"*{texts['comma'].join(names)}*" if names else ""
    # "uncategorised" on nine lines of ten would be noise.
    named = category_line(categories, texts) if categories else ""
    return " · ".join(filter(None, (paper_link(paper), byline, named)))


class MarkdownParts:
    """The parts of a digest, for its template, and for the pages that show them as HTML."""

    paragraph = staticmethod(paragraph)
    paper_link = staticmethod(paper_link)

    def __init__(self, content: DigestContent, texts: Language) -> None:
        self._texts = texts
        self._content = content
        self._settings = content.settings

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

    def summary(self, paper: Paper) -> list[str]:
        """Return the paragraphs of a summary, and of a model's, who wrote it, or why that one is not there."""
        texts, found = self._texts, self._content.summary(paper)
        parts = [paragraph(shortened(part, _LONGEST_SUMMARY)) for part in found.parts if part]
        if found.model:
            names = (texts[name] for name in ("model_ask", "model_do", "model_find"))
            parts = [f"**{name}**{texts['colon']}{part}" for name, part in zip(names, parts, strict=True)]
            parts.append(f"*{texts.text('model_wrote', model=verbatim(found.model))}*")
        elif found.problem:
            parts.append(f"*{texts.text('model_failed', why=texts[found.problem])}*")
        return parts

    def figure(self, figure: Figure) -> list[str]:
        """The picture, described by its number, and the first sentence of its caption."""
        caption = clean(plain(clean(figure.caption)))
        number = found[0] if (found := _NUMBER.match(caption)) else ""
        # "Figure 1." is no sentence.
        parts = sentences(caption[len(number) :].lstrip(".: ")) if number else sentences(caption)
        first = caption[: caption.index(parts[0]) + len(parts[0])] if parts else caption
        picture = linked_picture(shortened(number or first, _CAPTION), figure.image, figure.page)
        return [picture, f"*{verbatim(shortened(first, _CAPTION))}*"] if first else [picture]

    def categories(self, names: Sequence[str]) -> str:
        return category_line(names, self._texts)

    def line(self, scored: ScoredPaper) -> str:
        """One line of a list; its box asks whether the paper is relevant."""
        texts = self._texts
        parts = (
            paper_line(scored.paper, scored.categories, texts),
            texts["withdrawn"] if scored.paper.is_withdrawn else "",
            percent(scored.probability) if self._settings.percentages else "",
        )
        return f"- [ ] {' · '.join(filter(None, parts))}"

    def folded_abstract(self, paper: Paper) -> str:
        """The abstract as a fold under a line of a list, in HTML in which no Markdown is left.

        Obsidian shows no folds in its editor, where boxes are ticked.  Further in than two spaces, MkDocs
        would end the fold around the list with the first of these.
        """
        text = clean(plain(clean(paper.abstract)))
        if not text or self._settings.preset == "obsidian":
            return ""
        summary = f"<summary>{self._texts['abstract']}</summary>"
        return f"  <details>{summary}{as_entities(shortened(text, _LONGEST_SUMMARY))}</details>"

    def known(self, scored: ScoredPaper) -> str:
        """One line without boxes, as there is nothing to decide.

        The place comes first: a line that begins with a paper's link is about that paper when it is read
        back.
        """
        return f"- {paragraph(scored.known)}{self._texts['colon']}{paper_link(scored.paper)}"

    def explanation(self, scored: ScoredPaper) -> list[str]:
        """Return why a paper was picked, in one line or two."""
        lines = reasons(scored, self._texts, self._settings, calibrated=self._content.calibrated)
        relation = self._content.summary(scored.paper).relation
        return [*lines, paragraph(relation)] if relation else lines


@cache
def _template() -> Template:
    return templates_of("triage.digest").get_template("digest.md.j2")
