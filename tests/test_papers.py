"""The nouns: identifiers, papers, folded titles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.papers import AnnounceType, ArxivId, InvalidArxivId, Paper, parse_arxiv_id, title_key


@pytest.mark.parametrize(
    ("text", "bare", "version"),
    [
        ("2401.08565", "2401.08565", None),
        ("2401.08565v2", "2401.08565", 2),
        ("arXiv:2401.08565v12", "2401.08565", 12),
        (" ARXIV: 2401.08565 ", "2401.08565", None),
        ("0704.0001", "0704.0001", None),
        ("1412.9999", "1412.9999", None),
        ("1501.00001", "1501.00001", None),
        ("hep-th/9901001v1", "hep-th/9901001", 1),
        ("math.GT/0309136", "math/0309136", None),
        ("cond-mat/0703999", "cond-mat/0703999", None),
    ],
)
def test_an_identifier_is_split_into_bare_id_and_version(text: str, bare: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == (bare, version)


@pytest.mark.parametrize(
    "text",
    [
        "", "2401", "2401.0856", "1412.00001", "2413.00001", "2400.00001", "0703.0001", "2401.08565v0",
        "2401.085655", "hep-th/9901", "hep-th/9913001", "hep-th/0704001", "hep-th/9001001", "Hep-th/9901001",
        "https://arxiv.org/abs/2401.08565", "2401.08565 and more", "２４０１.08565", "2401.08565v2v3",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidArxivId, match="not an arXiv identifier"):
        parse_arxiv_id(text)


@given(st.integers(15, 90), st.integers(1, 12), st.integers(0, 99999), st.none() | st.integers(1, 99))
def test_every_identifier_of_today_comes_back(
    year: int, month: int, number: int, version: int | None
) -> None:
    bare = f"{year:02d}{month:02d}.{number:05d}"
    assert parse_arxiv_id(bare + (f"v{version}" if version else "")) == (bare, version)


@given(st.text())
def test_any_text_is_an_identifier_or_refused(text: str) -> None:
    try:
        bare, _version = parse_arxiv_id(text)
    except InvalidArxivId:
        return
    assert parse_arxiv_id(bare) == (bare, None)


def test_a_paper_links_its_pages() -> None:
    paper = Paper(ArxivId("hep-th/9901001"), "T", categories=("hep-th", "math-ph"))
    assert paper.abs_url == "https://arxiv.org/abs/hep-th/9901001"
    assert paper.pdf_url == "https://arxiv.org/pdf/hep-th/9901001.pdf"
    assert paper.primary_category == "hep-th"
    assert Paper(ArxivId("2401.00001"), "T").primary_category == ""


def test_replacements_are_told_from_what_is_new() -> None:
    assert [kind for kind in AnnounceType if kind.is_replacement] == ["replace", "replace-cross"]


@pytest.mark.parametrize(
    "title",
    [
        "Rivers of Words",
        "RIVERS OF WORDS!",
        "Rivers-of-Words",
        "“Ｒｉｖｅｒｓ” of\nWords.",
        " rivers  of words ",
    ],
)
def test_spelling_case_and_punctuation_do_not_matter_in_a_folded_title(title: str) -> None:
    assert title_key(title) == "riversofwords"


@given(st.text())
def test_a_folded_title_has_letters_and_digits_only(title: str) -> None:
    assert all(character.isalnum() for character in title_key(title))


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("This paper has been withdrawn by the author due to an error in equation 3", ""),
        ("Withdrawn", ""),
        ("12 pages. Withdrawn because of a crucial sign error.", ""),
        ("arXiv admin note: This submission has been removed by arXiv administrators", ""),
        ("The authors have withdrawn this paper", ""),
        ("", "This paper has been temporarily withdrawn by the authors."),
    ],
)
def test_a_withdrawn_paper_is_known_by_its_record(comment: str, abstract: str) -> None:
    assert Paper(ArxivId("2401.00001"), "A title", abstract, comment=comment).is_withdrawn


@pytest.mark.parametrize(
    ("title", "comment", "abstract"),
    [
        (
            "Withdrawn papers on arXiv",
            "A data set of papers withdrawn by their authors",
            "Withdrawn papers are rare.",
        ),
        ("T", "This paper was withdrawn from ICML and is under review elsewhere", ""),
        ("T", "", "Some say that this was a mistake. We ask why a paper is withdrawn, and by whom."),
        ("T", "Retracted articles are listed in the appendix", "We study retracted and withdrawn papers."),
    ],
)
def test_a_paper_about_withdrawn_papers_is_not_withdrawn(title: str, comment: str, abstract: str) -> None:
    assert not Paper(ArxivId("2401.00001"), title, abstract, comment=comment).is_withdrawn
