"""A review of some weeks."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.digest.digest_samples import PICKS
from tests.reader import Reader, label, listing, sync_digests
from triage.context import open_context
from triage.digest.language import language_of
from triage.digest.review import Review, Reviewed, picture, write_review
from triage.errors import TriageError
from triage.papers import ArxivId
from triage.store.files import Outcome
from triage.store.labels import CurrentLabel
from triage.store.store import Store

WEDNESDAY, THURSDAY = date(2024, 1, 17), date(2024, 1, 18)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Two digests; of the first, a pick is relevant and read, and a paper of the rest relevant."""
    reader = Reader(tmp_path, "digest: {budget: 1, threshold: 0.0}\nsignals: {picks: [others.tsv]}")
    reader.write("others.tsv", [])
    reader.learn()
    for day, start in ((WEDNESDAY, 1), (THURSDAY, 101)):
        reader.run(reader.write(f"{day}.jsonl", listing(day, start)), since=day)
    file = reader.folder / f"digests/{WEDNESDAY}-insights.md"
    text = file.read_text("utf-8")
    text = text.replace("- [ ] relevant", "- [x] relevant", 1).replace("- [ ] read", "- [x] read", 1)
    before, rest = text.split("## The rest")
    file.write_text(f"{before}## The rest{rest.replace('- [ ] [', '- [x] [', 1)}", "utf-8")
    sync_digests(reader.config)
    return reader


def review(reader: Reader, until: date = THURSDAY) -> tuple[str, Path, Outcome]:
    with open_context(reader.config, clock=reader.clock) as context:
        file, outcome = write_review(context, WEDNESDAY, until)
    return file.read_text("utf-8"), file, outcome


def test_a_review_says_what_was_picked_read_and_missed(reader: Reader) -> None:
    text, file, _ = review(reader)
    assert file.name == "2024-01-17-to-2024-01-18-review.md"
    intro, picked, missed, read, categories = text.split("\n## ")
    assert "Digests of 17 January and 18 January: 3 of 40 papers." in intro
    assert "Of the picks you found 1 relevant and 0 not; you read one paper." in intro
    assert re.findall(r"^### \[(.*?)\]\(<(.*)>\)$", picked, re.M) == [
        ("17 January", "2024-01-17-insights.md"),
        ("18 January", "2024-01-18-insights.md"),
    ]
    assert re.search(r"^- \[Study .*\)( · .*)? · relevant, read$", picked, re.M)
    assert len(re.findall(r"^- \[Study .* · rank \d+ on 17 January · relevant to you$", missed, re.M)) == 1
    assert read.count("\n- [Study ") == 1
    assert "![Categories over time](2024-01-17-to-2024-01-18-review.svg)" in categories
    assert re.search(r"^\| Retrieval \| \d \| ", categories, re.M)


def test_papers_that_others_picked_were_missed(reader: Reader) -> None:
    with Store(reader.config.store_url) as store, store.transaction() as tx:
        shown = tx.digests.shown_in(THURSDAY)[-1]
        tx.community.put("others.tsv", [(THURSDAY, shown.paper)])
    assert f"rank {shown.rank} on 18 January · picked by others" in review(reader)[0]


def test_the_index_links_reviews_and_a_digest_does_not_read_them(reader: Reader) -> None:
    _, file, _ = review(reader)
    index = (file.parent / "index.md").read_text("utf-8")
    assert "\nReviews: [2024-01-17-to-2024-01-18](2024-01-17-to-2024-01-18-review.md)\n" in index
    assert sync_digests(reader.config).labels == ()


def test_a_review_follows_later_labels_until_it_is_edited(reader: Reader) -> None:
    text, file, _ = review(reader)
    assert review(reader)[2] is Outcome.UNCHANGED
    picked = ArxivId(re.findall(r"2401\.\d{5}", text)[1])
    label(reader.config, [picked], relevant=False)
    changed, _, outcome = review(reader)
    assert outcome is Outcome.WRITTEN
    assert " · not relevant" in changed
    file.write_text(f"{changed}\nMy own thoughts.\n", "utf-8")
    label(reader.config, [picked], read=True)
    assert review(reader)[1:] == (file, Outcome.KEPT)


def test_days_without_a_digest_have_no_review(reader: Reader) -> None:
    with open_context(reader.config) as context, pytest.raises(TriageError, match="no digest"):
        write_review(context, date(2023, 1, 1), date(2023, 1, 7))


def test_the_picture_is_valid_and_names_are_text_whatever_they_are() -> None:
    names = ['<script>alert("x")</script>', *(f"Topic {n}" for n in range(9))]
    days = [WEDNESDAY + timedelta(days=7 * n) for n in range(20)]
    bars = {day: Counter({name: 1 + n for n, name in enumerate(names)}) for day in days}
    paper = PICKS[0].scored.paper
    one = Reviewed(paper, WEDNESDAY, 1, (), CurrentLabel(paper.id), False)
    made = Review((), (one,), (), (), bars)
    image = ElementTree.fromstring(picture(made, language_of("en")))
    assert {element.tag.rpartition("}")[2] for element in image.iter()} == {
        "svg",
        "title",
        "text",
        "path",
        "rect",
    }
    assert made.names[-1] == ""
    assert made.height(WEDNESDAY, "") == sum(bars[WEDNESDAY][name] for name in names[:4])
