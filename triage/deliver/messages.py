"""A digest as a short message to any address that Apprise knows: Slack, Telegram, ntfy, ..."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from triage.config.schema import Config
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError, UnsureError, redact
from triage.deliver.markdown import for_reading, to_html, to_plain_text
from triage.deliver.targets import Handed
from triage.deliver.words import Words, words_of
from triage.digest.escape import inline
from triage.digest.language import all_languages

LONGEST = 3000
"""Characters; more than a screen of a phone, less than most services take."""

MOST_BYTES = 4000
"""Of UTF-8, where a Chinese character is three: from 4,096 on, ntfy makes a file of a message."""

SPARE = 0.8
"""Of what a service takes: its own markup makes the text longer."""

# "@everyone" in a title would call everyone in some chats; a word joiner after the sign is invisible.
_CALL = re.compile(r"@(?=\S)")
# So do tags in others, as <at user_id="all">.
_TAG = re.compile(r"<(?=\S)")

# A digest's entities are right in Markdown and in HTML, and chats show them as they are.
_ESCAPED = {"&lt;": r"\<", "&amp;": r"\&"}
# Slack ends a link at one; those of quotes, at the beginning of a line, and of addresses stay.
_ANGLE = re.compile(r"((?<!\\)<(?:https?://|mailto:)[^\s<>]*>)|(?<=[^\s>\\])>|(?<=[^\s>] )>")

Form = Literal["html", "markdown", "text"]
"""As Apprise names them."""

# All that Apprise tells of what happened to an address with several receivers, and of a connection
# that ended, is in its log.
_SENT = re.compile(r"\bsent\b", re.IGNORECASE)
_UNANSWERED = re.compile(r"read timed out|connection aborted|connection broken|incompleteread", re.IGNORECASE)


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

    @contextlib.contextmanager
    def ready(self, edition: Edition) -> Iterator[Callable[[], Handed]]:
        """Make the message; see :class:`triage.deliver.targets.Post`."""
        secret = self.address.get_secret_value()
        try:
            import apprise
        except ImportError as error:
            raise DeliveryError(
                f"{self.name} needs Apprise, which is not installed.",
                remedy="Install it with: pip install apprise",
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
            form = message_form(sender[0].notify_format)
            body = fitting_message(
                edition.text, self.place(edition), int(sender[0].body_maxlen * SPARE), words, form
            )

            def hand_over() -> Handed:
                sent = False
                try:
                    sent = bool(
                        sender.notify(
                            title=f"{edition.title}: {counts}",
                            body=body,
                            body_format=form,
                        )
                    )
                except Exception as error:
                    # A plugin is anybody's code, and its failure must not cost the run.
                    said.append((logging.WARNING, str(error) or type(error).__name__))
                if not sent:
                    raise self._failure(said, secret)
                return Handed()

            yield hand_over

    def _failure(self, said: Sequence[tuple[int, str]], secret: str) -> DeliveryError:
        warned = dict.fromkeys(text for level, text in said if level >= logging.WARNING)
        reason = redact("; ".join(warned), [secret]) or "the service did not take it"
        if any(level == logging.INFO and _SENT.search(text) for level, text in said):
            return UnsureError(f"it went out in part ({reason})")
        if any(_UNANSWERED.search(text) for _, text in said):
            return UnsureError(f"the service did not say that it has it ({reason})")
        return DeliveryError(f"{self.name}: {reason}", remedy=f"Check deliver.apprise.{self.label}.")

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
    for language in all_languages():
        # Without its list, the heading above it says nothing.
        body = body.removesuffix(f"## {language['rest_heading']}").strip()
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


def message_form(known: object) -> Form:
    """Choose the form in which a service gets a message.

    Parameters
    ----------
    known : object
        What Apprise says that it takes: one format, or several since Apprise 2.

    Returns
    -------
    str
        HTML before Markdown, of which each service has its own kind, some of them without a way to
        write a title with a star in it (Telegram's); plain text where marks would only be in the way.
    """
    formats = known if isinstance(known, tuple) else (known,)
    names = {str(getattr(one, "value", one)) for one in formats}
    return "html" if "html" in names else "markdown" if "markdown" in names else "text"


def fitting_message(text: str, place: str, room: int, words: Words, form: Form) -> str:
    """Return :func:`short_message` in a form, short enough for a service in that form."""
    longest = min(LONGEST, room)
    while True:
        message = short_message(text, place, longest, words)
        match form:
            case "html":
                body = to_html(message)
            case "text":
                # Some have tags of their own.
                body = _TAG.sub("<\N{WORD JOINER}", to_plain_text(message))
            case "markdown":
                body = message
        # With nothing left but the place, no shorter one is to be had.
        if (len(body) <= room and len(body.encode()) <= MOST_BYTES) or longest < len(place):
            return body.strip()
        longest = longest * 4 // 5


def _harmless(text: str) -> str:
    for entity, escaped in _ESCAPED.items():
        text = text.replace(entity, escaped)
    text = _ANGLE.sub(lambda match: match[1] or "\\>", text)
    return _CALL.sub("@\N{WORD JOINER}", text)


@contextlib.contextmanager
def _overheard() -> Iterator[list[tuple[int, str]]]:
    """Collect what Apprise logs, which tells why, and keep it from the log: it may hold tokens."""
    said: list[tuple[int, str]] = []
    logger = logging.getLogger("apprise")

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append((record.levelno, record.getMessage()))

    collector = Collector()
    before = logger.propagate, logger.level
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(collector)
    try:
        yield said
    finally:
        logger.removeHandler(collector)
        logger.propagate = before[0]
        logger.setLevel(before[1])
