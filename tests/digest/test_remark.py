"""The remark on the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from triage.digest.language import language_of
from triage.digest.remark import Circumstances, remark
from triage.errors import DigestError
from triage.papers import Announcement, AnnouncementState, LabelSource

COMPLETE = AnnouncementState.COMPLETE


def announced(day: int, state: AnnouncementState = COMPLETE, reason: str = "") -> Announcement:
    return Announcement(date(2024, 1, day), state, reason=reason)


def facts(*announcements: Announcement, **changes: Any) -> Circumstances:
    fields: dict[str, Any] = {"total": 97, "cap": 3, "passed": 9, "typical": 95.0, "noted": 200}
    fields |= {"candidates": changes.get("total", 97)} | changes
    return Circumstances(announcements=announcements or (announced(17),), **fields)


def said(day: Circumstances, language: str = "en") -> str:
    return "\n".join(remark(day, language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ordinary_day_needs_no_remark(language: str) -> None:
    assert remark(facts(), language) == ()


def test_two_announcements_say_which_and_how_the_cap_adds_up() -> None:
    day = facts(announced(16), announced(17), total=163, cap=6)
    assert said(day) == (
        "There was no digest for 16 January, so this one covers two announcements and the cap is six."
    )
    assert (
        said(day, "zh")
        == "1 月 16 日 arXiv 有更新，但 triage 当天没有运行或没取到；这一篇算两次更新的，上限六篇。"
    )


def test_a_first_digest_says_how_far_it_looks_back() -> None:
    day = facts(announced(16), announced(17), total=163, cap=6, first=True)
    assert said(day).startswith(
        "This digest looks back over two announcements, 16 January and 17 January, so the cap is six."
    )
    assert said(day, "zh").startswith("这一篇往回看两次更新：1 月 16 日、1 月 17 日，上限六篇。")


def test_a_first_digest_mentions_nothing_missed() -> None:
    recovered = AnnouncementState.RECOVERED
    day = facts(announced(16, recovered), announced(17, recovered, "far fewer than usual"), cap=6, first=True)
    assert "missed" not in said(day)
    assert "The listing of 17 January looks odd, and something may be missing: far fewer than usual." in said(
        day
    )


def test_weekdays_on_end_are_a_range() -> None:
    day = facts(*(announced(n) for n in (8, 9, 10, 11, 12)), total=480, cap=15)
    assert "no digest for 8 to 11 January, so this one covers five announcements and the cap is 15" in said(
        day
    )
    assert said(day, "zh").startswith(
        "1 月 8 日至 1 月 11 日 arXiv 有更新，但 triage 当天没有运行或没取到；这一篇算五次更新的，上限 15 篇。"
    )


def test_a_range_goes_over_weekends_and_months_but_not_over_missing_days() -> None:
    two_weeks = [date(2024, 1, n) for n in (25, 26, 29, 30, 31)] + [date(2024, 2, 1)]
    assert language_of("en").days(two_weeks) == "25 January to 1 February"
    assert language_of("en").days([date(2024, 1, n) for n in (8, 9, 10, 16, 17)]) == (
        "8 to 10 January, 16 January and 17 January"
    )


def test_missed_days_are_mentioned_once() -> None:
    recovered = AnnouncementState.RECOVERED
    day = facts(
        *(announced(n, recovered) for n in (8, 9, 10, 11)), announced(12), total=480, cap=15, passed=15
    )
    assert said(day) == (
        "There was no digest for 8 to 11 January, so this one covers five announcements and the cap is 15."
    )


def test_holiday_is_named() -> None:
    day = facts(announced(15, AnnouncementState.EMPTY, "Martin Luther King Day"), announced(16), cap=6)
    assert said(day) == (
        "arXiv announced nothing for 15 January (Martin Luther King Day). "
        "The cap adds up over such days and is six."
    )
    assert said(day, "zh") == "1 月 15 日 arXiv 没有更新（Martin Luther King Day）。额度并到今天，上限六篇。"


def test_weekends_are_not_mentioned() -> None:
    weekend = (announced(13, AnnouncementState.EMPTY), announced(14, AnnouncementState.EMPTY))
    assert remark(facts(*weekend, announced(15)), "en") == ()


def test_weak_day_says_so() -> None:
    assert said(facts(passed=0)) == (
        "A weak day: of 97 papers none passed the threshold, so nothing is picked."
    )
    assert said(facts(passed=1)) == (
        "A weak day: of 97 papers only one passed the threshold, which leaves two places empty."
    )
    assert said(facts(passed=2), "zh") == "今天偏弱：97 篇里只有两篇过线，空出一个名额。"


def test_a_day_on_which_every_paper_passed_is_not_weak() -> None:
    assert remark(facts(total=2, passed=2, typical=None), "en") == ()
    assert "of two papers only one passed" in said(facts(total=2, passed=1, typical=None))


def test_cross_lists_count_where_the_day_is_called_weak() -> None:
    assert "of nine papers only two passed" in said(facts(total=2, candidates=9, passed=2, typical=None))


def test_full_cap_is_no_weak_day() -> None:
    assert remark(facts(passed=3), "en") == ()


def test_without_a_budget_no_day_is_weak() -> None:
    assert remark(facts(cap=0, passed=0), "en") == ()


def test_large_and_small_listings_are_measured_against_the_usual() -> None:
    assert said(facts(total=190)) == "A large listing: 190 papers, 2.0 times the usual."
    assert said(facts(total=30)) == "A small listing: 30 papers, where about 95 are usual."
    assert said(facts(total=190), "zh") == "今天的列表很长：190 篇，是平时的 2.0 倍。"


def test_two_ordinary_announcements_are_no_large_listing() -> None:
    assert "large" not in said(facts(announced(16), announced(17), total=190, cap=6))


def test_unknown_usual_size_is_not_guessed() -> None:
    assert remark(facts(total=900, typical=None), "en") == ()


def test_recovered_announcement_says_why() -> None:
    day = facts(announced(17, AnnouncementState.RECOVERED, "the feed was stale"))
    assert said(day) == (
        "The announcement of 17 January was missed on its day and recovered later (the feed was stale)."
    )


def test_suspicious_announcement_says_why() -> None:
    day = facts(announced(17, COMPLETE, "cut at 2,000 items."))
    assert (
        said(day) == "The listing of 17 January looks odd, and something may be missing: cut at 2,000 items."
    )


def test_failed_announcement_is_named_beside_what_is_covered() -> None:
    day = facts(announced(16, AnnouncementState.FAILED, "arXiv answered 503"), announced(17))
    assert said(day) == (
        "The announcement of 16 January could not be fetched and is not in this digest: arXiv answered 503."
    )


def test_failure_without_a_reason_admits_it() -> None:
    assert "the reason is not known" in said(facts(announced(16, AnnouncementState.FAILED), announced(17)))


def test_nothing_covered_and_nothing_new_differ() -> None:
    assert said(facts(announced(17, AnnouncementState.EMPTY), total=0, passed=0)) == (
        "arXiv announced nothing for 17 January. There was nothing to triage."
    )
    assert said(facts(total=0, passed=0)) == "There was no new paper in your categories."


def test_first_digest_and_few_notes_ask_for_patience() -> None:
    assert said(facts(first=True)).startswith("This is the first digest")
    assert "only one paper of yours" in said(facts(noted=1))
    assert "no notes to learn from" in said(facts(noted=0))
    assert "四篇" in said(facts(noted=4), "zh")


def test_the_days_come_before_the_rest() -> None:
    day = facts(announced(16), announced(17, AnnouncementState.RECOVERED), total=20, cap=6, passed=0, noted=2)
    paragraphs = remark(day, "en")
    assert [paragraph.split()[0] for paragraph in paragraphs] == ["There", "The", "A", "The"]


def test_what_the_model_learned_since_the_last_digest_is_counted() -> None:
    day = facts(learned={LabelSource.NOTES: 1, LabelSource.COMMAND: 2, LabelSource.DIGEST: 9})
    assert said(day) == "Learned from nine marks, two labels and one note since the last digest."
    assert said(day, "zh") == "上一篇之后学了九个标记、两个标签、一条笔记。"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_is_finished_in_every_language(language: str) -> None:
    day = facts(
        announced(12, AnnouncementState.EMPTY, "holiday"),
        announced(15, AnnouncementState.FAILED, "503"),
        announced(16, AnnouncementState.RECOVERED, "late"),
        announced(17, COMPLETE, "stale"),
        total=900,
        cap=6,
        passed=1,
        first=True,
        noted=3,
        learned={LabelSource.DIGEST: 1},
    )
    paragraphs = remark(day, language)
    assert len(paragraphs) == 4
    assert all(paragraph.endswith((".", "。")) and "{" not in paragraph for paragraph in paragraphs)


@pytest.mark.parametrize(
    ("language", "order"), [("en", "the listing in its own order"), ("zh", "按列表原来的顺序")]
)
def test_with_nothing_to_order_by_no_day_is_called_weak(language: str, order: str) -> None:
    (sentence,) = remark(facts(passed=0, noted=0, first=True, ordered=False), language)
    assert order in sentence


def test_unknown_language_is_refused_with_those_known() -> None:
    with pytest.raises(DigestError, match="en, zh"):
        remark(facts(), "fr")
