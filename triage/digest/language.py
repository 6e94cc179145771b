"""The digest's words, in each language it is written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from triage.errors import DigestError
from triage.papers import LabelSource

LANGUAGES = ("en", "zh")
_MONDAY = 0
_BEFORE_NUMBER = re.compile(r"(?<=[\u4e00-\u9fff])(?=\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Everything that the templates, the remark and the index say in one language.

    Names in braces are filled in with ``str.format``; they come from `remark`, `write` and `index`.
    """

    code: str

    # Marks, as they stand behind their boxes, and the editable line of categories.
    relevant: str
    not_relevant: str
    read: str
    categories: str
    uncategorised: str
    comma: str
    """Between items of a list."""
    colon: str
    semicolon: str
    stop: str

    # Sections.
    asked_heading: str
    asked_note: str
    rest_heading: str
    rest_summary: str
    rest_part_summary: str
    rest_note: str
    marks_note: str
    known_categories: str

    # Why a paper was picked.
    why_category: str
    why_no_category: str
    why_words: str
    why_against: str
    why_nearest: str
    and_others: str
    abstract: str
    why_others: str
    why_others_like: str

    # The remark on the day.
    several: str
    several_first: str
    holiday: str
    holiday_reason: str
    recovered: str
    recovered_reason: str
    suspicious: str
    failed: str
    unknown_reason: str
    nothing_announced: str
    nothing_new: str
    nothing_passed: str
    few_passed: str
    large: str
    small: str
    first: str
    learned: str
    no_notes: str
    few_notes: str
    nothing_known: str

    # The index.
    index_title: str
    index_papers: str
    index_shade: str
    index_none: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    numerals: tuple[str, ...]

    def number(self, count: int) -> str:
        """Return a small count as a word, a larger one in digits."""
        return self.numerals[count] if 0 <= count < len(self.numerals) else str(count)

    def day(self, day: date) -> str:
        """Return a day without its year, as a sentence says it."""
        if self.code == "zh":
            return f"{day.month} 月 {day.day} 日"
        return f"{day.day} {self.months[day.month - 1]}"

    def month(self, year: int, month: int) -> str:
        """Return a month with its year, as a heading."""
        if self.code == "zh":
            return f"{year} 年 {month} 月"
        return f"{self.months[month - 1]} {year}"

    def listed(self, items: Sequence[str]) -> str:
        """Join items as a sentence lists them."""
        if self.code == "zh":
            return "、".join(items)
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} and {items[-1]}"

    def paragraph(self, sentences: Sequence[str]) -> str:
        """Join sentences; in Chinese a number stands off from the characters before it."""
        if self.code == "zh":
            return _BEFORE_NUMBER.sub(" ", "".join(sentences))
        return " ".join(sentences)

    def days(self, days: Sequence[date]) -> str:
        """Join days, in order, as a sentence lists them; three weekdays on end and more are a range."""
        said: list[str] = []
        for run in _weekdays_on_end(days):
            said += [self._range(run[0], run[-1])] if len(run) > 2 else map(self.day, run)
        return self.listed(said)

    def _range(self, first: date, last: date) -> str:
        if self.code == "zh":
            return f"{self.day(first)}至 {self.day(last)}"
        begin = self.day(first) if last.month != first.month else str(first.day)
        return f"{begin} to {self.day(last)}"

    def papers(self, count: int) -> str:
        """Return a count of papers with its noun."""
        if self.code == "zh":
            return self._counted(count, "篇")
        return f"{self.number(count)} paper{'' if count == 1 else 's'}"

    def bare_papers(self, count: int) -> str:
        """Return a count of papers where the noun was said before."""
        return self._counted(count, "篇") if self.code == "zh" else self.number(count)

    def places(self, count: int) -> str:
        """Return a count of free places with its noun."""
        if self.code == "zh":
            return self._counted(count, "个名额")
        return f"{self.number(count)} place{'' if count == 1 else 's'}"

    def learnt_from(self, source: LabelSource, count: int) -> str:
        """Return a count of what the reader said, named for where they said it."""
        if self.code == "zh":
            return self._counted(
                count, {LabelSource.DIGEST: "个标记", LabelSource.NOTES: "条笔记"}.get(source, "个标签")
            )
        noun = {LabelSource.DIGEST: "mark", LabelSource.NOTES: "note"}.get(source, "label")
        return f"{self.number(count)} {noun}{'' if count == 1 else 's'}"

    def announcements(self, count: int) -> str:
        """Return a count of announcements with its noun."""
        if self.code == "zh":
            return self._counted(count, "次更新")
        return f"{self.number(count)} announcement{'' if count == 1 else 's'}"

    def _counted(self, count: int, noun: str) -> str:
        if count == 2:
            return f"两{noun}"
        return f"{self.number(count)}{noun}" if count < len(self.numerals) else f"{count} {noun}"


def _weekdays_on_end(days: Sequence[date]) -> list[list[date]]:
    """Part days, in order, where a weekday between them is missing."""
    runs: list[list[date]] = []
    for day in days:
        step = 3 if day.weekday() == _MONDAY else 1
        if not runs or day - runs[-1][-1] != timedelta(days=step):
            runs.append([])
        runs[-1].append(day)
    return runs


ENGLISH = Phrases(
    code="en",
    relevant="relevant",
    not_relevant="not relevant",
    read="read",
    categories="Categories",
    uncategorised="uncategorised",
    comma=", ",
    colon=": ",
    semicolon="; ",
    stop=".",
    asked_heading="Not sure about these",
    asked_note="The model can't place {papers} below; a mark here teaches it most.",
    rest_heading="The rest of the listing",
    rest_summary="{count} more, most likely first",
    rest_part_summary="{first} to {last} of {count} more",
    rest_note=(
        "Tick the box of a paper that is relevant, or move its line up to the picks; "
        "for the marks at its end, type an x between the brackets."
    ),
    marks_note="Marks, categories and anything you write under a paper are read on the next run.",
    known_categories=" Your categories: {categories}.",
    why_category="{category}, {probability} likely",
    why_no_category="No category of yours, {probability} likely",
    why_words="for it: {words}",
    why_against="against it: {words}",
    why_nearest="Near your notes on {papers}",
    and_others="{authors} and {number} others",
    abstract="abstract",
    why_others="also picked by others",
    why_others_like="also picked by others: papers like it",
    several="There was no digest for {days}, so this one covers {announcements} and the cap is {cap}.",
    several_first="This digest looks back over {announcements}, {days}, so the cap is {cap}.",
    holiday="arXiv announced nothing for {days}.",
    holiday_reason="arXiv announced nothing for {days} ({reason}).",
    recovered="The announcement of {days} was missed on its day and recovered later.",
    recovered_reason="The announcement of {days} was missed on its day and recovered later ({reason}).",
    suspicious="The listing of {days} looks odd, and something may be missing: {reason}.",
    failed="The announcement of {days} could not be fetched and is not in this digest: {reason}.",
    unknown_reason="the reason is not known",
    nothing_announced="There was nothing to triage.",
    nothing_new="There was no new paper in your categories.",
    nothing_passed="A weak day: of {total} none passed the threshold, so nothing is picked.",
    few_passed="A weak day: of {total} only {passed} passed the threshold, which leaves {places} empty.",
    large="A large listing: {total}, {times} times the usual.",
    small="A small listing: {total}, where about {typical} are usual.",
    first="This is the first digest; the marks you make in it teach the next one.",
    learned="Learned from {what} since the last digest.",
    no_notes="The model has no notes to learn from yet, so the order is little more than a guess.",
    few_notes="The model has learned from only {papers} of yours, so take the order as a first guess.",
    nothing_known=(
        "There are no notes, marks or seeds to learn from yet, so this is the listing in its own order: "
        "tick what is relevant below, and the next digest has a better one."
    ),
    index_title="Digests",
    index_papers="papers",
    index_shade="A cell reads day(papers in the listing->papers picked). Share picked:",
    index_none="none",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    numerals=(
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
)

CHINESE = Phrases(
    code="zh",
    relevant="相关",
    not_relevant="不相关",
    read="已读",
    categories="分类",
    uncategorised="未分类",
    comma="、",
    colon="：",
    semicolon="；",
    stop="。",
    asked_heading="拿不准的",
    asked_note="下面{papers}模型拿不准，在这里做个标记最有帮助。",
    rest_heading="其余论文",
    rest_summary="还有 {count} 篇，按可能性从高到低",
    rest_part_summary="第 {first} 到 {last} 篇，共 {count} 篇",
    rest_note="相关的就勾上方框，或者把整行移到上面；行末的标记，在方括号里填 x 即可。",
    marks_note="标记、分类，以及写在论文下面的任何话，下次运行时都会读取。",
    known_categories="你的分类：{categories}。",
    why_category="{category}，可能性 {probability}",
    why_no_category="不属于你的任何分类，可能性 {probability}",
    why_words="加分的词：{words}",
    why_against="减分的词：{words}",
    why_nearest="和你记过的{papers}相近。",
    and_others="{authors}等，另有 {number} 人",
    abstract="摘要",
    why_others="别人也选了这篇",
    why_others_like="别人也选过类似的论文",
    several="{days}没有出，这一篇算{announcements}的，上限{cap}。",
    several_first="这一篇往回看{announcements}：{days}，上限{cap}。",
    holiday="{days} arXiv 没有更新。",
    holiday_reason="{days} arXiv 没有更新（{reason}）。",
    recovered="{days}的更新当天没取到，是后来补上的。",
    recovered_reason="{days}的更新当天没取到，是后来补上的（{reason}）。",
    suspicious="{days}的列表不太对劲，可能有遗漏：{reason}。",
    failed="{days}的更新没取到，不在这一篇里：{reason}。",
    unknown_reason="原因不明",
    nothing_announced="没有可筛的论文。",
    nothing_new="你的分类里没有新论文。",
    nothing_passed="今天偏弱：{total}里没有一篇过线，所以一篇也不选。",
    few_passed="今天偏弱：{total}里只有{passed}过线，空出{places}。",
    large="今天的列表很长：{total}，是平时的 {times} 倍。",
    small="今天的列表很短：{total}，平时约 {typical} 篇。",
    first="这是第一篇，你在里面做的标记会教会下一篇。",
    learned="上一篇之后学了{what}。",
    no_notes="模型还没有笔记可学，顺序基本靠猜。",
    few_notes="模型只学过你记的{papers}，顺序先当作初步猜测。",
    nothing_known="还没有笔记、标记或种子可学，所以按列表原来的顺序排：在下面勾出相关的，下一篇就会更好。",
    index_title="每日论文",
    index_papers="篇",
    index_shade="格子里是 日(列表篇数->选中篇数)。选中比例：",
    index_none="无",
    weekdays=("一", "二", "三", "四", "五", "六", "日"),
    months=tuple(f"{month} 月" for month in range(1, 13)),
    numerals=("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"),
)

_LANGUAGES = MappingProxyType({"en": ENGLISH, "zh": CHINESE})


def phrases(language: str) -> Phrases:
    """Return the words of a language.

    Raises
    ------
    DigestError
        If digests can't be written in it.
    """
    try:
        return _LANGUAGES[language]
    except KeyError:
        raise DigestError(
            f"no digest language {language!r}", remedy=f"Use one of: {', '.join(LANGUAGES)}."
        ) from None
