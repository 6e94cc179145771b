"""Is this text a paper's title, and where does it end?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.notes.titles import Quality, clean, is_credit, quality, title_of_citation


@pytest.mark.parametrize(
    "title",
    [
        "Tuning Language Models by Proxy",
        "Graph Retrieval-Augmented Generation: A Survey",
        "LIMA: Less Is More for Alignment",
        "Are Transformers Effective for Time Series Forecasting?",
        "E(n) Equivariant Graph Neural Networks",
        "LLM4Rec综述：A Survey on Large Language Models for Recommendation",
        "Can Small Language Models be Good Reasoners for Sequential Recommendation?",
    ],
)
def test_titles_read_like_titles(title: str) -> None:
    assert quality(title) is Quality.STRONG


@pytest.mark.parametrize(
    "text",
    [
        "We then tried a smaller learning rate.",
        "This paper is about agents that use tools",
        "https://arxiv.org/abs/2305.14314",
        "",
        "---",
        "it works. The second stage does not help much",
        "模型先在大量数据上预训练，然后微调，最后用强化学习对齐。",
    ],
)
def test_sentences_addresses_and_marks_are_no_titles(text: str) -> None:
    assert quality(text) is Quality.NONE


@pytest.mark.parametrize(
    "text", ["Prompt Tuning", "BERT", "In-context learning", "Fixed-prompt PTM tuning", "LLM objectives"]
)
def test_topics_are_not_strong(text: str) -> None:
    assert quality(text) < Quality.STRONG


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (
            "《T5：Exploring the Limits of Transfer Learning》",
            "T5：Exploring the Limits of Transfer Learning",
        ),
        ("**Attention Is All You Need**", "Attention Is All You Need"),
        ("“Attention Is All You Need.”", "Attention Is All You Need"),
        ("Attention Is All You Need [[pdf]]", "Attention Is All You Need"),
        ("Attention Is All You Need (NeurIPS 2017)", "Attention Is All You Need"),
        ("Attention Is All You Need[J].", "Attention Is All You Need"),
        ("Attention Is All You Need, arXiv:1706.03762", "Attention Is All You Need"),
        (
            "System 2 Attention (is something you might need too)",
            "System 2 Attention (is something you might need too)",
        ),
        ("LLM.int8(): 8-bit Matrix Multiplication", "LLM.int8(): 8-bit Matrix Multiplication"),
        ("Are GPT Embeddings Useful for Ads?", "Are GPT Embeddings Useful for Ads?"),
    ],
)
def test_markup_and_citation_tails_are_taken_off(written: str, title: str) -> None:
    assert clean(written) == title


@pytest.mark.parametrize(
    ("citation", "title"),
    [
        ("Vaswani et al. Attention is all you need. NeurIPS 2017.", "Attention is all you need"),
        ("Attention is all you need, Ashish Vaswani, Noam Shazeer, NIPS 2017", "Attention is all you need"),
        (
            "J. Devlin, M. Chang, and K. Lee. BERT: Pre-training of Deep Bidirectional Transformers. In NAACL, 2019",
            "BERT: Pre-training of Deep Bidirectional Transformers",
        ),
        (
            "Self-RAG: Learning to Retrieve, Generate, and Critique through Self-Reflection",
            "Self-RAG: Learning to Retrieve, Generate, and Critique through Self-Reflection",
        ),
        (
            "Is ChatGPT a Good Recommender? A Preliminary Study.",
            "Is ChatGPT a Good Recommender? A Preliminary Study",
        ),
        ("Paxos Made Simple by Leslie Lamport", "Paxos Made Simple"),
        ("Numerics of Flows. Part II. Practical Aspects", "Numerics of Flows. Part II. Practical Aspects"),
        (
            "A. Wiles, Modular elliptic curves and Fermat's last theorem, Ann. of Math. 141 (1995)",
            "Modular elliptic curves and Fermat's last theorem",
        ),
        ("P. Deligne, La conjecture de Weil. I, Publ. Math. IHES 43 (1974)", "La conjecture de Weil. I"),
        ("Tuning Language Models by Proxy", "Tuning Language Models by Proxy"),
        (
            "Playing Atari with Six Neurons (2019) - Cuccu, Togelius, Cudre-Mauroux",
            "Playing Atari with Six Neurons",
        ),
    ],
)
def test_the_title_is_found_in_a_citation(citation: str, title: str) -> None:
    assert title_of_citation(citation) == title


@pytest.mark.parametrize(
    "text",
    [
        "Vaswani et al.",
        "J. Devlin, M. Chang, and K. Lee",
        "Bai, S., Kolter, J. Z., & Koltun, V.",
        "Albert Gu and Tri Dao",
    ],
)
def test_people_are_known(text: str) -> None:
    assert is_credit(text)


@pytest.mark.parametrize("text", ["Attention is all you need", "Language Models and Graph Neural Networks"])
def test_titles_are_no_people(text: str) -> None:
    assert not is_credit(text)


@given(st.text(max_size=150))
def test_cleaning_is_idempotent_and_never_crashes(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    quality(text)
    title_of_citation(text)
