"""A digest as an e-mail: plain text and HTML in one message, over SMTP."""

from __future__ import annotations

import contextlib
import hashlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from triage.clock import Clock
from triage.config import Config, MailConfig
from triage.deliver.edition import Edition
from triage.deliver.failure import DeliveryError, redact
from triage.deliver.markdown import for_reading, to_html, to_plain_text
from triage.deliver.pages import mail_page
from triage.deliver.words import words_of

SILENCE_SECONDS = 30.0
"""A server that says nothing for so long is given up for this run."""

TOTAL_SECONDS = 180.0
"""So is one that speaks a byte at a time."""

_USUAL_PORT = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailPost:
    """The e-mail target."""

    config: Config
    clock: Clock
    silence_seconds: float = SILENCE_SECONDS
    total_seconds: float = TOTAL_SECONDS

    @property
    def name(self) -> str:
        """``mail``: one for all receivers, who get one message together."""
        return "mail"

    @property
    def tells_doubles(self) -> bool:
        """A digest's Message-ID is always the same: mail programs can tell the second from the first."""
        return True

    def send(self, edition: Edition) -> str:
        """Send one digest; see :class:`triage.deliver.targets.Post`."""
        settings = self.config.deliver.mail
        try:
            message = mail_message(edition, self.config, self.clock.now())
            refused = _transmit(message, settings, self.silence_seconds, self.total_seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise _explained(error, settings) from error
        except ValueError as error:
            # An address or a header that no mail can have.
            raise DeliveryError(
                f"the e-mail can't be made: {redact(str(error), [settings.password.get_secret_value()])}",
                remedy="Check deliver.mail.to and deliver.mail.sender.",
            ) from error
        if refused:
            return f"the mail server refused {', '.join(sorted(refused))}; the others have it"
        return ""


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
    """
    settings, words = config.deliver.mail, words_of(config.digest.language)
    text = for_reading(edition.text)
    counts = words.counts.format(picked=len(edition.picks), total=edition.total)
    # Lines for people's eyes may be long; quoted-printable makes them legal for servers.
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = f"{edition.title}: {counts}"
    message["From"] = sender(settings)
    message["To"] = ", ".join(settings.to)
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


def message_id(edition: Edition, settings: MailConfig) -> str:
    """Return the one Message-ID of a digest for these receivers, however often it is sent."""
    origin = sender(settings)
    digest = hashlib.sha256("\0".join([origin, *settings.to]).encode()).hexdigest()[:16]
    domain = origin.rpartition("@")[2]
    if not domain.isascii():
        domain = "triage.invalid"  # only has to be unique, which the digest before it is
    return f"<triage.{edition.day.isoformat()}.{digest}@{domain}>"


def _transmit(message: EmailMessage, settings: MailConfig, silence: float, total: float) -> dict[str, object]:
    context = ssl.create_default_context()
    port = settings.port or _USUAL_PORT[settings.security]
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, port, timeout=silence, context=context)
    else:
        server = smtplib.SMTP(settings.host, port, timeout=silence)
    try:
        with _cut_off(server, total):
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
            refused: dict[str, object] = dict(server.send_message(message))
            # It is sent now; a server that does not say goodbye changes nothing about that.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
    finally:
        server.close()
    return refused


@contextlib.contextmanager
def _cut_off(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """End the connection after a time, whatever goes on in it."""
    over = threading.Event()

    def cut() -> None:
        over.set()
        if server.sock is not None:
            with contextlib.suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        if over.is_set():
            raise TimeoutError(f"it took longer than {seconds:.0f} seconds") from error
        raise
    finally:
        timer.cancel()


def _explained(error: Exception, settings: MailConfig) -> DeliveryError:
    secrets = [settings.password.get_secret_value()]
    where = f"the mail server {settings.host}"
    said = redact(_said(error), secrets)
    match error:
        case ssl.SSLCertVerificationError():
            return DeliveryError(
                f"{where} has a certificate that can't be trusted: {said}",
                remedy="Check deliver.mail.host; a private authority can be named in SSL_CERT_FILE.",
            )
        case smtplib.SMTPAuthenticationError():
            return DeliveryError(
                f"{where} refused the user or password: {said}",
                remedy="Check deliver.mail.user and TRIAGE_DELIVER__MAIL__PASSWORD; "
                "many providers want a password made for this program.",
            )
        case smtplib.SMTPNotSupportedError():
            return DeliveryError(
                f"{where} can't do what is needed: {said}",
                remedy="Nothing was sent in the open. Set deliver.mail.security: tls if the server has TLS.",
            )
        case smtplib.SMTPRecipientsRefused():
            return DeliveryError(f"{where} refused every receiver: {said}")
        case smtplib.SMTPException():
            return DeliveryError(f"{where} did not take it: {said}")
        case _:
            return DeliveryError(
                f"{where} can't be reached: {said}",
                remedy="Check deliver.mail.host, port and security.",
            )


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{receiver}: {code} {_decoded(reply)}"
            for receiver, (code, reply) in sorted(error.recipients.items())
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    return str(error) or type(error).__name__


def _decoded(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
