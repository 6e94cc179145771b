"""One message over SMTP in two parts: what can be tried again, and the handing over, which can't.

A server that has answered the dot at a message's end has the message, and one that has not seen the
dot has not.  Between the two nobody knows (RFC 5321, 4.5.3.2.6), so only the dot is the handing over:
connection, encryption, login, receivers and the text itself come before.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType

from triage.config.schema import MailConfig
from triage.deliver.failure import DeliveryError, UnsureError, redact

_USUAL_PORT = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds."""

    silence: float = 30.0
    """A server that says nothing for so long is given up for this run."""
    in_all: float = 180.0
    """So is one that speaks a byte at a time; up to the handing over."""
    last_answer: float = 600.0
    """As RFC 5321 asks: many servers look a message over before they answer, and who has left by then
    does not know whether it was taken."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a receiver was refused."""

    code: int
    said: str

    @property
    def for_now(self) -> bool:
        """Whether the server wants to be asked again later: a full box, greylisting."""
        return 400 <= self.code < 500


USUAL_PATIENCE = Patience()


class Transfer:
    """A message that a server has, but for its end."""

    def __init__(
        self, server: smtplib.SMTP, settings: MailConfig, patience: Patience, refused: Mapping[str, Refusal]
    ) -> None:
        self._server = server
        self._settings = settings
        self._patience = patience
        self.refused = refused
        """By address; at least one other receiver was taken."""

    def hand_over(self) -> None:
        """End the message, and wait for the answer.

        Raises
        ------
        DeliveryError
            If the server says that it did not take it.
        UnsureError
            If it does not say.
        """
        where = f"the mail server {self._settings.host} was given the whole message and"
        try:
            self._end()
        except (OSError, smtplib.SMTPException) as error:
            raise _explained(error, self._settings) from error
        try:
            code, said = self._answer()
        except (OSError, smtplib.SMTPException) as error:
            said_of_it = _redacted(error, self._settings)
            raise UnsureError(f"{where} did not say that it has it ({said_of_it})") from error
        if 400 <= code < 600:
            raise _explained(smtplib.SMTPDataError(code, said), self._settings)
        if not 200 <= code < 300:
            odd = redact(_decoded(said), _secrets(self._settings))
            raise UnsureError(f"{where} did not say that it has it, but {code} {odd}")

    def _end(self) -> None:
        sock = self._server.sock
        # A server has nothing to say before the end, unless it hangs up.
        if sock is not None and _has_something_to_read(sock):
            raise smtplib.SMTPDataError(*self._server.getreply())
        self._server.putcmd(".")

    def _answer(self) -> tuple[int, bytes]:
        seconds = self._patience.last_answer
        with _Deadline(seconds) as deadline:
            deadline.watch(self._server)
            if self._server.sock is not None:
                self._server.sock.settimeout(seconds)
            answer = self._server.getreply()
        if deadline.is_over:
            # What was cut off may look like an answer.
            raise TimeoutError(f"it took longer than {seconds:.0f} seconds")
        return answer


def _has_something_to_read(sock: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


@contextlib.contextmanager
def transfer(
    settings: MailConfig, message: EmailMessage, sender: str, receivers: tuple[str, ...], patience: Patience
) -> Iterator[Transfer]:
    """Give a server a message but for its end; left without handing it over, nothing was sent.

    Raises
    ------
    DeliveryError
        If the server can't be reached, can't be trusted, or refuses.
    """
    deadline = _Deadline(patience.in_all)
    server: smtplib.SMTP | None = None
    try:
        try:
            with deadline:
                server = _connected(settings, patience.silence, deadline)
                refused = _addressed(server, message, sender, receivers)
        except (OSError, smtplib.SMTPException) as error:
            late = TimeoutError(f"it took longer than {patience.in_all:.0f} seconds")
            raise _explained(late if deadline.is_over else error, settings) from error
        yield Transfer(server, settings, patience, refused)
        # It is sent now; a server that does not say goodbye changes nothing about that.
        with contextlib.suppress(OSError, smtplib.SMTPException), _Deadline(patience.silence) as deadline:
            deadline.watch(server)
            if server.sock is not None:
                server.sock.settimeout(patience.silence)
            server.quit()
    finally:
        if server is not None:
            server.close()


class _Deadline:
    """Ends a connection after a time, whatever goes on in it."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._server: smtplib.SMTP | None = None
        self._left = threading.Event()

    def watch(self, server: smtplib.SMTP) -> None:
        """Say which connection it is."""
        self._server = server

    def __enter__(self) -> _Deadline:
        threading.Thread(target=self._wait, name="triage-mail-deadline", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()

    def _wait(self) -> None:
        seconds = self._seconds
        while not self._left.wait(seconds):
            self.is_over = True
            # Again and again: while it connects or encrypts, there is no socket to be shut.
            seconds = 0.5
            if self._server is not None and self._server.sock is not None:
                with contextlib.suppress(OSError):
                    self._server.sock.shutdown(socket.SHUT_RDWR)


class _Plain(smtplib.SMTP):
    """Watched from before the greeting, which may never end."""

    def __init__(self, host: str, port: int, silence: float, deadline: _Deadline) -> None:
        deadline.watch(self)
        super().__init__(host, port, timeout=silence)


class _Tls(smtplib.SMTP_SSL):
    """The same, encrypted from the start."""

    def __init__(
        self, host: str, port: int, silence: float, deadline: _Deadline, context: ssl.SSLContext
    ) -> None:
        deadline.watch(self)
        super().__init__(host, port, timeout=silence, context=context)


def _connected(settings: MailConfig, silence: float, deadline: _Deadline) -> smtplib.SMTP:
    """Connect, encrypt and log in."""
    context = ssl.create_default_context()
    port = settings.port or _USUAL_PORT[settings.security]
    server: smtplib.SMTP
    try:
        if settings.security == "tls":
            server = _Tls(settings.host, port, silence, deadline, context)
        else:
            server = _Plain(settings.host, port, silence, deadline)
    except UnicodeError as error:
        raise DeliveryError(
            f"{settings.host} is not a name that a mail server can have.", remedy="Check deliver.mail.host."
        ) from error
    try:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.user:
            _log_in(server, settings)
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, settings: MailConfig) -> None:
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("auth"):
        raise DeliveryError(
            f"the mail server {settings.host} does not let anybody log in at this port.",
            remedy="Check deliver.mail.port and security, or empty deliver.mail.user if it needs no login.",
        )
    try:
        server.login(settings.user, settings.password.get_secret_value())
    except UnicodeError as error:
        raise DeliveryError(
            "deliver.mail.user or password has a character beyond ASCII, which can't be sent at a login.",
            remedy="Many providers make passwords for a single program; those are plain.",
        ) from error


def _addressed(
    server: smtplib.SMTP, message: EmailMessage, sender: str, receivers: tuple[str, ...]
) -> dict[str, Refusal]:
    """Send envelope and text; return who was refused, if not all were."""
    server.ehlo_or_helo_if_needed()
    international = not "".join([on_the_wire(one) for one in (sender, *receivers)]).isascii()
    if international and not server.has_extn("smtputf8"):
        raise DeliveryError(
            "the mail server can't send to addresses beyond ASCII (it has no SMTPUTF8).",
            remedy="Use addresses in plain letters in deliver.mail.to and sender, or another server.",
        )
    content = message.as_bytes(policy=SMTP.clone(cte_type="7bit", utf8=international))
    options = [f"size={len(content)}"] if server.has_extn("size") else []
    options += ["SMTPUTF8", "BODY=8BITMIME"] if international else []
    code, said = server.mail(on_the_wire(sender), options)
    if not 200 <= code < 300:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    refused: dict[str, Refusal] = {}
    for receiver in receivers:
        code, said = server.rcpt(on_the_wire(receiver))
        if code == 421:
            # It hangs up with that.
            raise smtplib.SMTPResponseException(code, said)
        if not 200 <= code < 300:
            refused[receiver] = Refusal(code, _decoded(said))
    if len(refused) == len(receivers):
        raise smtplib.SMTPRecipientsRefused(
            {receiver: (one.code, one.said.encode()) for receiver, one in refused.items()}
        )
    code, said = server.docmd("DATA")
    if code != 354:
        raise smtplib.SMTPDataError(code, said)
    # A dot that begins a line would end the message.
    server.send(re.sub(rb"(?m)^\.", b"..", content))
    return refused


def on_the_wire(address: str) -> str:
    """Return an address with its domain in ASCII, as every server takes it."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        return address
    with contextlib.suppress(UnicodeError):
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    return address


def _explained(error: Exception, settings: MailConfig) -> DeliveryError:
    """Return what a failure before or instead of the handing over means to the reader."""
    match error:
        case ssl.SSLCertVerificationError():
            what = "has a certificate that can't be trusted"
            remedy = "Check deliver.mail.host; a private authority can be named in SSL_CERT_FILE."
        case smtplib.SMTPAuthenticationError():
            what = "refused the user or password"
            remedy = (
                "Check deliver.mail.user and TRIAGE_DELIVER__MAIL__PASSWORD; "
                "many providers want a password made for this program."
            )
        case smtplib.SMTPNotSupportedError():
            what = "can't do what is needed"
            remedy = "Nothing was sent in the open. Set deliver.mail.security: tls if the server has TLS."
        case smtplib.SMTPRecipientsRefused():
            what, remedy = "refused every receiver", ""
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPConnectError():
            what = "did not take it"
            remedy = (
                "If it happens every time, check deliver.mail.port and security: "
                "465 is for tls, 587 for starttls."
            )
        case smtplib.SMTPException():
            what, remedy = "did not take it", ""
        case _:
            what, remedy = "can't be reached", "Check deliver.mail.host, port and security."
    said = _redacted(error, settings)
    return DeliveryError(f"the mail server {settings.host} {what}: {said}", remedy=remedy)


def _redacted(error: Exception, settings: MailConfig) -> str:
    return redact(_said(error), _secrets(settings))


def _secrets(settings: MailConfig) -> list[str]:
    return [settings.password.get_secret_value()]


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
