"""A real SMTP server, which takes messages and does to each whatever a test tells it to."""

import asyncio
import email.policy
import ssl
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from snippets.settings import Settings

from servers import free_port

# ruff: noqa: N802 — aiosmtpd calls the hooks by these names

Context = ssl.SSLContext | None
USER, PASSWORD = "site", "a password of the relay's"


def with_mail(settings: Settings, office: "PostOffice", **more: str) -> Settings:
    """Return settings by which a site sends its mail there."""
    given = {"mail_from": "site@example.org", "operator_mail": "operator@example.org", "site_url": "https://paste.org"}
    return replace(settings, smtp_url=f"smtp://127.0.0.1:{office.port}", **{**given, **more})


class PostOffice:
    """Keeps what it has accepted; `answers` says what else than “250 OK” it answers, by MAIL, RCPT and DATA.

    For an answer there may be HANG, for none at all, or CUT, which breaks the connection off.
    """

    HANG, CUT = "hang", "cut"

    def __init__(self, *, tls: Context = None, starttls: Context = None, auth: bool = False) -> None:
        self.answers: dict[str, str] = {}
        self.accepted: list[Envelope] = []  # once the server has them whole, whatever it answered
        self.logins: list[str] = []
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            ssl_context=tls,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=self._login,
            auth_required=auth and starttls is not None,
            auth_require_tls=auth and starttls is not None,  # it takes nothing else for TLS
        )
        self.port = self._controller.port
        self._controller.start()

    @property
    def recipients(self) -> list[str]:
        """To whom messages came over the wire."""
        return [recipient for each in self.accepted for recipient in each.rcpt_tos]

    @property
    def messages(self) -> list[EmailMessage]:
        """What came, as a mail program reads it."""
        return [
            email.message_from_bytes(each.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
            for each in self.accepted
        ]

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return await self._answer(server, "MAIL")

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "RCPT")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.accepted.append(envelope)
        return await self._answer(server, "DATA")

    async def _answer(self, server: SMTP, command: str) -> str:
        answer = self.answers.get(command, "250 OK")
        if answer == self.HANG:
            await asyncio.sleep(3600)
        if answer == self.CUT:
            server.transport.abort()
        return answer

    def _login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, how: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(how)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)
