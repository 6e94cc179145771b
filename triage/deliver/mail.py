"""A digest as an e-mail: plain text and HTML in one message, over SMTP."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from triage.clock import Clock
from triage.config.schema import Config, MailConfig
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError, redact
from triage.deliver.markdown import for_reading, to_html, to_plain_text
from triage.deliver.pages import mail_page
from triage.deliver.smtp import USUAL_PATIENCE, Patience, Transfer, on_the_wire, transfer
from triage.deliver.targets import Handed
from triage.deliver.words import words_of


@dataclass(frozen=True, slots=True)
class MailPost:
    """The e-mail target: one message for all receivers together."""

    config: Config
    clock: Clock
    only: str = ""
    """A single receiver, for digests that could not be left with them when the others got theirs."""
    patience: Patience = USUAL_PATIENCE

    @property
    def name(self) -> str:
        """``mail``, or ``mail:`` and the single receiver."""
        return _name(self.only) if self.only else "mail"

    @contextlib.contextmanager
    def ready(self, edition: Edition) -> Iterator[Callable[[], Handed]]:
        """Do all but the handing over; see :class:`triage.deliver.targets.Post`."""
        settings = self.config.deliver.mail
        receivers = (self.only,) if self.only else tuple(dict.fromkeys(settings.to))
        message = mail_message(edition, self.config, self.clock.now())
        with transfer(settings, message, sender(settings), receivers, self.patience) as under_way:

            def hand_over() -> Handed:
                under_way.hand_over()
                return _handed(under_way, settings)

            yield hand_over


def _name(receiver: str) -> str:
    return f"mail:{receiver}"


def single_names(settings: MailConfig) -> tuple[str, ...]:
    """Return the names of the posts for single receivers."""
    return tuple(_name(receiver) for receiver in dict.fromkeys(settings.to)) if len(settings.to) > 1 else ()


def _handed(under_way: Transfer, settings: MailConfig) -> Handed:
    """Say what became of the receivers that were refused while others were taken."""
    secrets = [settings.password.get_secret_value()]
    said = {
        receiver: redact(f"{refusal.code} {refusal.said}", secrets)
        for receiver, refusal in sorted(under_way.refused.items())
    }
    later = {_name(receiver): said[receiver] for receiver in said if under_way.refused[receiver].for_now}
    never = [f"{receiver} ({said[receiver]})" for receiver in said if _name(receiver) not in later]
    remark = f"the mail server refused {', '.join(never)}; the others have it" if never else ""
    return Handed(remark, later)


def mail_message(edition: Edition, config: Config, now: datetime) -> EmailMessage:
    """Put a digest into an e-mail.

    Parameters
    ----------
    edition : Edition
    config : Config
    now : datetime
        Its date.

    Returns
    -------
    EmailMessage
        ``multipart/alternative``, all in 7-bit lines of a legal length.

    Raises
    ------
    DeliveryError
        If an address is none that mail can have.
    """
    settings, words = config.deliver.mail, words_of(config.digest.language)
    text = for_reading(edition.text)
    counts = words.counts.format(picked=len(edition.picks), total=edition.total)
    # Lines for people's eyes may be long; quoted-printable makes them legal for servers.
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = f"{edition.title}: {counts}"
    message["From"] = _address(sender(settings))
    message["To"] = ", ".join(map(_address, settings.to))
    message["Date"] = now.astimezone(config.zone)
    message["Message-ID"] = message_id(edition, settings)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Triage-Digest"] = edition.day.isoformat()
    message.set_content(to_plain_text(text), cte="quoted-printable")
    page = mail_page(edition.title, counts, to_html(text), words)
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def sender(settings: MailConfig) -> str:
    """Return the address that mail is from."""
    return settings.sender or settings.to[0]


def _address(address: str) -> str:
    """Return an address as it stands in a header, where a comma or an angle would make it two."""
    wire = on_the_wire(address)
    try:
        # Letters beyond ASCII are for the server to judge.
        Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", wire))
    except (ValueError, MessageError) as error:
        raise DeliveryError(
            f"{address} is not an address that mail can have: {error}",
            remedy="Check deliver.mail.to and deliver.mail.sender.",
        ) from error
    return wire


def message_id(edition: Edition, settings: MailConfig) -> str:
    """Return the one Message-ID of a digest for these receivers, however often it is sent."""
    origin = sender(settings)
    digest = hashlib.sha256("\0".join([origin, *settings.to]).encode()).hexdigest()[:16]
    domain = on_the_wire(origin).rpartition("@")[2]
    if not domain.isascii():
        domain = "triage.invalid"  # only has to be unique, which the digest before it is
    return f"<triage.{edition.day.isoformat()}.{digest}@{domain}>"
