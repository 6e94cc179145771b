"""A day, from a listing file to the digest: the whole pipeline on real files and a real store."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.reader import Reader, dry_run_day, label, listing, rank_day, record, sync_digests
from triage.cli.daily import print_day
from triage.context import open_context
from triage.digest.files import finish_writing
from triage.errors import FileError, TriageError
from triage.store.files import Outcome
from triage.store.store import Store

TUESDAY, WEDNESDAY, THURSDAY = date(2024, 1, 16), date(2024, 1, 17), date(2024, 1, 18)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    reader = Reader(tmp_path)
    reader.learn()
    return reader


def digest(reader: Reader, day: date) -> Path:
    return reader.folder / "digests" / f"{day}-insights.md"


def test_the_noted_topics_are_picked(reader: Reader) -> None:
    report = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    titles = [pick.scored.paper.title for pick in report.digests[0].choice.picks]
    assert len(titles) == 6
    assert all("retrieval" in title or "agents" in title for title in titles)


def test_a_holiday_counts_for_the_next_announcement(reader: Reader) -> None:
    """The reader's own post of that day: nothing on the 16th, so the cap is six."""
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    assert made.choice.cap == 6
    assert "arXiv announced nothing for 16 January. The cap adds up over such days and is six." in digest(
        reader, WEDNESDAY
    ).read_text("utf-8")
    (made,) = reader.run(reader.write("next.jsonl", listing(THURSDAY, 201))).digests
    assert made.choice.cap == 3


def test_the_front_matter_counts_the_listing_and_the_picks(reader: Reader) -> None:
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    front = digest(reader, WEDNESDAY).read_text("utf-8").split("---")[1]
    assert "title: 2024-01-17-insights" in front
    assert "total: 20\ninteresting: 6\nread: 0\n" in front
    assert "abbrlink: dcb2f552" in front


def test_two_announcements_share_a_digest_whose_cap_adds_up(reader: Reader) -> None:
    days = reader.write("days.jsonl", [*listing(TUESDAY, 1), *listing(WEDNESDAY, 101)])
    (made,) = reader.run(days).digests
    assert made.day == WEDNESDAY
    assert [one.day for one in made.covers] == [TUESDAY, WEDNESDAY]
    assert (made.total, made.choice.cap, len(made.choice.picks)) == (40, 6, 6)


def test_each_announcement_has_its_own_digest_when_the_reader_wants_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="digest: {catch_up: each, threshold: 0.0}")
    reader.learn()
    days = reader.write("days.jsonl", [*listing(TUESDAY, 1), *listing(WEDNESDAY, 101)])
    assert [made.day for made in reader.run(days).digests] == [TUESDAY, WEDNESDAY]


def test_nothing_is_padded_below_the_threshold(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="digest: {threshold: 1.0}")
    reader.learn()
    (made,) = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1))).digests
    assert made.choice.picks == ()
    assert "A weak day" in digest(reader, WEDNESDAY).read_text("utf-8")


def test_a_second_run_finds_nothing_due_and_changes_no_byte(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    reader.run(day)
    before = {path.name: path.read_bytes() for path in (reader.folder / "digests").iterdir()}
    assert reader.run(day).digests == ()
    assert {path.name: path.read_bytes() for path in (reader.folder / "digests").iterdir()} == before


def test_a_run_with_nothing_due_delivers_what_is_still_on_its_way(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    reader.run(day)
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("deliver: {site: {folder: site}}\n")
    assert reader.run(day).digests == ()
    assert (reader.folder / "site" / f"{WEDNESDAY}-insights.html").is_file()


def test_a_run_says_what_it_finished_from_before(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    with (reader.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("deliver: {site: {folder: site}}\n")
    # No folder can be made where a file is.
    folder = reader.config.digest_folder
    folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(FileError):
        reader.run(day)
    folder.unlink()
    report = reader.run(day)
    print_day(report, as_json=False, nothing="nothing is due")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{digest(reader, WEDNESDAY)}: written, from an earlier run",
        f"delivered to site: {WEDNESDAY}",
    ]
    print_day(reader.run(day), as_json=False, nothing="nothing is due")
    assert capsys.readouterr().out == "nothing is due\n"


def test_a_title_of_a_hundred_kilobytes_is_cut_where_it_is_shown(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    papers = [{**one, "title": "retrieval " * 10_000} for one in listing(WEDNESDAY, 1)]
    print_day(reader.run(reader.write("day.jsonl", papers)), as_json=False)
    assert "1. retrieval retrieval" in (out := capsys.readouterr().out)
    assert len(out) < 5_000
    assert len(digest(reader, WEDNESDAY).read_bytes()) < 50_000


def test_a_rerun_since_a_day_replaces_only_untouched_machine_text(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    reader.run(day)
    assert reader.run(day, since=WEDNESDAY).digests[0].outcome is Outcome.UNCHANGED
    file = digest(reader, WEDNESDAY)
    file.write_text(file.read_text("utf-8") + "\nMine.\n", encoding="utf-8")
    assert reader.run(day, since=WEDNESDAY).digests[0].outcome is Outcome.KEPT
    assert file.read_text("utf-8").endswith("\nMine.\n")


def test_a_paper_is_shown_once_whatever_days_bring_it(reader: Reader) -> None:
    again = record(1, "retrieval", WEDNESDAY)
    reader.run(reader.write("first.jsonl", [again, *listing(WEDNESDAY, 20)]))
    moved = {**again, "announced": THURSDAY.isoformat()}
    (made,) = reader.run(reader.write("second.jsonl", [moved, *listing(THURSDAY, 101)])).digests
    shown = {pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)}
    assert again["id"] not in shown
    assert made.total == 20


def test_cross_lists_are_candidates_only_on_request(tmp_path: Path) -> None:
    crossed = record(999, "retrieval", WEDNESDAY, categories=("cs.IR", "cs.CL"))
    for wanted in (False, True):
        folder = tmp_path / str(wanted)
        folder.mkdir()
        reader = Reader(folder, settings=f"cross_lists: {str(wanted).lower()}")
        reader.learn()
        (made,) = reader.run(reader.write("day.jsonl", [crossed, *listing(WEDNESDAY, 1)])).digests
        shown = {pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)}
        assert (crossed["id"] in shown) is wanted
        assert made.total == 20


@pytest.mark.parametrize(
    ("asked", "named"), [("cs.SY", "eess.SY"), ("eess.SY", "cs.SY"), ("q-fin.EC", "econ.GN")]
)
def test_papers_under_the_other_name_of_a_category_are_its_new_submissions(
    tmp_path: Path, asked: str, named: str
) -> None:
    reader = Reader(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("[cs.CL]", f"[{asked}]"), encoding="utf-8")
    reader.learn()
    papers = [{**one, "categories": [named]} for one in listing(WEDNESDAY, 1)]
    (made,) = reader.run(reader.write("day.jsonl", papers)).digests
    assert (made.total, len(made.choice.picks)) == (20, 6)


def test_candidates_are_never_background(reader: Reader) -> None:
    """A store that already holds the day's papers (an archive) must not have learned against them."""
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    (reader.folder / "archive.jsonl").write_text(
        (reader.folder / "archive.jsonl").read_text("utf-8") + day.read_text("utf-8"), encoding="utf-8"
    )
    reader.learn()
    report = reader.run(day)
    assert report.trained == "the model in use has learned from papers of that day"
    assert all("re" in pick.scored.paper.title for pick in report.digests[0].choice.picks[:3])


def test_marks_in_the_digest_become_labels_and_a_new_model(reader: Reader) -> None:
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    file = digest(reader, WEDNESDAY)
    file.write_text(file.read_text("utf-8").replace("- [ ] not relevant", "- [x] not relevant", 1), "utf-8")
    report = reader.run(reader.write("next.jsonl", listing(THURSDAY, 101)))
    assert [entry.label.relevant for entry in report.synced.labels] == [False]
    assert report.trained == "there are new labels"


def test_a_mark_taken_back_in_the_digest_is_taken_back_in_the_log(reader: Reader) -> None:
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    file = digest(reader, WEDNESDAY)
    untouched = file.read_text("utf-8")
    file.write_text(untouched.replace("- [ ] not relevant", "- [x] not relevant", 1), "utf-8")
    reader.run(reader.write("next.jsonl", listing(THURSDAY, 101)))
    file.write_text(untouched, "utf-8")
    report = reader.run(reader.folder / "next.jsonl")
    assert len(report.synced.undone) == 1


def test_a_merge_conflict_is_reported_and_not_read(reader: Reader) -> None:
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    file = digest(reader, WEDNESDAY)
    ours = file.read_text("utf-8")
    ticked = ours.replace("- [ ] relevant", "- [x] relevant", 1)
    line = ours[: ours.index("- [ ] relevant")].count("\n") + 1
    before, box, after = ours.partition("- [ ] relevant\n")
    file.write_text(f"{before}<<<<<<< HEAD\n{box}=======\n- [x] relevant\n>>>>>>> phone\n{after}", "utf-8")
    synced = sync_digests(reader.config)
    assert synced.labels == ()
    assert synced.problems == (f"{file.name}:{line}: a merge conflict, not read; resolve it first",)
    file.write_text(ticked, "utf-8")
    assert [entry.label.relevant for entry in sync_digests(reader.config).labels] == [True]


def test_digests_inside_the_notes_folder_are_not_noted_papers(tmp_path: Path) -> None:
    reader = Reader(tmp_path, settings="digest: {folder: notes/digests, threshold: 0.0}")
    reader.learn()
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    with Store(reader.config.store_url) as store, store.reading() as tx:
        before = tx.labels.last_number()
    reader.learn()
    with Store(reader.config.store_url) as store, store.reading() as tx:
        assert tx.labels.last_number() == before


def test_a_run_killed_between_record_and_file_is_finished_by_the_next(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    reader.run(day)
    file = digest(reader, WEDNESDAY)
    whole = file.read_text("utf-8")
    with Store(reader.config.store_url) as store, store.transaction() as tx:
        recorded = tx.digests.get(WEDNESDAY)
        assert recorded is not None
        tx.digests.put(
            type(recorded)(
                **{name: getattr(recorded, name) for name in recorded.__slots__ if name != "in_place"},
                in_place=False,
            ),
            tx.digests.shown_in(WEDNESDAY),
        )
    file.unlink()
    with open_context(reader.config, clock=reader.clock) as context:
        finish_writing(context)
    assert file.read_text("utf-8") == whole


def test_a_dry_run_keeps_nothing(reader: Reader) -> None:
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    before = sorted(path.name for path in reader.folder.rglob("*") if path.is_file())
    (text,) = dry_run_day(reader.config, listing=day, clock=reader.clock)
    assert "## [Study" in text
    assert sorted(path.name for path in reader.folder.rglob("*") if path.is_file()) == before
    assert len(reader.run(day).digests) == 1


def test_a_damaged_model_is_made_again(reader: Reader) -> None:
    (model,) = (reader.folder / ".triage" / "models").glob("*/model.npz")
    model.write_bytes(b"no arrays")
    report = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    assert report.trained.startswith("the model in use can't be used: ")
    assert report.digests[0].choice.picks


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50 % of 'papers'? ünread #1 a%20b"
    folder.mkdir()
    reader = Reader(folder)
    reader.learn()
    day = reader.write("day.jsonl", listing(WEDNESDAY, 1))
    assert len(dry_run_day(reader.config, listing=day, clock=reader.clock)) == 1
    reader.run(day)
    assert digest(reader, WEDNESDAY).is_file()
    assert (folder / ".triage" / "triage.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_long_file_on_a_fresh_store_asks_where_to_start(reader: Reader) -> None:
    days = [date(2024, 1, 1 + number) for number in range(31)] + [date(2024, 2, 1)]
    file = reader.write("year.jsonl", [record(number, "speech", day) for number, day in enumerate(days, 1)])
    with pytest.raises(TriageError, match="32 announcements"):
        reader.run(file)


def test_without_notes_the_digest_has_the_listings_order_and_says_so(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    (tmp_path / "notes" / "papers.md").write_text("nothing here yet\n", encoding="utf-8")
    reader.import_archive()
    report = reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    (warning,) = [notice for notice in report.notices if "no notes, marks or seeds" in notice]
    assert "the order is that of the listing" in warning
    (made,) = report.digests
    ids = [pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)]
    assert ids == sorted(ids)
    text = digest(reader, WEDNESDAY).read_text("utf-8")
    assert "this is the listing in its own order" in text
    assert "weak day" not in text


def test_the_index_links_the_day(reader: Reader) -> None:
    reader.run(reader.write("day.jsonl", listing(WEDNESDAY, 1)))
    index = (reader.folder / "digests" / "index.md").read_text("utf-8")
    assert "17(20->6 papers)" in index.replace("&gt;", ">")
    assert "2024-01-17-insights" in index


def test_noted_papers_of_the_day_are_listed_as_known_and_cost_nothing(reader: Reader) -> None:
    day = listing(WEDNESDAY, 1)
    noted = day[0]
    notes = reader.folder / "notes" / "papers.md"
    lines = notes.read_text("utf-8").splitlines()
    notes.write_text(
        "\n".join([*lines, f"- [{noted['title']}](https://arxiv.org/abs/{noted['id']})"]), "utf-8"
    )
    file = reader.write("day.jsonl", day)
    (made,) = reader.run(file).digests
    (known,) = made.choice.known
    place = f"papers.md:{len(lines) + 1}"
    assert (known.paper.id, known.known) == (noted["id"], place)
    assert made.total == 20
    assert len(made.choice.picks) == 6
    assert noted["id"] not in {pick.scored.paper.id for pick in (*made.choice.picks, *made.choice.rest)}
    text = digest(reader, WEDNESDAY).read_text("utf-8")
    assert f"- {place}: [{noted['title']}](https://arxiv.org/pdf/{noted['id']}.pdf)" in text
    # What is known by then changes nothing about a digest that is made again.
    reader.clock.time += timedelta(hours=1)
    label(reader.config, [made.choice.picks[0].scored.paper.id], relevant=True)
    (again,) = reader.run(file, since=WEDNESDAY).digests
    assert [one.paper.id for one in again.choice.known] == [noted["id"]]
    ranked = rank_day(reader.config, listing=file, day=WEDNESDAY)
    assert len(ranked) == 20
    assert next(one for one in ranked if one.paper.id == noted["id"]).known
    assert all(
        note.id != noted["id"] for one in ranked for note in one.explanation.nearest_notes if one.known
    )


def test_a_withdrawn_paper_is_marked_and_never_picked(reader: Reader) -> None:
    gone = {**record(900, "retrieval", WEDNESDAY), "comment": "This paper has been withdrawn by the author."}
    (made,) = reader.run(reader.write("day.jsonl", [gone, *listing(WEDNESDAY, 1)])).digests
    assert made.choice.rest[-1].scored.paper.id == gone["id"]
    text = digest(reader, WEDNESDAY).read_text("utf-8")
    line = next(line for line in text.splitlines() if f"/abs/{gone['id']}" in line)
    assert line.endswith(" · withdrawn")
    # Its mark is still read back, and "withdrawn" is no category.
    digest(reader, WEDNESDAY).write_text(text.replace(line, line.replace("- [ ]", "- [x]", 1)), "utf-8")
    (entry,) = sync_digests(reader.config).labels
    assert (entry.label.paper, entry.label.relevant, entry.label.categories) == (gone["id"], True, None)
