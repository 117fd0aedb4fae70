"""“Mail” in a snippet's menu: to whom it is offered, what is sent, and how often."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from app import create_app
from snippets.audit import By
from snippets.blocking import NETWORK, Target, block
from snippets.mail_models import Message
from snippets.settings import Settings

from post_office import PostOffice, with_mail

CODE = "x = 1  # the code\n"
TO = "reader@example.org"


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return with_mail(settings, office, mail_sharing="5/day", dashboard_password="correct horse battery")


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def messages(sessions):
    def messages() -> list[Message]:
        with sessions() as session:
            return list(session.scalars(select(Message)))

    return messages


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": CODE, **fields}).location


def mail(client: FlaskClient, page: str, address: str = TO, note: str = "", client_ip: str = "192.0.2.1", **more: str):
    data = {"address": address, "note": note, **more}
    return client.post(f"{page}/mail", data=data, environ_overrides={"REMOTE_ADDR": client_ip})


def test_a_visitor_has_the_title_and_the_address_sent_with_a_note(client, visitor, work, office: PostOffice):
    page = share(client, title="Sums")
    assert f'href="{page}/mail"' in visitor.get(page, headers={"Accept": "text/html"}).text

    answer = mail(visitor, page, note="Look at line 1.\nAnn")
    assert "on its way" in visitor.get(answer.location).text
    work("mail")

    [message] = office.messages
    text = message.get_content()
    assert (office.recipients, message["Subject"]) == ([TO], "Sums – a snippet on Snippets")
    assert f"> Sums\nhttps://paste.org{page}\n" in text
    assert "> Look at line 1.\n> Ann\n" in text
    assert CODE.strip() not in text


def test_a_note_is_not_needed(client, work, office: PostOffice):
    mail(client, share(client))
    work("mail")

    assert "words" not in office.messages[0].get_content()
    assert "> Untitled\n" in office.messages[0].get_content()


@pytest.mark.parametrize("fields", [{"visibility": "private"}, {"password": "a secret"}, {"burn": "on"}])
def test_what_not_everybody_with_the_address_can_read_is_sent_to_nobody(client, visitor, messages, fields):
    page = share(client, **fields)

    for browser in (client, visitor):  # its owner, and somebody else
        answers = [browser.get(f"{page}/mail"), mail(browser, page)]
        assert {answer.status_code for answer in answers} <= {403, 404}
    assert "/mail" not in client.get(page, headers={"Accept": "text/html"}).text
    assert messages() == []


@pytest.mark.parametrize("path", ["deleted", "taken-down"])
def test_what_is_gone_is_sent_to_nobody(client, messages, path: str):
    page = share(client)
    if path == "deleted":
        client.post(f"{page}/delete")
    else:
        client.post(f"/ops/snippets{page}/take-down", auth=("admin", "correct horse battery"))

    assert mail(client, page).status_code == 410
    assert messages() == []


@pytest.mark.parametrize("configured", [{"mail_sharing": None}, {"mail_sharing": None, "smtp_url": None}])
def test_a_site_that_does_not_offer_it_has_no_such_page(settings: Settings, configured):
    client = create_app(replace(settings, **configured)).test_client()
    page = share(client)

    assert client.get(f"{page}/mail").status_code == 404
    assert mail(client, page).status_code == 404
    assert "/mail" not in client.get(page, headers={"Accept": "text/html"}).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"address": ""}, "it must be one alone"),
        ({"address": f"{TO}, other@example.org"}, "it must be one alone"),
        ({"address": f"{TO}\r\nBcc: other@example.org"}, "it must be one alone"),
        ({"note": "n" * 501}, "501 characters; at most 500"),
        ({"note": "see https://evil.example"}, "holds a link"),
        ({"note": "see WWW.evil.example"}, "holds a link"),
        ({"note": "see evil.example/x"}, "holds a link"),
        ({"note": "see Sub.evil.example:8080/"}, "holds a link"),
        ({"note": "see evil.example?x"}, "holds a link"),
        ({"note": "see ...evil.example/x"}, "holds a link"),
        ({"note": "see //evil.example/x"}, "holds a link"),
        ({"note": "see ~evil.example/x"}, "holds a link"),
        ({"note": "see evil.xn--p1ai/x"}, "holds a link"),
        ({"note": "see ftp://evil"}, "holds a link"),
    ],
)
def test_what_cannot_be_sent_is_shown_again_with_the_reason(client, messages, fields, sentence: str):
    answer = mail(client, share(client), **{"address": TO, "note": "typed", **fields})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields.get("note", "typed") in answer.text
    assert fields.get("address", TO).split("\r")[0] in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert messages() == []


@pytest.mark.parametrize(
    "note",
    [
        "Look at tests/conftest.py, line 7.",
        "see /etc/nginx/conf.d/site, e.g. a.py",
        "done.Now it works",
        "What of main.py? Or (README.md?)",
    ],
)
def test_a_note_names_files_and_need_not_be_well_spaced(client, messages, note: str):
    assert mail(client, share(client), note=note).status_code == 303

    assert len(messages()) == 1


def test_a_title_that_is_a_link_is_not_sent(client, work, office: PostOffice):
    mail(client, share(client, title="Win at https://evil.example"))
    work("mail")

    [message] = office.messages
    assert "evil" not in f"{message['Subject']}{message.get_content()}"


def test_a_link_that_only_what_is_not_printed_parts_is_one(client, messages, work, office: PostOffice):
    refused = mail(client, share(client), note="see http:\u200b//evil.example")
    assert (refused.status_code, messages()) == (422, [])

    mail(client, share(client, title="Win at https:\u2060//evil.example"))
    work("mail")

    [message] = office.messages
    assert "evil" not in f"{message['Subject']}{message.get_content()}"


def test_from_a_blocked_network_nothing_is_sent(app: Flask, client, messages, sessions):
    page = share(client)
    with sessions.begin() as session:
        block(session, Target(NETWORK, "192.0.2.0/24"), None, By("admin"))
    app.extensions["snippets"].blocked.forget()

    answer = mail(client, page, note="typed")

    assert (answer.status_code, messages()) == (403, [])
    assert "192.0.2.0/24, is blocked" in answer.text
    assert "typed" in answer.text
    assert mail(client, page, client_ip="198.51.100.1").status_code == 303


def test_a_form_that_a_program_filled_in_sends_nothing(client, messages):
    assert mail(client, share(client), website="https://spam.example").status_code == 303
    assert messages() == []


def test_one_visitor_may_send_only_so_many(app, settings, redis: Redis, office: PostOffice):
    client = create_app(replace(settings, mail_sharing="100/day")).test_client()
    page = share(client)

    answers = [mail(client, page, f"reader{number}@example.org", "typed") for number in range(11)]

    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert re.search("10 messages in a day from your address: wait (1 day|23 hours) and", answers[-1].text)
    assert "typed" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 80_000
    assert mail(client, page, "another@example.org", client_ip="192.0.2.2").status_code == 303


def test_one_address_gets_only_so_many_whoever_sends_them(client, redis: Redis):
    page = share(client)

    who = enumerate([TO, "reader+spam@example.org", TO.upper(), TO])
    answers = [mail(client, page, address, client_ip=f"192.0.2.{number}") for number, address in who]

    assert [answer.status_code for answer in answers] == [303] * 3 + [429]
    assert "That address has got 3 messages in a day" in answers[-1].text
    assert TO.encode() not in b"".join(redis.keys())


def test_all_visitors_together_may_send_only_so_many(client, messages):
    page = share(client)

    answers = [mail(client, page, f"r{n}@example.org", client_ip=f"192.0.2.{n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert len(messages()) == 5


def test_the_limits_hold_while_redis_is_away(settings: Settings):
    client = create_app(replace(settings, redis_url="redis://127.0.0.1:1", redis_timeout=0.1)).test_client()
    page = share(client)

    answers = [mail(client, page, f"r{n}@example.org", client_ip=f"192.0.2.{n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]


def test_another_site_sends_nothing(client, messages):
    page = share(client)

    answer = client.post(f"{page}/mail", data={"address": TO}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert messages() == []


def test_no_page_waits_for_a_mail_server_that_hangs(client, messages, office: PostOffice):
    office.answers["MAIL"] = PostOffice.HANG

    assert mail(client, share(client)).status_code == 303
    assert len(messages()) == 1
