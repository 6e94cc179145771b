"""The first figure of a paper's HTML version, which anybody may have written."""

from __future__ import annotations

import html
import re
import tracemalloc
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_arxiv import FakeArxiv, Kind, Where, pages
from tests.listing.conftest import MakeClient
from triage.listing.client import Client, RequestError
from triage.listing.figures import (
    Figure,
    fetch_figure,
    first_figure,
    picture_address,
)
from triage.papers import ArxivId, Paper

PAPER = ArxivId("2401.08565")
FOLDER = "https://arxiv.org/html/2401.08565v2"
BASE = "/html/2401.08565v2/"


def image(src: str = "x1.png", more: str = 'alt="Refer to caption" width="598" height="371"') -> str:
    return f'<img class="ltx_graphics" src="{html.escape(src)}" {more}>'


def figure(inside: str, caption: str = "What we do.", tag: str = "Figure 1: ", kind: str = "figure") -> str:
    return (
        f'<figure class="ltx_{kind}" id="S1.F1">{inside}\n<figcaption class="ltx_caption">'
        f'<span class="ltx_tag ltx_tag_{kind}">{tag}</span>{caption}</figcaption>\n</figure>'
    )


def page(*parts: str, base: str | None = BASE) -> str:
    head = f'<head><base href="{html.escape(base)}"></head>' if base is not None else ""
    return f'<!DOCTYPE html>\n<html>{head}<body><article class="ltx_document">{"".join(parts)}</article>'


def found(*parts: str, base: str | None = BASE) -> Figure | None:
    return first_figure(page(*parts, base=base), PAPER, 2)


def caption_of(caption: str) -> str:
    one = found(figure(image(), caption))
    assert one is not None
    return one.caption


def test_a_figure_is_its_caption_its_picture_and_its_place_at_arxiv() -> None:
    assert found("<p>Words.</p>", figure(image())) == Figure(
        "Figure 1: What we do.", f"{FOLDER}/x1.png", f"{FOLDER}#S1.F1"
    )


@pytest.mark.parametrize(
    "decoration",
    [
        pytest.param(figure(image(), tag="Table 1: ", kind="table"), id="a table of pictures"),
        pytest.param(figure(image(), tag="Algorithm 1 ", kind="float"), id="an algorithm"),
        pytest.param(image(), id="a picture in the text"),
        pytest.param(f'<figure class="ltx_figure">{image()}</figure>', id="no caption"),
        pytest.param(figure(image(), tag=""), id="no number"),
        pytest.param(figure("Words only"), id="no picture"),
        pytest.param(
            figure(f"<svg><foreignObject>{image()}</foreignObject></svg>"),
            id="a drawing with a picture in it",
        ),
        pytest.param(figure(image(more='alt="[Uncaptioned image]"')), id="uncaptioned by LaTeXML's word"),
        pytest.param(figure(image(more='width="14" height="14"')), id="an icon"),
        pytest.param(figure(image(more='width="598" height="21"')), id="a legend's strip"),
        pytest.param(figure("", caption=f"With {image()}"), id="a picture in the caption"),
        pytest.param(
            figure(f'<table class="ltx_equation ltx_eqn_table"><tr><td>{image()}</td></tr></table>'),
            id="an equation",
        ),
        pytest.param(
            figure('<img class="ltx_graphics ltx_missing ltx_missing_image" src="">'), id="a missing picture"
        ),
        pytest.param(figure(image("https://evil.example/x1.png")), id="a picture from elsewhere"),
    ],
)
def test_what_is_no_real_figure_is_passed_over(decoration: str) -> None:
    assert found(decoration) is None
    real = figure(image("x7.png"), tag="Figure 2: ").replace("S1.F1", "S2.F2")
    assert found(decoration, real) == Figure("Figure 2: What we do.", f"{FOLDER}/x7.png", f"{FOLDER}#S2.F2")


def test_a_plot_in_svg_is_a_picture_too() -> None:
    plot = '<object data="2401.08565v2/plot.svg" type="image/svg+xml" width="238" height="179"></object>'
    one = found(figure(plot), base=None)
    assert one is not None
    assert one.image == f"{FOLDER}/plot.svg"
    assert found(figure('<object data="https://evil.example/plot.svg"></object>')) is None


def test_of_panels_the_first_stands_for_the_figure() -> None:
    panels = "".join(
        f'<figure class="ltx_figure ltx_figure_panel" id="S1.F1.sf{number}">{image(f"x{number}.png")}'
        f'<figcaption><span class="ltx_tag ltx_tag_figure">({letter}) </span>One part</figcaption></figure>'
        for number, letter in ((1, "a"), (2, "b"))
    )
    assert found(figure(panels, "Both.")) == Figure("Figure 1: Both.", f"{FOLDER}/x1.png", f"{FOLDER}#S1.F1")


def test_a_table_beside_the_panels_is_not_taken_for_one() -> None:
    table = f'<figure class="ltx_table ltx_figure_panel">{image("t1.png")}</figure>'
    one = found(figure(table + image("x2.png")))
    assert one is not None
    assert one.image == f"{FOLDER}/x2.png"


def test_figures_side_by_side_in_one_float_keep_their_own_captions() -> None:
    inside = figure(image("x1.png"), "Left.") + figure(image("x2.png"), "Right.", "Figure 2: ")
    one = found(f'<figure class="ltx_figure" id="S1.fig1">{inside}</figure>')
    assert one is not None
    assert (one.caption, one.image) == ("Figure 1: Left.", f"{FOLDER}/x1.png")


@pytest.mark.parametrize(
    "tag", ["Figure 1: ", "Fig. 1. ", "FIG. 1.", "Figure 1", "图 1：", "Figure A.1:", "Figure S1."]
)
def test_captions_are_numbered_in_many_styles(tag: str) -> None:
    assert found(figure(image(), tag=tag)) is not None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Two\n   lines", "Two lines"),
        ("<b>Bold</b> &amp; <em>slanted</em> &lt;b&gt;", "Bold & slanted <b>"),
        (
            'A <math alttext="O(n^{2})"><semantics><mi>O</mi><annotation>O(n^2)</annotation></semantics></math>'
            " bound",
            "A $O(n^{2})$ bound",
        ),
        (
            'Done<span class="ltx_note ltx_role_footnote"><sup>1</sup><span>An aside.</span></span> well',
            "Done well",
        ),
        ('<span class="ltx_ERROR undefined">\\icon</span>Agents', "Agents"),
        ('Shown.<button class="sr-only button">Report issue for preceding element</button>', "Shown."),
        ("Bell\x07 &#0;&#xD800;", "Bell \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        ("<script>alert(1)</script>Safe", "Safe"),
    ],
)
def test_a_caption_is_its_words_on_one_line(written: str, read: str) -> None:
    assert caption_of(written) == f"Figure 1: {read}"


def test_a_caption_of_a_megabyte_is_cut() -> None:
    assert len(caption_of("word " * 200_000)) == 1_000


@pytest.mark.parametrize("place", ["", "1F", 'x"y', "a b", "javascript:alert(1)//" + "x" * 100])
def test_a_place_that_is_none_is_left_out(place: str) -> None:
    one = found(figure(image()).replace('id="S1.F1"', f"id='{place}'"))
    assert one is not None
    assert one.page == FOLDER


@pytest.mark.parametrize(
    ("src", "base", "expected"),
    [
        ("x1.png", BASE, "/x1.png"),
        ("x1.png", None, "/x1.png"),
        ("2401.08565v2/x1.png", None, "/x1.png"),
        ("./2401.08565v2/x1.png", None, "/x1.png"),
        ("extracted/6170945/fig/a.png", BASE, "/extracted/6170945/fig/a.png"),
        ("/html/2401.08565v2/x1.png", None, "/x1.png"),
        ("https://arxiv.org/html/2401.08565v2/x1.png", BASE, "/x1.png"),
        ("http://arxiv.org/html/2401.08565v2/x1.png", BASE, "/x1.png"),
        ("x1.png", "http://arxiv.org/html/2401.08565v2/", "/x1.png"),
        ("fig/../x1.JPG", BASE, "/x1.JPG"),
        ("x1.svg#part", BASE, "/x1.svg"),
        ("A map_files/Its (first) [part].png", BASE, "/A%20map_files/Its%20%28first%29%20%5Bpart%5D.png"),
        ("a%20b.png", BASE, "/a%20b.png"),
        ("a'\"<b>`.png", BASE, "/a%27%22%3Cb%3E%60.png"),
        ("图.png", BASE, "/%E5%9B%BE.png"),
        ("100%.png", BASE, "/100%25.png"),
        ("a%252e%252e.png", BASE, "/a%252e%252e.png"),
    ],
)
def test_pictures_in_the_papers_folder_are_found(src: str, base: str | None, expected: str) -> None:
    assert picture_address(src, base, PAPER, 2) == FOLDER + expected


@pytest.mark.parametrize(
    "src",
    [
        "",
        ".",
        "/",
        "javascript:alert(1)//x.png",
        "data:image/png;base64,AAAA.png",
        "//evil.example/html/2401.08565v2/x1.png",
        "https://evil.example/html/2401.08565v2/x1.png",
        "https://arxiv.org.evil.example/html/2401.08565v2/x1.png",
        "https://arxiv.org@evil.example/html/2401.08565v2/x1.png",
        "https://evil.example\\@arxiv.org/html/2401.08565v2/x1.png",
        "https://arxiv.org:8443/html/2401.08565v2/x1.png",
        "ftp://arxiv.org/html/2401.08565v2/x1.png",
        "\\\\evil.example\\x1.png",
        "http:\\\\evil.example/x1.png",
        "https://[::1/x1.png",
        "../x1.png",
        "../../user/logout/x.png",
        "/html/2401.08565v2/../../x.png",
        "https://arxiv.org/html/2401.08565v2/../x.png",
        "https://arxiv.org/html/2401.08565v2/%2e%2E/x.png",
        "..%2f..%2fx.png",
        "a%5cb.png",
        "a%00.png",
        "a%0a.png",
        "a\nb.png",
        "java\tscript:x.png",
        "a%ff.png",
        "a\ud800.png",
        "https://arxiv.org/html/2401.08565v2/a//b.png",
        "x1.png?track=1",
        "page.html",
        "/html/2401.08566v2/x1.png",
        "/html/2401.08565v2",
        "/static/logo.png",
        "x" * 1_000 + ".png",
    ],
)
def test_other_addresses_are_refused(src: str) -> None:
    assert picture_address(src, BASE, PAPER, 2) is None


@pytest.mark.parametrize(
    "base",
    [
        "//evil.example/",
        "https://evil.example/html/2401.08565v2/",
        "javascript:alert(1)//",
        "data:,",
        "https://[",
        "/html/2401.00001v1/",
        "../",
    ],
)
def test_a_base_that_leads_elsewhere_gives_no_picture(base: str) -> None:
    assert found(figure(image()), base=base) is None


def test_papers_of_the_old_numbering_have_a_folder_too() -> None:
    old = ArxivId("hep-th/9901001")
    for src in ("x1.png", "9901001v3/x1.png", "/html/hep-th/9901001v3/x1.png"):
        assert picture_address(src, None, old, 3) == "https://arxiv.org/html/hep-th/9901001v3/x1.png"


def safe(one: Figure | None) -> bool:
    """Whether nothing but arXiv's own folder of the paper is in a figure's addresses."""
    if one is None:
        return True
    path = unquote(urlsplit(one.image).path)
    return (
        re.fullmatch(r"https://arxiv\.org/html/2401\.08565(v[1-9]\d*)?/[A-Za-z0-9_.~/%-]+", one.image)
        is not None
        and not {"", ".", ".."} & set(path.split("/")[1:])
        and re.fullmatch(r"https://arxiv\.org/html/2401\.08565v2(#[\w.:-]+)?", one.page, re.ASCII) is not None
        and one.caption == " ".join(one.caption.split())
        and 0 < len(one.caption) <= 1_000
    )


PIECES = st.sampled_from(
    [
        "<figure class=ltx_figure id=S1.F1>",
        "</figure>",
        "<figcaption>",
        "</figcaption>",
        "<span class=ltx_tag_figure>",
        "Figure 1: ",
        "<math alttext='x",
        "<img src=",
        "<object data=",
        "<base href=",
        "<table class=ltx_equation>",
        "<![CDATA[",
        "<!--",
        "<?",
        "</",
        "&#x202e;",
        "//evil.example/",
        "https://arxiv.org/html/2401.08565v2/",
        "../",
        "%2e%2e/",
        "x1.png",
        "'",
        '"',
        ">",
        " ",
        "\\",
        "\x00",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_page_does_harm(hostile: str) -> None:
    assert safe(first_figure(hostile, PAPER, 2))


@given(st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join), st.none() | st.text(max_size=20))
def test_no_address_leads_elsewhere(src: str, base: str | None) -> None:
    assert safe(found(figure(image(src)), base=base))


def memory_of(hostile: str) -> int:
    """How many bytes reading a page took at the most, the parser's own among them; there must be no figure in it."""
    tracemalloc.start()
    try:
        assert first_figure(hostile, PAPER, 2) is None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_tag_of_a_million_attributes_takes_little_memory() -> None:
    assert memory_of(f"<figure {'a ' * 1_000_000}>") < 100_000_000


def test_figures_nested_without_end_take_little_memory() -> None:
    assert memory_of('<figure class="ltx_figure">' * 20_000) < 20_000_000


def test_what_comes_after_two_megabytes_is_not_read(
    arxiv: FakeArxiv, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = page("<p>Word.</p>" * (10_000_000 // 12), figure(image()))
    monkeypatch.setattr(pages, "paper_page", lambda known: long.encode())
    assert fetch_figure(client, arxiv.site_url, newest(arxiv)) is None


def real(recorded: Path, name: str) -> Figure | None:
    return first_figure((recorded / "html" / name).read_text(encoding="utf-8"), PAPER, 2)


def test_a_page_that_somebody_saved_keeps_its_odd_folder(recorded: Path) -> None:
    one = real(recorded, "excerpts_ltx_figures.html")
    assert one is not None
    assert one.caption.startswith("Figure 1: ")
    assert one.image.startswith(f"{FOLDER}/The%20Cognitive%20Type%20Project%20-%20")
    assert one.page == f"{FOLDER}#S1.F1"


def test_pages_without_a_figure_have_none(recorded: Path) -> None:
    names = {file.name for file in (recorded / "html").iterdir()} - {"excerpts_ltx_figures.html"}
    assert len(names) == 7
    assert {name for name in names if real(recorded, name)} == set()


def newest(arxiv: FakeArxiv) -> Paper:
    return arxiv.world.papers[max(arxiv.world.papers)]


def test_the_page_of_a_papers_version_is_requested(arxiv: FakeArxiv, client: Client) -> None:
    paper = newest(arxiv)
    assert fetch_figure(client, arxiv.site_url, paper) == Figure(
        "Figure 1: What the method does.",
        f"https://arxiv.org/html/{paper.id}v1/x1.png",
        f"https://arxiv.org/html/{paper.id}v1#S1.F1",
    )
    assert [request.path for request in arxiv.requests] == [f"/html/{paper.id}v1"]


def test_a_paper_without_html_version_has_no_figure(arxiv: FakeArxiv, client: Client) -> None:
    assert fetch_figure(client, arxiv.site_url, Paper(ArxivId("2506.99999"), "Unknown")) is None


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.BLANK])
def test_a_page_of_something_else_has_no_figure(arxiv: FakeArxiv, client: Client, kind: Kind) -> None:
    arxiv.faults.add(kind, Where.SITE)
    assert fetch_figure(client, arxiv.site_url, newest(arxiv)) is None


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.RESET, Kind.RATE_EXCEEDED, Kind.BOMB])
def test_no_answer_says_nothing_about_a_figure(arxiv: FakeArxiv, make_client: MakeClient, kind: Kind) -> None:
    arxiv.faults.add(kind, Where.SITE, times=None)
    with pytest.raises(RequestError):
        fetch_figure(make_client(total_deadline=20.0), arxiv.site_url, newest(arxiv))


def test_a_redirect_to_another_place_is_not_followed(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.REDIRECT, Where.SITE, value="http://evil.example/html/2401.08565v2")
    with pytest.raises(RequestError, match="another place"):
        fetch_figure(client, arxiv.site_url, newest(arxiv))
