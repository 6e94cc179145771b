"""A digest as an e-mail: plain text and HTML in one message, over SMTP.

Between a message's text and the server's answer to it nobody knows whether it was taken (RFC 5321,
4.5.3.2.6), so this is the handing over: connection, encryption, login and receivers come before, and
can be tried again.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from triage.config.schema import Config
from triage.config.values import Email, Part, Secret
from triage.context import Context
from triage.deliver.delivery import HandingOver, Sender
from triage.deliver.digests import Digest
from triage.deliver.failure import DeliveryError, UnsureError, redact
from triage.deliver.markdown import for_reading, to_html, to_plain_text
from triage.deliver.pages import mail_page
from triage.digest.language import language_of

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_USUAL_PORT = {"starttls": 587, "tls": 465, "none": 25}
_CHECK_PORT = (
    "If it happens every time, check deliver.mail.host, port and security: 465 is for tls, 587 for starttls."
)
_CHECK_LOGIN = (
    "Check deliver.mail.user and TRIAGE_DELIVER__MAIL__PASSWORD; "
    "many providers want a password made for this program."
)
_REASONS: dict[type[Exception], tuple[str, str]] = {
    ssl.SSLCertVerificationError: (
        "has a certificate that can't be trusted",
        "Check deliver.mail.host; a private authority can be named in SSL_CERT_FILE.",
    ),
    smtplib.SMTPAuthenticationError: ("refused the user or password", _CHECK_LOGIN),
    smtplib.SMTPSenderRefused: (
        "refused the sender",
        "Set deliver.mail.sender to an address that deliver.mail.user may send from.",
    ),
    smtplib.SMTPRecipientsRefused: (
        "refused the receiver",
        "Check deliver.mail.to; many servers take mail only after a login (deliver.mail.user).",
    ),
    smtplib.SMTPNotSupportedError: (
        "can't do what is needed",
        "Nothing was sent in the open. Check deliver.mail.security (tls if the server has TLS), port and user.",
    ),
    smtplib.SMTPException: ("did not take it", _CHECK_PORT),
    OSError: ("can't be reached", _CHECK_PORT),
}
"""What an error before or instead of the handing over means to the reader, and what helps."""


class MailConfig(Part):
    """Each new digest as an e-mail."""

    to: tuple[Email, ...] = ()
    """Empty: no e-mail."""
    sender: Email = ""
    """The address it is from; empty for the user if that is an address, else for the first of ``to``."""
    host: Annotated[str, Field(pattern=r"^\S*$", validate_default=True)] = ""
    """The mail server."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """0 for the usual one: 587 with STARTTLS, 465 with TLS, 25 without."""
    security: Annotated[Literal["starttls", "tls", "none"], Field(validate_default=True)] = "starttls"
    """``none`` is for a server on this machine alone."""
    user: str = ""
    """Empty: without logging in."""
    password: Secret = SecretStr("")
    """Better in the environment: ``TRIAGE_DELIVER__MAIL__PASSWORD``."""

    # These checks are each on one key, because a message about the whole section would show the
    # password in it.
    @field_validator("host")
    @classmethod
    def _host_for_mail(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("to") and not host:
            raise ValueError("the mail server is needed to send to deliver.mail.to")
        return host

    @field_validator("security")
    @classmethod
    def _plain_at_home_only(cls, security: str, info: ValidationInfo) -> str:
        if security == "none" and info.data.get("to") and info.data.get("host") not in LOOPBACK:
            raise ValueError("mail without encryption is only for a server at localhost; use starttls or tls")
        return security

    @property
    def origin(self) -> str:
        return self.sender or (self.user if "@" in self.user else self.to[0])

    def redacted(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            ((receiver, (code, reply)),) = error.recipients.items()
            text = f"{receiver}: {code} {_decoded(reply)}"
        if isinstance(error, smtplib.SMTPResponseException):
            text = f"{error.smtp_code} {_decoded(error.smtp_error)}"
        return redact(text, [self.password.get_secret_value()])


def _decoded(reply: bytes | str) -> str:
    """Return a server's words, which may be Chinese; what can't be read is left out."""
    if isinstance(reply, str):
        return reply
    for encoding in ("utf-8", "gb2312"):
        with contextlib.suppress(UnicodeDecodeError):
            return reply.decode(encoding)
    return reply.decode("ascii", "ignore")


class Mail(Sender[MailConfig]):
    """Messages to one receiver, who is the part where there are several."""

    name = "mail"
    config_model = MailConfig
    session_seconds = 90.0
    """For each answer that comes before the message."""
    answer_seconds = 600.0
    """For the answer to the message, as RFC 5321 asks: many servers check a message before they answer, and a client
    that has hung up by then does not know whether it was taken."""

    @classmethod
    def parts(cls, settings: MailConfig) -> Sequence[str]:
        receivers = tuple(dict.fromkeys(settings.to))
        return ("",) if len(receivers) == 1 else receivers

    @property
    def receiver(self) -> str:
        return self.part or self.settings.to[0]

    @property
    def earlier_target(self) -> str:
        return self.name if self.part else f"{self.name}:{self.receiver}"

    def send(self, digest: Digest, context: Context, handing_over: HandingOver) -> None:
        settings = self.settings
        message = mail_message(digest, settings, self.receiver, context.config, context.clock.now())

        def hand_over(text: bytes) -> None:
            with handing_over():
                self._hand_over(server, text)

        with _explaining(settings), _session(settings, self.session_seconds) as server:
            server.hand_over = hand_over
            server.send_message(message, ascii_domain(settings.origin), [ascii_domain(self.receiver)])

    def _hand_over(self, server: _Smtp, text: bytes) -> None:
        unsure = f"the mail server {self.settings.host} was handed the message and did not confirm it"
        try:
            server.set_timeout(self.answer_seconds)
            server.send(text)
            server.putcmd(".")
            answer = smtplib.SMTPDataError(*server.getreply())
        except OSError as error:
            raise UnsureError(f"{unsure} ({self.settings.redacted(error)})") from error
        if 400 <= answer.smtp_code < 600:
            raise answer
        if not 200 <= answer.smtp_code < 300:
            raise UnsureError(f"{unsure}, but {self.settings.redacted(answer)}")


def mail_message(
    digest: Digest, settings: MailConfig, receiver: str, config: Config, now: datetime
) -> EmailMessage:
    """Put a digest into an e-mail: ``multipart/alternative``, in 7-bit lines of a legal length.

    Raises DeliveryError if an address is none that mail can have.
    """
    language = language_of(config.digest.language)
    text, counts = for_reading(digest.text, config.web.url), digest.counts(language)
    # Lines for people's eyes may be long; quoted-printable makes them legal for servers.
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = f"{digest.title}: {counts}"
    message["From"] = _address(settings.origin)
    message["To"] = _address(receiver)
    message["Date"] = now.astimezone(config.zone)
    message["Message-ID"] = message_id(digest, settings.origin, receiver)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Triage-Digest"] = digest.day.isoformat()
    message.set_content(to_plain_text(text), cte="quoted-printable")
    page = mail_page(digest.title, counts, to_html(text), language)
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def message_id(digest: Digest, origin: str, receiver: str) -> str:
    """Return the one Message-ID of a digest for a receiver, however often it is sent."""
    key = hashlib.sha256(f"{origin}\0{receiver}".encode()).hexdigest()[:16]
    domain = ascii_domain(origin).rpartition("@")[2]
    if not domain.isascii():
        domain = "triage.invalid"  # only has to be unique, which the hash before it is
    return f"<triage.{digest.day.isoformat()}.{key}@{domain}>"


def ascii_domain(address: str) -> str:
    """Return an address with its domain in ASCII, as every server takes it."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        return address
    with contextlib.suppress(UnicodeError):
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    return address


def _address(address: str) -> str:
    """Return an address as it stands in a header, where a comma or an angle would make it two."""
    plain = ascii_domain(address)
    try:
        # Letters beyond ASCII are for the server to judge.
        Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", plain))
    except (ValueError, MessageError) as error:
        raise DeliveryError(
            f"{address} is not an address that mail can have: {error}",
            remedy="Check deliver.mail.to and deliver.mail.sender.",
        ) from error
    return plain


class _Smtp(smtplib.SMTP):
    """A connection on which the message's text, once the server wants it, is handed over."""

    hand_over: Callable[[bytes], None]

    def set_timeout(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, reply = self.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        # A dot that begins a line would end the message.
        self.hand_over(re.sub(rb"(?m)^\.", b"..", msg))
        return 250, b""


class _SmtpTls(_Smtp, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


@contextlib.contextmanager
def _session(settings: MailConfig, seconds: float) -> Iterator[_Smtp]:
    context = ssl.create_default_context()
    port = settings.port or _USUAL_PORT[settings.security]
    if settings.security == "tls":
        server: _Smtp = _SmtpTls(settings.host, port, timeout=seconds, context=context)
    else:
        server = _Smtp(settings.host, port, timeout=seconds)
    try:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.user:
            _log_in(server, settings)
        yield server
        # The message is sent by now, whatever the server answers to this.
        server.set_timeout(seconds)
        with contextlib.suppress(OSError):
            server.quit()
    finally:
        server.close()


def _log_in(server: _Smtp, settings: MailConfig) -> None:
    try:
        server.login(settings.user, settings.password.get_secret_value())
    except (smtplib.SMTPServerDisconnected, ConnectionError) as error:
        raise DeliveryError(
            f"the mail server {settings.host} hung up at the login: {settings.redacted(error)}",
            remedy=_CHECK_LOGIN,
        ) from error
    except UnicodeError as error:
        raise DeliveryError(
            "deliver.mail.user or password has a character beyond ASCII, which can't be sent at a login.",
            remedy="Many providers make passwords for a single program; those are plain.",
        ) from error


@contextlib.contextmanager
def _explaining(settings: MailConfig) -> Iterator[None]:
    """Turn what fails before or instead of the handing over into what it means to the reader."""
    try:
        yield
    except UnicodeError as error:
        raise DeliveryError(
            f"{settings.host} is not a name that a mail server can have.", remedy="Check deliver.mail.host."
        ) from error
    except OSError as error:
        kind: type[Exception] = type(error)
        if isinstance(error, smtplib.SMTPSenderRefused) and (
            error.smtp_code < 500 or error.smtp_code in (530, 552)
        ):
            # 530 wants a login, 552 is a message too large, and 4xx passes: no fault of the sender.
            kind = smtplib.SMTPAuthenticationError if error.smtp_code == 530 else smtplib.SMTPDataError
        what, remedy = next(reason for known, reason in _REASONS.items() if issubclass(kind, known))
        raise DeliveryError(
            f"the mail server {settings.host} {what}: {settings.redacted(error)}", remedy=remedy
        ) from error
