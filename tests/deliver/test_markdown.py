"""A digest's Markdown as HTML and text: what is text stays text."""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from triage.deliver.digests import without_front_matter
from triage.deliver.markdown import TICKED, for_reading, legal, to_html, to_plain_text
from triage.digest.escape import clean, link
from triage.text.unicode import letters

KNOWN = set(
    re.findall(
        r"\w+",
        "a blockquote br code del details em h2 h3 h4 h5 h6 hr img li ol p pre s strong summary"
        " table tbody td th thead tr ul",
    )
)
PIECES = [
    "<script>",
    "<details>",
    "</details>",
    "<summary>x</summary>",
    "<!--",
    "-->",
    "&#12;",
    "&lt;",
    "](",
    "- ",
    "> ",
]
HOSTILE = st.lists(
    st.sampled_from([*"<>/\"'&;=`*_[]()!#-|\\\n\t {}%$:.x1", *PIECES]) | st.characters(codec="utf-8"),
    max_size=40,
).map("".join)


def tags(html: str) -> list[str]:
    """Return the names of all elements, after reading the page as strictly as HTML can be."""
    page = f"<!DOCTYPE html><html><head><title>t</title></head><body>{html}</body></html>"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    body = parser.parse(page).find("body")
    return [element.tag for element in body.iter() if element is not body]


def attributes(html: str) -> set[tuple[str, str]]:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return {(name, value) for element in tree.iter() for name, value in element.attrib.items()}


@given(HOSTILE)
def test_any_text_becomes_valid_html_of_known_elements(text: str) -> None:
    html = to_html(text, images=True)
    assert set(tags(html)) <= KNOWN
    etree.fromstring(f"<body>{html.replace('&nbsp;', ' ')}</body>")


@given(HOSTILE)
def test_links_lead_to_the_web_alone(text: str) -> None:
    html = to_html(f"[x]({text}) [y](<{text}>)\n\n{text}", images=True)
    for name, value in attributes(html):
        assert not name.startswith("on")
        if name in ("href", "src"):
            assert value.lower().startswith(("http://", "https://", "mailto:"))


@given(HOSTILE)
@example("\ufdd0")
def test_a_title_reads_the_same_everywhere(title: str) -> None:
    title = title.replace("$", "")  # formulas: tests/text
    written = f"## {link(title, 'https://arxiv.org/pdf/1.pdf')}\n"
    (heading,) = html5lib.parse(to_html(written), namespaceHTMLElements=False).iter("h2")
    assert clean("".join(heading.itertext())) == clean(legal(letters(clean(title))))


@given(HOSTILE)
def test_any_text_becomes_plain_text_that_xml_could_hold(text: str) -> None:
    element = etree.Element("x")
    element.text = to_plain_text(text)


def test_tags_are_shown_as_text() -> None:
    assert to_html("a <b onclick=x>b</b> c") == "<p>a &lt;b onclick=x&gt;b&lt;/b&gt; c</p>\n"
    assert "<script" not in to_html("<script>alert(1)</script>")


def test_comments_are_left_out() -> None:
    assert to_html("a <!-- b --> c\n\n<!-- more -->\n").count("--") == 0


def test_folds_are_kept_and_closed() -> None:
    html = to_html("<details>\n<summary>2 more &lt;b></summary>\n\n- x\n")
    assert html.startswith("<details>\n<summary>2 more &lt;b&gt;</summary>\n<ul>")
    assert html.rstrip().endswith("</details>")
    assert to_html("</details>\n") == ""


def test_a_fold_in_a_list_is_text() -> None:
    assert "<details>" not in to_html("- <details>\n  <summary>x</summary>\n")


def test_pictures_are_shown_only_where_they_are_wanted_and_from_the_web() -> None:
    assert '<img src="https://x.org/a.png" alt="fig"' in to_html("![fig](https://x.org/a.png)", images=True)
    assert to_html("![fig](https://x.org/a.png)") == "<p>[fig]</p>\n"
    assert to_html("![fig](a.png)", images=True) == "<p>[fig]</p>\n"


def test_a_pictures_description_is_read_as_markdown() -> None:
    picture = r"![Figure 1: A \[bracketed\] \*star\*](https://x.org/a.png)"
    assert to_html(picture) == "<p>[Figure 1: A [bracketed] *star*]</p>\n"
    assert to_plain_text(picture).strip() == "[Figure 1: A [bracketed] *star*]"


def test_the_page_keeps_its_only_first_heading() -> None:
    assert to_html("# Mine") == "<h2>Mine</h2>\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("- [ ] relevant", ""),
        ("- [x] relevant", "- ☑ relevant"),
        ("- [ ] 不相关", ""),
        ("- [ ] ask Ada", "- ☐ ask Ada"),
        ("- [ ] [T](https://x) · 3% · [ ] not relevant · [ ] read", "- [T](https://x) · 3%"),
        ("- [x] [T](https://x) · 3% · [ ] not relevant · [x] read", "- ☑ [T](https://x) · 3% · ☑ read"),
        ("I ticked [ ] relevant once", "I ticked [ ] relevant once"),
    ],
)
def test_boxes_are_shown_as_far_as_they_say_something(written: str, shown: str) -> None:
    assert for_reading(f"a\n{written}\nb").split("\n") == ["a", *([shown] if shown else []), "b"]


@pytest.mark.parametrize(
    ("file", "body"),
    [
        ("---\ntitle: x\n---\n\nA\n\n---\n\nB\n", "A\n\n---\n\nB\n"),
        ("---\r\ntitle: x\r\n---\r\nA\r\n", "A\n"),
        ("No front matter\n---\nB\n", "No front matter\n---\nB\n"),
        ("---\nnever closed\n", "---\nnever closed\n"),
        ("", ""),
    ],
)
def test_front_matter_is_left_out(file: str, body: str) -> None:
    assert without_front_matter(file) == body


def test_plain_text_has_addresses_and_no_backslashes() -> None:
    text = "## [A \\[B\\]](https://x.org)\n\nIt is **good**.\n\n> why\n\n- a\n- b\n  - c\n\n1. one\n"
    assert to_plain_text(text) == (
        "A [B] (https://x.org)\n\nIt is good.\n\n> why\n\n- a\n- b\n  - c\n\n1. one\n"
    )


def test_the_boxes_of_a_pick_lead_to_its_card_where_the_reader_has_pages() -> None:
    text = (
        "## [T \\[x\\]](https://arxiv.org/pdf/hep-th/9901001.pdf)\n\n- [ ] relevant\n- [ ] not relevant\n"
        "- [x] read\n\n## Near misses\n\n- [ ] [U](https://arxiv.org/pdf/2401.00001.pdf) · *A*\n- [ ] 相关\n"
    )
    assert for_reading(text, "https://papers.example.org") == (
        "## [T \\[x\\]](https://arxiv.org/pdf/hep-th/9901001.pdf)\n\n"
        "- [relevant](https://papers.example.org/paper/hep-th/9901001?answer=relevant)\n"
        "- [not relevant](https://papers.example.org/paper/hep-th/9901001?answer=not)\n"
        f"- {TICKED} read\n\n## Near misses\n\n- [U](https://arxiv.org/pdf/2401.00001.pdf) · *A*\n"
    )
    assert "https://papers" not in for_reading(text)


def test_abstracts_stay_in_the_file_as_few_mail_programs_fold() -> None:
    fold = '<details markdown="1">\n<summary>2 more</summary>\n\n- [ ] [A](b)\n'
    abstract = "  <details><summary>abstract</summary>We study &#42;it&#42;.</details>\n"
    assert for_reading(f"{fold}{abstract}\n</details>\n") == f"{fold.replace('[ ] ', '')}\n</details>\n"
