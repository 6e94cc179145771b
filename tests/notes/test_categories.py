"""The reader's headings and tags as categories."""

from __future__ import annotations

import pytest

from tests.notes.helpers import entry
from triage.notes.categories import categories_by_entry, categories_of, clean_category, merged


@pytest.mark.parametrize(
    ("heading", "category"),
    [
        ("多模态篇", "多模态"),
        ("PEFT 系列篇", "PEFT"),
        ("搜索 篇", "搜索"),
        ("## 3. Tool learning", "Tool learning"),
        ("🤖 Agents", "Agents"),
        ("Graph neural networks papers", "Graph neural networks"),
        ("Papers on alignment", "alignment"),
        ("2023年大模型在推荐领域的论文", "大模型在推荐领域"),
        ("3D Vision", "3D Vision"),
        ("In-context learning", "In-context learning"),
        ("音声認識", "音声認識"),
        ("Apprentissage par renforcement", "Apprentissage par renforcement"),
        ("Surveys", "Surveys"),
    ],
)
def test_topics_are_categories_without_their_trimmings(heading: str, category: str) -> None:
    assert clean_category(heading) == category


@pytest.mark.parametrize(
    "heading",
    ["论文阅读", "Papers", "Paper List", "TODO", "To read", "Works", "2024-01-17", "2024", "Week 12", "January 2024", "References",
     "Related work", "NeurIPS 2023", "cs.CL", "posts", "cool posts", "category1", "LLMs 论文研读社", "Reading list",
     "Notes", "其他", "参考", "Introduction", "How to choose a learning rate, and why?", "Tuning Language Models by Proxy", "", "---"],
)  # fmt: skip
def test_dates_titles_and_filing_words_are_none(heading: str) -> None:
    assert clean_category(heading) == ""


def test_a_paper_has_the_categories_of_its_path_and_its_tags() -> None:
    noted = entry(
        "X: A Paper about Things",
        section=("LLM 论文", "RAG 系列篇", "RAG Trick篇"),
        tags=("retrieval", "notes/agents", "2024"),
    )
    assert categories_of(noted) == ("RAG Trick", "RAG", "LLM", "retrieval", "agents")


def test_the_papers_own_title_above_it_is_no_category() -> None:
    assert categories_of(entry("Toolformer", section=("Tools for models", "Toolformer"))) == (
        "Tools for models",
    )


def test_spellings_of_one_category_are_joined_and_a_title_above_all_is_dropped() -> None:
    sections = [
        ("My corner", "Tool learning"),
        ("My corner", "tool-learning"),
        ("My corner", "Tool learning"),
        ("My corner", "Agents"),
    ]
    named = categories_by_entry(
        [entry(f"Paper number {place}", section=section) for place, section in enumerate(sections)]
    )
    assert named == [("Tool learning",), ("Tool learning",), ("Tool learning",), ("Agents",)]


def test_a_paper_noted_in_several_places_is_one_paper_with_several_notes() -> None:
    first = entry(
        "Toolformer: Language Models Can Teach Themselves to Use Tools",
        "2302.04761",
        text="in a table",
        section=("Surveys",),
    )
    second = entry(
        "Toolformer Language Models Can Teach Themselves to Use Tools",
        None,
        text="at length",
        section=("Tool learning",),
        line=9,
    )
    other = entry("Another paper of the same folder", "2302.04762")
    (one, two) = merged([first, second, other])
    assert (one.arxiv_id, one.text) == ("2302.04761", "in a table\n\nat length")
    assert categories_of(one) == ("Surveys", "Tool learning")
    assert two.arxiv_id == "2302.04762"


def test_one_title_with_two_identifiers_stays_two_papers() -> None:
    title = "A Title that Two Papers Share"
    assert len(merged([entry(title, "2302.04761"), entry(title, "2302.04762")])) == 2


def test_singular_and_plural_are_one_category() -> None:
    names = [
        "Language models",
        "language model",
        "Language models",
        "Galaxies",
        "Galaxy",
        "Galaxies",
        "Virus",
    ]
    named = categories_by_entry(
        [entry(f"Paper {place}", section=(name,)) for place, name in enumerate(names)]
    )
    assert named == [(name,) for name in ["Language models"] * 3 + ["Galaxies"] * 3 + ["Virus"]]


def test_keywords_of_a_publisher_are_categories_only_if_asked_for() -> None:
    noted = entry("A Survey of Rivers", tags=("water",), keywords=("Astrophysics - Cosmology", "Water"))
    assert categories_of(noted) == ("water",)
    assert categories_of(noted, keywords=True) == ("water", "Astrophysics - Cosmology")
