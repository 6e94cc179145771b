"""A digest's content put into Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from triage.digest.content import DigestContent
from triage.digest.escape import (
    clean,
    inline,
    link,
    linked_picture,
    paragraph,
    shortened,
    verbatim,
    yaml_value,
)
from triage.digest.language import Language, language_of
from triage.digest.summary import summary
from triage.errors import DigestError
from triage.listing.figures import Figure
from triage.papers import NearestNote, Paper, Pick, ScoredPaper

if TYPE_CHECKING:
    from jinja2 import Template

# A page of a hundred lines can be looked over; a listing of a thousand folds into ten such.
_FOLD = 100
_WORDS_FOR = 5
_WORDS_AGAINST = 2
_NEAREST = 3
_AUTHORS = 5
"""One more is not worth "and one more"."""
_CAPTION = 120
"""Characters of a figure's caption: about what its first sentence has."""
_OTHERS = 0.3
"""Other people's taste is worth a word when it moved the score up by so many standard deviations."""

_SEPARATORS = re.compile(r"[,，、;；|·]")


@dataclass(frozen=True, slots=True)
class _Section:
    """A pick, ready for the template."""

    link: str
    about: str
    """Who wrote it, where it is listed, and its abstract page."""
    summary: str
    why: tuple[str, ...]
    figure: str
    """Empty where there is none."""
    categories: str


@dataclass(frozen=True, slots=True)
class _Fold:
    """A folded part of the rest of the listing, ready for the template."""

    summary: str
    lines: tuple[str, ...]


def render(content: DigestContent, language: str) -> str:
    """Write a digest.

    Parameters
    ----------
    content : DigestContent
        What it says.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str
        The file's text: front matter and Markdown, with ``\\n`` line ends.  The same content gives the
        same text.

    Raises
    ------
    DigestError
        If the language is unknown, or an extra of the front matter would replace a key of the digest.
    """
    words = language_of(language)
    asked = {pick.scored.paper.id for pick in content.asked}
    rest = [pick for pick in content.rest if pick.scored.paper.id not in asked]
    return _template().render(
        front_matter=_front_matter(content),
        remarks=[paragraph(remark) for remark in content.remarks],
        picks=[
            _section(pick.scored, content.figures.get(pick.scored.paper.id), words) for pick in content.picks
        ],
        asked=[_line(pick.scored, words) for pick in content.asked],
        asked_note=words.text("asked_note", papers=words.count("papers", len(content.asked))),
        folds=_folds(rest, words),
        known_categories=_known_categories(content.known_categories, words),
        words=words,
    )


def category_line(categories: Sequence[str], words: Language) -> str:
    """Return the reader's categories as their editable line shows them, in Markdown."""
    if not categories:
        return words["uncategorised"]
    # Quotes hold a name together that contains what parts names.
    names = (f'"{name}"' if _SEPARATORS.search(name) else name for name in map(clean, categories))
    return inline(words["comma"].join(names))


def percent(probability: float) -> str:
    """Return a probability as people read it; below one in a hundred with a decimal."""
    return f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"


def _front_matter(content: DigestContent) -> str:
    categories = content.categories
    values: dict[str, object] = {
        "title": content.title,
        "tags": list(content.tags),
        # One category stands on the key's line, as in the reader's own posts.
        "categories": categories[0] if len(categories) == 1 else list(categories),
        "total": content.total,
        "interesting": len(content.picks),
        "read": content.read,
        "cite": content.cite,
        "publish": content.publish,
        "hidden": content.hidden,
        "abbrlink": content.abbrlink,
        "date": content.written_at.replace(tzinfo=None, microsecond=0),
    }
    if clashing := sorted(values.keys() & content.extras.keys()):
        raise DigestError(
            f"front matter extra {clashing[0]!r} would replace the digest's own",
            remedy="Remove it from the extras of the digest in config.yaml.",
        )
    return "\n".join(_yaml_line(key, value) for key, value in {**values, **content.extras}.items())


def _yaml_line(key: str, value: object) -> str:
    written = yaml_value(value)
    # Lists and mappings begin on the next line.
    return f"{yaml_value(key)}:{written if written.startswith(chr(10)) else f' {written}'}"


def _section(scored: ScoredPaper, figure: Figure | None, words: Language) -> _Section:
    return _Section(
        link=_paper_link(scored),
        about=_about(scored.paper, words),
        summary=paragraph(summary(scored.paper.abstract)),
        why=_why(scored, words),
        figure=linked_picture(shortened(figure.caption, _CAPTION), figure.image, figure.page)
        if figure
        else "",
        categories=category_line(scored.categories, words),
    )


def _about(paper: Paper, words: Language) -> str:
    names = [name for name in map(clean, paper.authors) if name]
    shown = names if len(names) <= _AUTHORS else names[: _AUTHORS - 1]
    authors = words["comma"].join(shown)
    if names[len(shown) :]:
        authors = words.text("and_others", authors=authors, number=len(names) - len(shown))
    about = paragraph(" · ".join(filter(None, (authors, words["comma"].join(paper.categories)))))
    return " · ".join(filter(None, (about, link(words["abstract"], paper.abs_url))))


def _line(scored: ScoredPaper, words: Language) -> str:
    """One line of the rest: the leading box says relevant, as only that one can be clicked."""
    parts = (
        _paper_link(scored),
        # "uncategorised" on nine lines of ten would be noise.
        *((category_line(scored.categories, words),) if scored.categories else ()),
        percent(scored.probability),
        f"[ ] {words['not_relevant']}",
        f"[ ] {words['read']}",
    )
    return f"- [ ] {' · '.join(parts)}"


def _paper_link(scored: ScoredPaper) -> str:
    paper = scored.paper
    return link(clean(paper.title) or f"arXiv:{paper.id}", paper.pdf_url)


def _why(scored: ScoredPaper, words: Language) -> tuple[str, ...]:
    probability = percent(scored.probability)
    if scored.categories:
        # They begin the line, where "- a" would be a list.
        names = paragraph(words.list_of([clean(name) for name in scored.categories]))
        parts = [words.text("why_category", category=names, probability=probability)]
    else:
        parts = [words.text("why_no_category", probability=probability)]
    moved_up = [one.term for one in scored.explanation.contributions if one.value > 0][:_WORDS_FOR]
    moved_down = [one.term for one in scored.explanation.contributions if one.value < 0][:_WORDS_AGAINST]
    if moved_up:
        parts.append(words.text("why_words", words=_emphasised(moved_up, words)))
    if moved_down:
        parts.append(words.text("why_against", words=_emphasised(moved_down, words)))
    if scored.explanation.picked_by_others:
        parts.append(words["why_others"])
    elif scored.explanation.community >= _OTHERS:
        parts.append(words["why_others_like"])
    lines = [words["semicolon"].join(parts) + words["stop"]]
    if scored.explanation.nearest_notes:
        near = words.list_of(
            [_nearest_note(one, words) for one in scored.explanation.nearest_notes[:_NEAREST]]
        )
        lines.append(words.text("why_nearest", papers=near))
    return tuple(lines)


def _emphasised(moved: Sequence[str], words: Language) -> str:
    return words["comma"].join(f"**{verbatim(word)}**" for word in moved if clean(word))


def _nearest_note(note: NearestNote, words: Language) -> str:
    title = clean(note.title) or f"arXiv:{note.id}"
    shown = link(title, f"https://arxiv.org/abs/{note.id}") if note.id else verbatim(title)
    return words.text("paper_title", title=shown)


def _folds(rest: Sequence[Pick], words: Language) -> list[_Fold]:
    folds = []
    for start in range(0, len(rest), _FOLD):
        part = rest[start : start + _FOLD]
        heading = "rest_summary" if len(rest) <= _FOLD else "rest_part_summary"
        folds.append(
            _Fold(
                summary=words.text(heading, first=start + 1, last=start + len(part), count=len(rest)),
                lines=tuple(_line(pick.scored, words) for pick in part),
            )
        )
    return folds


def _known_categories(categories: Sequence[str], words: Language) -> str:
    if not categories:
        return ""
    return words.text("known_categories", categories=category_line(categories, words))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("triage.digest"),
        autoescape=False,  # noqa: S701 -- Markdown, not HTML: `escape` has seen to every value.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("digest.md.j2")
