"""Feeds in three formats: what arXiv's recorded ones say, and what odd ones do."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.fake_arxiv import FakeArxiv, Kind
from tests.listing.conftest import TUESDAY
from triage.errors import FetchError, ListingError
from triage.listing.client import Client
from triage.listing.feed import Feed, fetch_feed, parse_feed
from triage.listing.text import as_text
from triage.papers import AnnounceType, ListedPaper, parse_arxiv_id

NEW, CROSS = AnnounceType.NEW, AnnounceType.CROSS
REPLACE, REPLACE_CROSS = AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS
SPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def rss(*items: str) -> bytes:
    head = "<title>cs.CL updates on arXiv.org</title><pubDate>Tue, 03 Jun 2025 00:00:00 -0400</pubDate>"
    return f'<rss {SPACES} version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(
    identifier: str = "2506.00019v1",
    title: str = "T",
    *,
    kind: str = "new",
    text: str = "We do.",
    creator: str = "A B",
    extra: str = "",
) -> str:
    bare = identifier.partition("v")[0]
    description = escape(f"arXiv:{identifier} Announce Type: {kind} \nAbstract: {text}")
    return (
        f"<item><title>{escape(title)}</title><link>https://arxiv.org/abs/{bare}</link>"
        f"<description>{description}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{identifier}</guid><category>cs.CL</category>'
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>{extra}"
        f"<dc:creator>{escape(creator)}</dc:creator></item>"
    )


def parsed(*items: str) -> Feed:
    return parse_feed(rss(*items), url="here")


def only(*items: str) -> ListedPaper:
    (listed,) = parsed(*items).items
    return listed


@pytest.mark.parametrize(
    ("name", "category", "day", "counts"),
    [
        ("rss2_quant-ph_2025-04-28_fullday", "quant-ph", "2025-04-28", (40, 10, 22, 9)),
        ("rss2_cs_2025-04-27_sunday_empty", "cs", "2025-04-27", (0, 0, 0, 0)),
        ("atom_cs.AI_2025-08-20", "cs.AI", "2025-08-20", (2, 5, 0, 0)),
        ("rss2_cs.SD_eess.AS_2025-06-03_fullday_rebuilt", "cs.SD, eess.AS", "2025-06-03", (53, 21, 24, 10)),
        ("rss2_cs.SD_eess.AS_2025-08-05_fullday_rebuilt", "cs.SD, eess.AS", "2025-08-05", (32, 8, 14, 3)),
        (
            "rss2_cs.CL_cs.CV_cs.MM_cs.LG_cs.SI_2025-06-03_fullday_rebuilt",
            None,
            "2025-06-03",
            (658, 176, 547, 125),
        ),
        (
            "rss2_cs.CL_cs.CV_cs.MM_cs.LG_cs.SI_2025-07-04_fullday_rebuilt",
            None,
            "2025-07-04",
            (177, 69, 141, 54),
        ),
        (
            "rss2_cs.CL_cs.CV_cs.MM_cs.LG_cs.SI_2025-08-05_fullday_rebuilt",
            None,
            "2025-08-05",
            (532, 146, 323, 97),
        ),
        (
            "rss2_cs.CL_cs.CV_cs.MM_cs.LG_cs.SI_2025-08-07_fullday_rebuilt",
            None,
            "2025-08-07",
            (288, 85, 187, 45),
        ),
    ],
)
def test_a_recorded_feed_gives_the_right_papers(
    recorded: Path, name: str, category: str | None, day: str, counts: tuple[int, ...]
) -> None:
    feed = parse_feed((recorded / "rss" / f"{name}.xml").read_bytes(), url=name)
    kinds = Counter(listed.announce_type for listed in feed.items)
    assert feed.category == (category or "cs.CL, cs.CV, cs.MM, cs.LG, cs.SI")
    assert feed.day == date.fromisoformat(day)
    assert tuple(kinds[kind] for kind in (NEW, CROSS, REPLACE, REPLACE_CROSS)) == counts
    assert (feed.truncated, feed.unreadable) == (False, ())
    for listed in feed.items:
        paper = listed.paper
        assert parse_arxiv_id(paper.id) == (paper.id, None)
        assert paper.title
        assert paper.authors
        assert not paper.abstract.startswith("arXiv:")
        assert "\n" not in paper.title + paper.abstract
        # Replacements are later versions; new papers are first ones; cross-lists may be either.
        assert listed.announce_type is CROSS or listed.announce_type.is_replacement == (paper.version > 1)


def test_the_recorded_cross_lists_are_at_home_elsewhere(recorded: Path) -> None:
    body = (recorded / "rss" / "rss2_quant-ph_2025-04-28_fullday.xml").read_bytes()
    for listed in parse_feed(body, url="here").items:
        at_home = listed.announce_type in (NEW, REPLACE)
        assert (listed.paper.primary_category == "quant-ph") is at_home
        assert "quant-ph" in listed.paper.categories


def test_the_facts_of_some_recorded_papers(recorded: Path) -> None:
    quantum = parse_feed((recorded / "rss" / "rss2_quant-ph_2025-04-28_fullday.xml").read_bytes(), url="here")
    papers = {listed.paper.id: listed.paper for listed in quantum.items}
    assert papers["2504.18342"].doi == "10.1016/j.ppnp.2025.104174"  # type: ignore[index]
    assert papers["2504.18166"].journal_ref == "Phys. Rev. A 111, 042427 (2025)"  # type: ignore[index]
    assert papers["2504.16424"].version == 2  # type: ignore[index]
    atom = parse_feed((recorded / "rss" / "atom_cs.AI_2025-08-20.xml").read_bytes(), url="here")
    assert [listed.paper.id for listed in atom.items][:3] == ["2508.13426", "2508.13428", "2508.13429"]
    assert "Paulo André Lima de Castro" in {name for listed in atom.items for name in listed.paper.authors}


def test_a_recorded_feed_in_the_format_of_before_2024_is_refused(recorded: Path) -> None:
    body = (recorded / "rss" / "rdf_hep-ex_2021-07-08_oldstyle_3items.xml").read_bytes()
    with pytest.raises(ListingError, match="not a feed but <RDF>"):
        parse_feed(body, url="here")


def test_a_recorded_feed_that_was_cut_in_the_middle_is_refused(recorded: Path) -> None:
    body = (recorded / "rss" / "atom_cs.AI_2025-08-20_older.xml").read_bytes()
    with pytest.raises(ListingError, match="not whole XML"):
        parse_feed(body, url="here")


@pytest.mark.parametrize(
    "title",
    [
        r"Bounds when $a<b$ and $\alpha>\beta$",
        "<b>bold</b> & <script>alert(1)</script>",
        "Entities &amp; such: &lt;, &eacute; and &#8212;",
        r"Schrödinger, 50% and $x \& y$",
        "读论文 (arXiv) [cs.CL]",
        "0",
    ],
)
def test_titles_and_abstracts_come_through_as_written(title: str) -> None:
    paper = only(item(title=title, text=title)).paper
    assert (paper.title, paper.abstract) == (title, title)


def is_utf8_taken_for_latin1(text: str) -> bool:
    try:
        return text.encode("latin-1").decode("utf-8") != text
    except UnicodeError:
        return False


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
@example("\u00c2\u00a1")
def test_any_printable_title_comes_through(title: str) -> None:
    # feedparser takes these for a mistake of the sender, and mends it.
    assume(not is_utf8_taken_for_latin1(title))
    assert only(item(title=title)).paper.title == as_text(title)


def test_the_four_announce_types_are_distinguished() -> None:
    kinds = ["new", "cross", "replace", "replace-cross"]
    feed = parsed(*(item(f"2506.0001{number}v1", kind=kind) for number, kind in enumerate(kinds)))
    assert [listed.announce_type for listed in feed.items] == [NEW, CROSS, REPLACE, REPLACE_CROSS]


def test_the_version_is_in_the_guid() -> None:
    assert only(item("2504.16424v12", kind="replace")).paper.version == 12


def test_ids_of_before_2007_are_read() -> None:
    assert only(item("hep-th/9901001v3", kind="replace")).paper.id == "hep-th/9901001"


def test_names_lose_their_tex() -> None:
    paper = only(item(creator=r"William Alberto Cruz-Casta\~neda, J\"urgen M{\"u}ller")).paper
    assert paper.authors == ("William Alberto Cruz-Castañeda", "Jürgen Müller")


def test_several_creators_are_all_authors_in_order() -> None:
    three = "".join(
        f"<dc:creator>{name}</dc:creator>" for name in ("Ada Byron", "Emmy Noether", "Mary Somerville")
    )
    paper = only(item(creator="A B").replace("<dc:creator>A B</dc:creator>", three)).paper
    assert paper.authors == ("Ada Byron", "Emmy Noether", "Mary Somerville")


def test_doi_and_journal_have_the_feeds_own_names() -> None:
    extra = "<arxiv:DOI>10.1/x</arxiv:DOI><arxiv:journal_reference>J. &amp; K. 3</arxiv:journal_reference>"
    paper = only(item(extra=extra)).paper
    assert (paper.doi, paper.journal_ref) == ("10.1/x", "J. & K. 3")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (item("2506.0001v1"), "no arXiv id"),
        (item(title="  "), "2506.00019 has no title"),
        (item(kind="withdrawn"), "2506.00019 is neither new, cross nor replace but 'withdrawn'"),
        (item().replace("abs/2506.00019", "abs/2506.00020"), "two ids in one item"),
        ("<item></item>", "no arXiv id"),
    ],
)
def test_an_item_that_makes_no_sense_is_reported_and_the_others_are_kept(broken: str, reason: str) -> None:
    feed = parsed(item("2506.00018v1"), broken, item("2506.00021v1"))
    assert [listed.paper.id for listed in feed.items] == ["2506.00018", "2506.00021"]
    assert feed.unreadable == (f"item 2: {reason}",)


def test_a_feed_at_arxivs_limit_is_marked() -> None:
    items = [item(f"2506.{number:05d}v1") for number in range(1, 2001)]
    assert not parsed(*items[:-1]).truncated
    assert parsed(*items).truncated


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "an empty body"),
        (b"Rate exceeded.", "Rate exceeded"),
        (rss(item())[:-20], "not whole XML"),
        (b"<html><body>Log in</body></html>", "not a feed but <html>"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>&a;</rss>", "document type"),
        (b"<?xml version='1.0' encoding='none'?><rss/>", "not whole XML"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(ListingError, match=reason):
        parse_feed(body, url="here")


@given(st.data())
def test_a_mangled_feed_is_refused_or_read_without_inventing_papers(data: st.DataObject) -> None:
    body = bytearray(rss(item("2506.00018v1"), item("2506.00019v2", kind="replace")))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        feed = parse_feed(bytes(body), url="here")
    except ListingError:
        return
    for listed in feed.items:
        assert parse_arxiv_id(listed.paper.id) == (listed.paper.id, None)
        assert listed.paper.title


@pytest.mark.parametrize("form", ["feed_url", "atom_url"])
def test_the_feed_of_a_category_is_fetched(arxiv: FakeArxiv, client: Client, form: str) -> None:
    feed = fetch_feed(client, getattr(arxiv, form), "cs.CL")
    truth = arxiv.world.listing(TUESDAY, ["cs.CL"])
    assert (feed.category, feed.day) == ("cs.CL", TUESDAY)
    assert [(listed.announce_type, listed.paper.id) for listed in feed.items] == [
        (listed.announce_type, listed.paper.id) for listed in truth
    ]
    for listed, true in zip(feed.items, truth, strict=True):
        paper, real = listed.paper, true.paper
        assert (paper.title, paper.abstract) == (as_text(real.title), as_text(real.abstract))
        assert paper.authors == real.authors
        assert (paper.categories, paper.doi) == (real.categories, real.doi)


def test_a_log_in_page_is_requested_again_and_then_refused(arxiv: FakeArxiv, client: Client) -> None:
    arxiv.faults.add(Kind.HTML, times=None)
    with pytest.raises(FetchError, match="document type"):
        fetch_feed(client, arxiv.feed_url, "cs.CL")


def test_a_category_is_one_part_of_the_address(arxiv: FakeArxiv, client: Client) -> None:
    with pytest.raises(FetchError):
        fetch_feed(client, arxiv.site_url, "../api/query?id_list=1")
    assert arxiv.requests[0].where == "site"
