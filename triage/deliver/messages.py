"""A digest as a short message to any address that Apprise knows: Slack, Telegram, ntfy, ..."""

from __future__ import annotations

import contextlib
import html
import logging
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import RootModel

from triage.config.values import Addresses
from triage.context import Context
from triage.deliver.delivery import HandingOver, Sender
from triage.deliver.digests import Digest
from triage.deliver.failure import DeliveryError, UnsureError, redact
from triage.deliver.markdown import for_reading, to_html, to_plain_text
from triage.deliver.site import page_url
from triage.digest.escape import escaped, inline
from triage.digest.language import Language, all_languages, language_of
from triage.text.formulas import show, split

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
_ENTITY = re.compile(r"&(?:lt|amp|#\d+);")
# Slack ends a link at one; those of quotes, at the beginning of a line, and of addresses stay.
_ANGLE = re.compile(r"((?<!\\)<(?:https?://|mailto:)[^\s<>]*>)|(?<=[^\s>\\])>|(?<=[^\s>] )>")

Form = Literal["html", "markdown", "text"]
"""As Apprise names them."""

# Only Apprise's log shows what happened to an address with several receivers, and to a connection
# that ended.
_SENT = re.compile(r"\bsent\b", re.IGNORECASE)
_UNANSWERED = re.compile(r"read timed out|connection aborted|connection broken|incompleteread", re.IGNORECASE)


class AppriseConfig(RootModel[Addresses], frozen=True):
    """Your name for each address, and the Apprise address."""


class Message(Sender[AppriseConfig]):
    """Messages to one Apprise address."""

    name = "apprise"
    config_model = AppriseConfig

    @classmethod
    def parts(cls, settings: AppriseConfig) -> Iterable[str]:
        return settings.root

    def send(self, digest: Digest, context: Context, handing_over: HandingOver) -> None:
        address = self.settings.root[self.part].get_secret_value()
        try:
            import apprise
        except ImportError as error:
            raise DeliveryError(
                f"{self.target} needs Apprise, which is not installed.",
                remedy="Install it with: pip install apprise",
            ) from error
        language = language_of(context.config.digest.language)
        with _log_of_apprise() as log:
            sender = apprise.Apprise()
            if not sender.add(address):
                raise DeliveryError(
                    f"deliver.apprise.{self.part} is not an address that Apprise knows.",
                    remedy="See https://appriseit.com for how each service's address is written.",
                )
            form = message_form(sender[0].notify_format)
            place = page_url(digest, context.config) or inline(str(digest.file))
            room, pages = int(sender[0].body_maxlen * SPARE), context.config.web.url
            body = message_text(digest.text, place, room, language, form, pages=pages)
            title = f"{digest.title}: {digest.counts(language)}"
            with handing_over():
                try:
                    sent = bool(sender.notify(title=title, body=body, body_format=form))
                except Exception as error:
                    # A plugin is anybody's code.
                    sent = False
                    log.append((logging.WARNING, str(error) or type(error).__name__))
                if not sent:
                    raise self._failure(log, address)

    def _failure(self, log: Sequence[tuple[int, str]], secret: str) -> DeliveryError:
        warned = dict.fromkeys(text for level, text in log if level >= logging.WARNING)
        reason = redact("; ".join(warned), [secret]) or "the service did not take it"
        if any(level == logging.INFO and _SENT.search(text) for level, text in log):
            return UnsureError(f"it went out in part ({reason})")
        if any(_UNANSWERED.search(text) for _, text in log):
            return UnsureError(f"the service did not confirm it ({reason})")
        return DeliveryError(f"{self.target}: {reason}", remedy=f"Check deliver.apprise.{self.part}.")


def message_form(known: object) -> Form:
    """Choose the form in which a service gets a message, of the one or several that Apprise offers for it.

    HTML before Markdown, of which each service has its own kind, some of them without a way to write a
    title with a star in it (Telegram's); plain text where marks would only be in the way.
    """
    formats = known if isinstance(known, tuple) else (known,)
    names = {str(getattr(one, "value", one)) for one in formats}
    return "html" if "html" in names else "markdown" if "markdown" in names else "text"


def message_text(text: str, place: str, room: int, language: Language, form: Form, *, pages: str = "") -> str:
    """Return the beginning of a digest's Markdown as a message, cut between paragraphs.

    Only whole paragraphs are in it, so that no link is cut, and as many as fit into ``room`` characters;
    the long list after the picks is left out.  The last line names the ``place`` of the whole digest.
    """
    body = for_reading(text, pages).split("<details")[0].strip()
    for one in all_languages():
        # A heading without its list is of no use.
        body = body.removesuffix(f"## {one['rest_heading']}").strip()
    paragraphs = re.split(r"\n{2,}", body) if body else []

    def message(count: int) -> str:
        ending = language.text("message_rest" if count == len(paragraphs) else "message_cut", place=place)
        return _harmless("\n\n".join([*paragraphs[:count], ending]))

    def is_too_long(count: int) -> bool:
        markdown = message(count)
        shown = _in_form(markdown, form)
        return len(markdown) > LONGEST or len(shown) > room or len(shown.encode()) > MOST_BYTES

    count = bisect_left(range(1, len(paragraphs) + 1), True, key=is_too_long)
    return _in_form(message(count), form)


def _in_form(markdown: str, form: Form) -> str:
    match form:
        case "html":
            return to_html(markdown).strip()
        case "markdown":
            return "".join(
                escaped(show(part)) if is_formula else part for part, is_formula in split(markdown)
            )
        case "text":
            # Some have tags of their own.
            return _TAG.sub("<\N{WORD JOINER}", to_plain_text(markdown)).strip()


def _harmless(text: str) -> str:
    text = _ENTITY.sub(lambda entity: "\\" + html.unescape(entity[0]), text)
    text = _ANGLE.sub(lambda match: match[1] or "\\>", text)
    return _CALL.sub("@\N{WORD JOINER}", text)


@contextlib.contextmanager
def _log_of_apprise() -> Iterator[list[tuple[int, str]]]:
    """Collect what Apprise logs, which has the reasons, and keep it from the log: it may hold tokens."""
    lines: list[tuple[int, str]] = []

    def collect(record: logging.LogRecord) -> bool:
        lines.append((record.levelno, record.getMessage()))
        return False

    logger = logging.getLogger("apprise")
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addFilter(collect)
    try:
        yield lines
    finally:
        logger.removeFilter(collect)
        logger.setLevel(level)
