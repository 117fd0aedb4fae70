"""What goes over the wire of a message: nobody's words become headers, and no staging site mails real people."""

import email
import email.policy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.mail_models import Message
from snippets.messages import Kind, Letter, State, write
from snippets.models import now
from snippets.settings import Settings
from workers.envelope import envelope

from post_office import PostOffice, with_mail

SETTINGS = Settings(smtp_url="smtp://127.0.0.1", mail_from="site@example.org", site_url="https://paste.org")
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
MIME = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
NASTY = st.text() | st.from_regex(r"\A[\w ]*(\r\n|\n|\r|\x0b|\u2028)(Bcc: all@example\.org|\.)(\r\n)*[\w ]*\Z")


class Book:
    """A session that keeps what is added."""

    def add(self, row: Message) -> None:
        self.row = row

    def flush(self) -> None:
        self.row.id, self.row.created_at = 7, now()


def written(subject: str = "It", body: str = "Text.\n", kind: Kind = Kind.SHARE, to: str = "a@example.org") -> Message:
    return write(Book(), kind, to, Letter(subject, body))  # type: ignore[arg-type]


@pytest.mark.drill
@given(NASTY, NASTY, NASTY)
def test_no_subject_body_or_name_of_the_site_adds_a_header_or_a_recipient(subject: str, body: str, name: str):
    to, content = envelope(written(subject, body), replace(SETTINGS, site_name=name))

    message = email.message_from_bytes(content, policy=email.policy.default)
    assert to == "a@example.org"
    assert message.keys() == HEADERS + MIME
    assert [each.addr_spec for each in message["To"].addresses] == ["a@example.org"]
    assert [each.addr_spec for each in message["From"].addresses] == ["site@example.org"]
    assert content.isascii()
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_text_of_any_script_arrives_as_it_was_written():
    body = "Grüße, 世界 👩‍💻\n" + "x" * 2000 + "\n.\n"

    message = email.message_from_bytes(envelope(written("Grüße, 世界", body), SETTINGS)[1], policy=email.policy.default)

    assert message["Subject"] == "Grüße, 世界"
    assert message.get_content().replace("\r\n", "\n") == body.replace("‍", "")  # joiners are no signs that are printed


@pytest.mark.parametrize("kind", Kind)
def test_a_site_that_redirects_its_mail_sends_every_kind_to_that_address_alone(
    kind: Kind, settings: Settings, sessions, redis, work, office: PostOffice, monkeypatch
):
    from snippets.queue import enqueue_message
    from workers import jobs

    monkeypatch.setattr(jobs, "settings", with_mail(settings, office, mail_redirect_to="staging@example.org"))
    with sessions.begin() as session:
        message_id = write(session, kind, "real@example.org", Letter("It", "Text.\n")).id
    enqueue_message(redis, message_id)

    work("mail")

    [message] = office.messages
    assert office.recipients == ["staging@example.org"]
    assert message["To"] == "staging@example.org"
    assert message["Subject"] == "[for real@example.org] It"
    with sessions() as session:
        assert session.get_one(Message, message_id).state == State.SENT
