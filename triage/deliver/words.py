"""What pages, messages and commits say around a digest, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from triage.digest.language import language_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names in braces are filled in with ``str.format``."""

    code: str
    html_language: str
    counts: str
    """Under a title, and in a subject."""
    day_counts: str
    """A day of the calendar, for those who hear it."""
    all_digests: str
    earlier: str
    later: str
    feed: str
    cut: str
    """Ends a message that was cut to size."""
    rest: str
    skip: str

    @property
    def index_title(self) -> str:
        """The title of the page of all digests."""
        return language_of(self.code)["index_title"]

    def long_day(self, day: date) -> str:
        """Return a day as a heading says it."""
        return language_of(self.code).day(day, "long_day")


_ENGLISH = Words(
    code="en",
    html_language="en",
    counts="{picked} of {total} papers",
    day_counts="{day}: {picked} of {total} papers",
    all_digests="All digests",
    earlier="Earlier",
    later="Later",
    feed="Feed",
    cut="… and more: {place}",
    rest="The whole digest: {place}",
    skip="Skip to the digest",
)

_CHINESE = Words(
    code="zh",
    html_language="zh-Hans",
    counts="{total} 篇里选了 {picked} 篇",
    day_counts="{day}：{total} 篇里选了 {picked} 篇",
    all_digests="全部",
    earlier="前一篇",
    later="后一篇",
    feed="订阅",
    cut="……还有：{place}",
    rest="全文：{place}",
    skip="跳到正文",
)

_WORDS = MappingProxyType({"en": _ENGLISH, "zh": _CHINESE})


def words_of(language: str) -> Words:
    """Return the words of a digest language; the configuration allows no other."""
    return _WORDS[language]
