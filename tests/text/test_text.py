"""Text as arXiv writes it: nothing fails, nothing takes long, nothing raw is left."""

from __future__ import annotations

import re
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.digest.escape import inline
from triage.papers import title_key
from triage.text.formulas import for_markdown, show, split
from triage.text.unicode import fold, letters, plain

HOSTILE = st.lists(
    st.sampled_from([*"ab1 _^*`$\\{}[]<>|~&%#'\"", r"\frac", r"\left", r"\begin{", r"\hat"]), max_size=60
).map("".join)


@given(HOSTILE | st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for shown in (letters(text), plain(text), fold(text), show(text), show(text, "html")):
        shown.encode("utf-8", "surrogatepass")
    math = show(text, "mathml")
    if math.startswith("<math"):
        ElementTree.fromstring(math)
    written = for_markdown(text)
    assert written is None or not re.search(
        r"[*`<>\[\]|~]|_(?! )|\{[{%#]", re.sub(r"\\sqrt\s*\[[^\]]*\]", "", written)
    )
    assert not re.search(r"<(?!/?su[bp]>)", show(text, "html"))


@pytest.mark.parametrize(
    "piece", ["$", "$$", "{", "\\", r"\frac", r"\left(", r"\begin{array}", "$x_{", r"\'", "_", "{\\it "]
)
def test_time_is_linear(piece: str) -> None:
    started = time.perf_counter()
    text = piece * 20_000
    letters(text), plain(text), for_markdown(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Gr\"obner, Garc\'ia, Poincar\'{e}, {\L}ojasiewicz", "Gröbner, García, Poincaré, Łojasiewicz"),
        (r"95\% of \textit{Planck} at 5~GeV, 2{\deg}", "95% of Planck at 5 GeV, 2{°}"),
        (r"$10^{-3}\,\mathrm{GeV}$ and $T_{\rm max}$", "10⁻³ GeV and Tₘₐₓ"),
        (r"$\frac{a_1}{b}$, $\sqrt[3]{x}$, $\ket{\psi}$", "a₁/b, ³√x, |ψ⟩"),
        (r"\$5 and $6 or $7", "$5 and $6 or $7"),
        ("$95%$ of $x$", "95% of x"),
        ("the (1^{-}) states of f_{V} and Ti_{0.85}Fe", "the (1⁻) states of f_V and Ti_(0.85)Fe"),
        (r"a notional $N $, the $5-fold$ test", "a notional N, the 5-fold test"),
        (r"$\textit{$t$-design curves}$, a$\unicode{x2013}$b", "t-design curves, a–b"),
        (r"splitting of \$T_c\$ and $3d\to\ $2$p$", "splitting of T_c and 3d→2p"),
    ],
)
def test_latex_becomes_unicode(latex: str, text: str) -> None:
    assert plain(latex) == text


def test_a_formula_in_two_dimensions_is_mathml() -> None:
    assert show("x_1", "mathml") == "x<sub>1</sub>"
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in show(r"\frac ab", "mathml")


@pytest.mark.parametrize(
    "hostile",
    [
        r"\frac{a}{b}\text{<script>&lt;b&gt;</script>}",
        r"\href{javascript:x}{\frac ab}",
        r"\style{background:url(x)}{\frac ab}",
        r"\def\a{\a\a}\frac\a b",
        r"\sqrt{" * 40,
    ],
)
def test_mathml_holds_nothing_but_math(hostile: str) -> None:
    shown = show(hostile, "mathml")
    assert not re.search(r"<(?:script|b>)|javascript:|style=|href=", shown)


def test_digits_beside_a_formula_are_drawn_into_it() -> None:
    assert inline(r"3$d$, $\sim$50 and $\sim$10,000$\times$") == r"$3 d$, $\sim 50$ and $\sim 10,000 \times$"


@pytest.mark.parametrize("word", ["moiré", r"moir\'e", "moire\u0301", "moire", r"moir{\'e}", "MOIRÉ"])
def test_a_word_is_one_however_it_is_written(word: str) -> None:
    assert fold(letters(word)) == "moire"


def test_money_is_no_formula() -> None:
    assert not any(is_formula for _, is_formula in split("From $5 to $10, $20 million dollars and $3 more"))


@pytest.mark.parametrize(
    "noted", ["Moire bands of CeRh2As2 by Gröbner", r"Moir\'e bands of CeRh$_2$As$_{2}$ by Gr\"obner"]
)
def test_titles_are_compared_without_accents_and_latex(noted: str) -> None:
    assert title_key(noted) == title_key(r"Moiré bands of CeRh$_{2}$As$_{2}$ by Gr\"{o}bner")
