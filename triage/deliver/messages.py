"""A digest as a short message to any address that Apprise knows: Slack, Telegram, ntfy, ..."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from triage.config import Config
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError, redact
from triage.deliver.markdown import for_reading
from triage.deliver.words import Words, words_of
from triage.digest.escape import inline
from triage.digest.language import LANGUAGES, phrases

LONGEST = 3000
"""Characters; more than a screen of a phone, less than most services take."""

SPARE = 0.8
"""Of what a service takes: its own markup makes the text longer."""

# "@everyone" in a title would call everyone in some chats; a word joiner after the sign is invisible.
_CALL = re.compile(r"@(?=\w)")


@dataclass(frozen=True, slots=True)
class MessagePost:
    """One Apprise address."""

    config: Config
    label: str
    """The reader's name for it."""
    address: SecretStr

    @property
    def name(self) -> str:
        """``apprise:`` and the reader's name for it."""
        return f"apprise:{self.label}"

    @property
    def tells_doubles(self) -> bool:
        """A chat shows what it gets, as often as it gets it."""
        return False

    def send(self, edition: Edition) -> str:
        """Send one digest; see :class:`triage.deliver.targets.Post`."""
        secret = self.address.get_secret_value()
        try:
            import apprise
        except ImportError as error:
            raise DeliveryError(
                f"{self.name} needs Apprise, which is not installed.",
                remedy="Install it with: pip install 'arxiv-triage[apprise]'",
            ) from error
        words = words_of(self.config.digest.language)
        counts = words.counts.format(picked=len(edition.picks), total=edition.total)
        with _overheard() as said:
            sender = apprise.Apprise()
            if not sender.add(secret):
                raise DeliveryError(
                    f"deliver.apprise.{self.label} is not an address that Apprise knows.",
                    remedy="See https://appriseit.com for how each service's address is written.",
                )
            longest = min(LONGEST, int(sender[0].body_maxlen * SPARE))
            try:
                sent = sender.notify(
                    title=f"{edition.title}: {counts}",
                    body=short_message(edition.text, self.place(edition), longest, words),
                    body_format=apprise.NotifyFormat.MARKDOWN,
                )
            except Exception as error:
                # A plugin is anybody's code, and its failure must not cost the run.
                raise DeliveryError(
                    f"{self.name}: {redact(str(error) or type(error).__name__, [secret])}"
                ) from error
        if not sent:
            reason = redact("; ".join(dict.fromkeys(said)), [secret]) or "the service did not take it"
            raise DeliveryError(f"{self.name}: {reason}", remedy=f"Check deliver.apprise.{self.label}.")
        return ""

    def place(self, edition: Edition) -> str:
        """Return where the whole digest is: its page if there is one, or else its file."""
        site = self.config.deliver.site
        return f"{site.url}/{edition.title}.html" if site.folder and site.url else inline(str(edition.file))


def short_message(text: str, place: str, longest: int, words: Words) -> str:
    """Return the beginning of a digest as Markdown, cut between paragraphs.

    Parameters
    ----------
    text : str
        The digest's Markdown.
    place : str
        Where the whole is; said in the last line.
    longest : int
        In characters, with that line.
    words : Words

    Returns
    -------
    str
        Only whole paragraphs, so that no link is cut; the long list after the picks is left out.
    """
    body = for_reading(text).split("<details>")[0].strip()
    for language in LANGUAGES:
        # Without its list, the heading above it says nothing.
        body = body.removesuffix(f"## {phrases(language).rest_heading}").strip()
    whole = _harmless(f"{body}\n\n{words.rest.format(place=place)}".strip())
    if len(whole) <= longest and body:
        return whole
    ending = _harmless(words.cut.format(place=place) if body else words.rest.format(place=place))
    kept: list[str] = []
    room = longest - len(ending)
    for paragraph in re.split(r"\n{2,}", _harmless(body)):
        room -= len(paragraph) + 2
        if room < 0:
            break
        kept.append(paragraph)
    return "\n\n".join([*kept, ending])


def _harmless(text: str) -> str:
    return _CALL.sub("@\N{WORD JOINER}", text)


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    """Collect Apprise's warnings, which tell why, and keep them from the log: they may hold tokens."""
    said: list[str] = []
    logger = logging.getLogger("apprise")

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    collector = Collector(level=logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield said
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagated
