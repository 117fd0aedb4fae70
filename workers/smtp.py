"""Hand a message to an SMTP server, and know at each moment whether that may have accepted it. See RFC 5321."""

import io
import re
import smtplib
import socket
import ssl
from contextlib import suppress

from snippets.messages import Outcome, State
from snippets.relay import Relay
from workers.call import Meter
from workers.limit import TimeLimit
from workers.names import addresses

DEADLINE = 20.0  # seconds for the whole exchange, to look up the server's name as well
LARGEST = 2**16  # bytes of all that the server says
NO_LOGIN = 530  # that it wants a password or TLS first, which is in the settings: RFC 4954, RFC 3207
_LINE_BEGINS_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)


class Refusal(Exception):
    """The server said no, in `code` and `text`; `final` where that was to this message, and for good."""

    def __init__(self, code: int, text: bytes, *, final: bool) -> None:
        super().__init__(f"the server said {code} {text.decode(errors='replace')}")
        self.final = final


class Delivery:
    """One message on its way to one server, within DEADLINE."""

    def __init__(self, relay: Relay, sender: str, recipient: str, content: bytes) -> None:
        """`content`: a whole message with CRLF line ends."""
        self._relay, self._sender, self._recipient = relay, sender, recipient
        self._content = _LINE_BEGINS_WITH_A_DOT.sub(b"..", content.removesuffix(b"\r\n"))
        self._is_handed_over = False

    def run(self, seconds: float = DEADLINE) -> Outcome:
        """Deliver it; never raises for the server's or the network's sake.

        Until the mark of the message's end is sent, no server may have accepted it (RFC 5321, 4.1.1.4), so that it can
        be tried again; from then on only an answer tells.
        """
        with TimeLimit(seconds) as limit:
            try:
                self._exchange(_Client(self._relay, self._sender, limit))
            except Refusal as refusal:
                return Outcome(State.FAILED if refusal.final else State.WAITING, str(refusal))
            except (smtplib.SMTPException, OSError, UnicodeError) as error:  # the last: a name that no host can have
                why = f"not done within {seconds:g} s" if not limit.left() else f"{type(error).__name__}: {error}"
                return Outcome(State.UNCERTAIN if self._is_handed_over else State.WAITING, why)
        return Outcome(State.SENT)

    def _exchange(self, client: "_Client") -> None:
        try:
            client.begin()
            _expect(client.mail(self._sender), 250)
            _expect(client.rcpt(self._recipient), 250, 251)
            _expect(client.docmd("DATA"), 354)
            client.send(self._content)
            self._is_handed_over = True
            client.send(b"\r\n.\r\n")
            code, text = client.getreply()
            if not (200 <= code < 300 or 400 <= code < 600):
                raise smtplib.SMTPServerDisconnected("no answer that SMTP knows")
            _expect((code, text), *range(200, 300))
            with suppress(smtplib.SMTPException, OSError):
                client.putcmd("QUIT")  # its answer would tell nothing more
        finally:
            client.close()


def refusal(relay: Relay, sender: str, seconds: float = DEADLINE) -> str | None:
    """Return why the server would take no message from `sender`; None: it would. Nothing is sent."""
    with TimeLimit(seconds) as limit:
        client = _Client(relay, sender, limit)
        try:
            client.begin()
            _expect(client.mail(sender), 250)
        except (Refusal, smtplib.SMTPException, OSError, UnicodeError) as error:
            return f"{error}" if limit.left() else f"not done within {seconds:g} s"
        finally:
            client.close()
    return None


class _Client(smtplib.SMTP):
    """The standard library's, which looks up names, connects, and reads within a limit."""

    def __init__(self, relay: Relay, sender: str, limit: TimeLimit) -> None:
        super().__init__(local_hostname=sender.rpartition("@")[2])  # else it asks name servers for ours
        self._relay, self._limit = relay, limit
        self._host = relay.host  # what STARTTLS compares the certificate with
        self._read = 0

    def begin(self) -> None:
        """Connect, encrypt the line, and say who we are. Raises Refusal, SMTPException, OSError or UnicodeError."""
        _expect(self.connect(self._relay.host, self._relay.port), 220, final=False)
        try:
            self.ehlo_or_helo_if_needed()
            if self._relay.scheme == "smtp+starttls" and self.sock:
                self.sock.settimeout(self._limit.left())
                _expect(self.starttls(context=ssl.create_default_context()), 220, final=False)
                self._limit.hold(self.sock)
            if self._relay.user and self._relay.password:
                self.login(self._relay.user, self._relay.password)
        except smtplib.SMTPResponseException as error:  # the same as a Refusal, in smtplib's words
            text = error.smtp_error
            raise Refusal(error.smtp_code, text if isinstance(text, bytes) else text.encode(), final=False) from error

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer; the first read of a line makes the file that counts its bytes."""
        if self.file is None and self.sock:
            self.file = io.BufferedReader(Meter(self.sock.makefile("rb", buffering=0), self._count))
        return super().getreply()

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        """Connect to the first address that lets us; smtplib calls this, and its own SMTP_SSL has one as well."""
        failure: OSError = TimeoutError("no connection in time")
        for address in addresses(host, port, self._limit.left()):
            try:
                sock = socket.create_connection((address, port), timeout=self._limit.left() or 0.001)
            except OSError as error:
                failure = error
                continue
            if self._relay.scheme == "smtps":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            self._limit.hold(sock)
            return sock
        raise failure

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > LARGEST:
            raise OSError("the server says too much")


def _expect(reply: tuple[int, bytes], *codes: int, final: bool = True) -> None:
    code, text = reply
    if code not in codes:
        raise Refusal(code, text, final=final and 500 <= code < 600 and code != NO_LOGIN)
