"""BibTeX and BibLaTeX as a :class:`~triage.notes.formats.NoteFormat`."""

from __future__ import annotations

import logging
import re
from typing import Any

from triage.notes.dates import day_of
from triage.notes.formats import NoteProblem, Reading
from triage.notes.records import Fields, entry_of_fields, id_text_of_eprint
from triage.notes.words import ordered
from triage.papers import NoteEntry

_ENTRY = re.compile(r"^[ \t]*@\s*(?!comment|string|preamble)(\w+)\s*[{(]\s*[^\s,{}=]+\s*,", re.I | re.M)
_TAG_FIELDS = ("keywords", "groups", "mendeley-groups", "mendeley-tags", "collections", "tags", "keyword")
_TEXT_FIELDS = ordered("annote annotation comment comments note notes review summary abstract")
_ID_FIELDS = ordered(
    "arxivid arxiv url adsurl note number volume journal journaltitle howpublished doi pages "
    "issue booktitle publisher institution bdsk-url-1 link ee pdf file biburl identifier addendum "
    "pubstate series day"
)
_LATEX = re.compile(r"[\\{}~$]|--")
_MATH = re.compile(r"\$[^$]*\$")


class BibtexFormat:
    """``.bib`` files: every entry is a paper, software and web pages apart."""

    name = "bibtex"
    suffixes = (".bib", ".biblatex", ".bibtex")

    def recognises(self, text: str) -> bool:
        """Whether the text is mostly BibTeX entries."""
        entries = len(_ENTRY.findall(text[:200_000]))
        return entries > 0 and text.lstrip()[:1] in "@%" and not text.lstrip().startswith("%T")

    def read(self, text: str, file: str) -> Reading:
        """Find the entries; broken ones are problems, the others are read all the same."""
        library = parse(text)
        entries: list[NoteEntry] = []
        keys: list[tuple[str, int]] = []
        problems = [
            NoteProblem(
                file,
                (block.start_line or 0) + 1,
                f"a BibTeX entry can't be read: {_reason(block)}",
                "check its braces and commas",
            )
            for block in library.failed_blocks
            if getattr(block, "ignore_error_block", None) is None
        ]
        blocks = list(library.entries)
        # A key or a field that stands twice is no reason to lose the paper.
        blocks += [
            block.ignore_error_block
            for block in library.failed_blocks
            if hasattr(block, "ignore_error_block") and hasattr(block.ignore_error_block, "fields")
        ]
        for block in sorted(blocks, key=lambda one: one.start_line or 0):
            entry = entry_of_fields(fields_of(block), file, (block.start_line or 0) + 1, "BibTeX entry")
            if entry is not None:
                keys.append((block.key, len(entries)))
                entries.append(entry)
        return Reading(tuple(entries), tuple(problems), tuple(keys))


def parse(text: str) -> Any:
    """Parse BibTeX with bibtexparser 2, strings interpolated, braces kept for :func:`plain`."""
    from bibtexparser import middlewares
    from bibtexparser.entrypoint import parse_string

    # bibtexparser logs every odd entry; the problems are in the library, and reported from there.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    return parse_string(
        text,
        parse_stack=[
            middlewares.ResolveStringReferencesMiddleware(),
            middlewares.RemoveEnclosingMiddleware(),
        ],
    )


def fields_of(block: Any) -> Fields:
    """A parsed entry's fields in our terms."""
    given = {field.key.lower(): str(field.value) for field in block.fields}
    archive = given.get("archiveprefix") or given.get("eprinttype") or given.get("archive") or ""
    subject = given.get("primaryclass") or given.get("eprintclass") or ""
    id_texts = [id_text_of_eprint(given.get("eprint", ""), archive, subject)]
    id_texts += [_named(name, given[name]) for name in _ID_FIELDS if name in given]
    id_texts.append(block.key)
    urls = tuple(
        given[name].strip()
        for name in ("url", "link", "adsurl", "ee", "pdf", "howpublished")
        if "://" in given.get(name, "")
    )
    urls = tuple(re.sub(r"^\\url\s*\{?|\}$", "", url) for url in urls)
    tags = tuple(
        dict.fromkeys(
            plain(tag).strip()
            for name in _TAG_FIELDS
            for tag in re.split(r"[,;]", given.get(name, ""))
            if tag.strip()
        )
    )
    texts = [plain(given[name]) for name in _TEXT_FIELDS if name in given]
    published = any(
        name in given
        for name in ("journal", "journaltitle", "booktitle", "publisher", "school", "institution")
    )
    title = given.get("title") or given.get("maintitle") or ""
    subtitle = given.get("subtitle", "")
    return Fields(
        kind=str(block.entry_type).lower(),
        title=plain(f"{title}: {subtitle}" if title and subtitle else title),
        id_texts=tuple(filter(None, id_texts)),
        urls=urls,
        doi=given.get("doi", ""),
        text="\n".join(texts),
        tags=tags,
        noted_on=day_of(given.get("timestamp") or given.get("date-added") or ""),
        published=published,
    )


def _named(name: str, value: str) -> str:
    """A field's text, dressed so that a bare number is found where the field means identifiers."""
    value = re.sub(r"[{}]|\\(?=[_%])", "", value)
    if name in ("arxivid", "arxiv") and "arxiv" not in value.lower():
        return f"arXiv:{value}"
    if name in ("volume", "number") and value.startswith("abs/"):
        return f"arXiv:{value.removeprefix('abs/')}"
    if name in ("pages", "volume", "issue", "day") and "arxiv" not in value.lower():
        return ""
    return value


def plain(latex: str) -> str:
    r"""LaTeX text as plain text: accents and ligatures as characters, braces gone, math kept.

    >>> plain(r"{BERT}: {P}re-training of G{\"o}del $\alpha$-nets")
    'BERT: Pre-training of Gödel $\\alpha$-nets'
    """
    text = " ".join(latex.split())
    if not _LATEX.search(text):
        return text
    pieces = []
    last = 0
    for math in _MATH.finditer(text):
        pieces += [_without_commands(text[last : math.start()]), math[0]]
        last = math.end()
    pieces.append(_without_commands(text[last:]))
    return " ".join("".join(pieces).split())


def _without_commands(text: str) -> str:
    if "\\" not in text:
        return text.replace("{", "").replace("}", "").replace("---", "—").replace("--", "–").replace("~", " ")
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped,unused-ignore]

    lead = text[: len(text) - len(text.lstrip())]
    tail = text[len(text.rstrip()) :]
    try:
        return (
            lead
            + str(
                LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False).latex_to_text(text)
            ).strip()
            + tail
        )
    except (ValueError, IndexError, KeyError, RecursionError):
        return re.sub(r"\\[a-zA-Z]+\s*|[\\{}]", "", text)


def _reason(block: Any) -> str:
    error = getattr(block, "error", None)
    return " ".join(str(error or "not understood").split())[:160]
