"""A real SMTP server on loopback with switches for what mail servers do to their clients."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Behaviour:
    """What the server does wrong, and what it received."""

    greeting: str = "220 test ready"
    offer_starttls: bool = True
    offers: list[str] = field(default_factory=lambda: ["AUTH PLAIN"])
    """What else it says that it can do."""
    starttls_reply: str = "220 go ahead"
    tls_from_the_start: bool = False
    password: str = "right"
    login_reply: bytes | None = b""
    """Instead of an answer to the login; None to hang up."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Receiver to reply."""
    mail_reply: str = "250 ok"
    data_reply: str = "250 taken"
    seconds_after_data: float = 0.0
    drop_in_data: bool = False
    drop_after_data: bool = False
    """Take the message, and hang up instead of saying so."""
    silent_after: str = ""
    """A command that is never answered; ``.`` for a message that is taken."""
    drip_after: str = ""
    """A command that is answered a byte at a time, without end; ``.`` as well, or ``connect``."""
    commands: list[str] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    """For each message, whether it came over TLS."""
    receivers: list[list[str]] = field(default_factory=list)
    """For each message, who gets it."""


class _Handler(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        behaviour = self.server.behaviour
        self.server.hung_up.clear()
        self.secure = behaviour.tls_from_the_start
        if self.secure and not self._wrap():
            return
        if behaviour.drip_after == "connect":
            self._drip()
            return
        self._say(behaviour.greeting)
        receivers: list[str] = []
        while line := self.rfile.readline(2000):
            command = line.decode("utf-8", "replace").strip()
            verb = command.split(" ")[0].upper()
            behaviour.commands.append(verb + command[len(verb) :])
            if self._holds_back(verb):
                return
            match verb:
                case "EHLO" | "HELO":
                    offers = ["test", *behaviour.offers] + (
                        ["STARTTLS"] if behaviour.offer_starttls and not self.secure else []
                    )
                    self._say("\r\n".join([*(f"250-{offer}" for offer in offers), "250 8BITMIME"]))
                case "STARTTLS":
                    self._say(behaviour.starttls_reply)
                    if behaviour.starttls_reply.startswith("220"):
                        if not self._wrap():
                            return
                        self.secure = True
                case "AUTH" if behaviour.login_reply is None:
                    return
                case "AUTH" if behaviour.login_reply:
                    self.connection.sendall(behaviour.login_reply + b"\r\n")
                case "AUTH":
                    said = base64.b64decode(command.split(" ")[-1]).decode().split("\0")
                    right = said[-1] == behaviour.password
                    self._say("235 welcome" if right else f"535 5.7.8 bad credentials: {said[-1]}")
                case "MAIL":
                    receivers = []
                    self._say(behaviour.mail_reply)
                case "RCPT":
                    receiver = command.partition("<")[2].rstrip(">").partition(">")[0]
                    reply = behaviour.refuse.get(receiver, "250 ok")
                    receivers += [receiver] if reply.startswith("2") else []
                    self._say(reply)
                case "DATA":
                    self._say("354 go on")
                    if not self._take(receivers):
                        return
                case "RSET":
                    self._say("250 ok")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("500 what?")

    def _take(self, receivers: list[str]) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline(2000)) != b".\r\n":
            # Without its end, a message is none.
            if not line or self.server.behaviour.drop_in_data:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        behaviour = self.server.behaviour
        if behaviour.data_reply.startswith("2"):
            message = message_from_bytes(b"".join(lines), policy=default)
            behaviour.messages.append(message)
            behaviour.encrypted.append(self.secure)
            behaviour.receivers.append(receivers)
            if behaviour.drop_after_data or self._holds_back("."):
                return False
        time.sleep(behaviour.seconds_after_data)
        self._say(behaviour.data_reply)
        return True

    def _holds_back(self, verb: str) -> bool:
        behaviour = self.server.behaviour
        if verb == behaviour.silent_after:
            self.server.closing.wait(20)
        elif verb == behaviour.drip_after:
            self._drip()
        else:
            return False
        return True

    def _wrap(self) -> bool:
        assert self.server.context is not None
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            return False
        self.rfile = self.connection.makefile("rb")
        return True

    def _drip(self) -> None:
        try:
            while not self.server.closing.is_set():
                self.connection.sendall(b"2")
                time.sleep(0.02)
        except OSError:
            return

    def _say(self, reply: str) -> None:
        self.connection.sendall(f"{reply}\r\n".encode())

    def finish(self) -> None:
        self.rfile.close()
        self.connection.close()
        self.server.hung_up.set()


class MailServer(socketserver.ThreadingTCPServer):
    """Start it with ``with``; ``port`` is where it listens."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context = context
        self.behaviour = Behaviour()
        self.closing = threading.Event()
        self.hung_up = threading.Event()
        """Whether the last connection has ended."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what the tests are about."""

    def __enter__(self) -> MailServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
