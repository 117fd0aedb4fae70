"""“Wrong language?”: anyone views a file in another language, which changes nothing, and its owner stores one."""

import re
import threading
import zlib
from dataclasses import replace

import pytest
from conftest import Work
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from redis import Redis
from rq import Queue, Worker
from rq.job import validate_job_id
from sqlalchemy import select, update
from test_slow_files import POISON

import workers.jobs
from snippets import correcting, poison
from snippets.lanes import VIEW, VIEW_NOW
from snippets.languages import LANGUAGES
from snippets.models import File, ListingLabel, Snippet
from snippets.settings import Settings
from workers.giving_up import give_up_on

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where the rows play no part
CODE = "fn main() {}\n"


def share(client: FlaskClient, work: Work, code: str = CODE, **fields: str) -> str:
    page = client.post("/", data={"code": code, "language": "python", **fields}).location
    work()
    return page


def view(client: FlaskClient, page: str, language: str = "rust", number: int = 1):
    return client.post(f"{page}/files/{number}/as", data={"language": language})


def store(client: FlaskClient, page: str, language: str = "Rust", **fields: str):
    return client.post(f"{page}/files/1/language", data={"language": language, **fields})


def rows(sessions) -> list[dict[str, object]]:
    with sessions() as session:
        return [
            {column.key: getattr(row, column.key) for column in type(row).__table__.columns}
            for kind in (Snippet, File)
            for row in session.scalars(select(kind))
        ]


@SQLITE
def test_anyone_views_a_file_in_another_language_and_nothing_of_that_is_stored(app: Flask, client, work, sessions):
    page, stranger = share(client, work, visibility="public"), app.test_client()
    assert "X-Robots-Tag" not in stranger.get(page).headers
    before, own = rows(sessions), stranger.get(page).text

    answer = view(stranger, page)
    assert (answer.status_code, answer.location) == (303, f"{page}?as1=rust#file-1")
    waiting = stranger.get(f"{page}?as1=rust").text
    assert "viewed as Rust: queued (1st)" in waiting
    assert f'data-poll="{page}/files/1?as=rust"' in waiting
    assert "reload for colours" in waiting
    assert stranger.get(f"{page}/files/1?as=rust").status_code == 202

    work()
    seen = stranger.get(f"{page}?as1=rust")
    assert '<span class="k">fn</span>' in seen.text
    assert "viewed as Rust: highlighted by Pygments in" in seen.text
    assert "data-poll" not in seen.text
    assert seen.headers["X-Robots-Tag"] == "noindex"
    assert stranger.get(f"{page}/files/1?as=rust").status_code == 200
    assert rows(sessions) == before
    assert stranger.get(page).text == own


@SQLITE
def test_once_it_is_not_kept_any_more_the_page_shows_the_file_as_it_is(client, redis: Redis, work):
    page = share(client, work)
    view(client, page)
    work()
    [kept] = redis.keys("snippets:view:*")
    assert 590 < redis.ttl(kept) <= 600
    assert "main" not in zlib.decompress(redis.get(kept)).decode(), "nothing of the text"

    redis.flushall()

    assert client.get(f"{page}?as1=rust").text == client.get(page).text == client.get(f"{page}?as1=nonesuch").text
    status = client.get(f"{page}/files/1?as=rust", headers={"Accept": "application/json"})
    assert status.json["sentence"].startswith("highlighted by")


@SQLITE
def test_who_views_waits_on_bulk_where_that_is_served_and_asks_once(client, redis: Redis, work):
    page = share(client, work)
    Worker([Queue("bulk", connection=redis)], connection=redis).register_birth()

    view(client, page, "css+django")
    view(client, page, "css+django")

    [job] = Queue("bulk", connection=redis).jobs
    assert job.description == "view file 1 as css+django"
    assert Queue("snippets", connection=redis).count == 0
    work("bulk")
    assert "viewed as CSS+Django/Jinja: highlighted" in client.get(f"{page}?as1=css%2Bdjango").text
    view(client, page, "css+django")
    assert Queue("bulk", connection=redis).count == 0


def test_every_language_has_a_job_of_its_own():
    ids = {lane.job_id((1, alias)) for lane in (VIEW, VIEW_NOW) for alias in LANGUAGES}

    assert len(ids) == 2 * len(LANGUAGES)
    for each in ids:
        validate_job_id(each)


@SQLITE
def test_only_pygments_is_asked_whatever_highlighter_there_is(client, work, settings: Settings, monkeypatch):
    page = share(client, work, visibility="private")
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, highlighter_url="http://127.0.0.1:1"))

    view(client, page)
    work()

    assert re.search(r"viewed as Rust: highlighted by Pygments in \d+ ms<", client.get(f"{page}?as1=rust").text)


@SQLITE
def test_poison_is_remembered_and_known_poison_not_tried(client, redis, work, settings: Settings, monkeypatch):
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, pygments_deadline=0.2))
    code = f"x{POISON}x"
    page = share(client, work, code, language="text")

    view(client, page, "c")
    work()
    assert "viewed as C: plain text: Pygments took too long" in client.get(f"{page}?as1=c").text
    assert poison.is_known(redis, "c", code)

    redis.delete(*redis.keys("snippets:view:*"), *redis.keys("rq:job:view*"))
    view(client, page, "c")
    work()
    assert "viewed as C: plain text: this text took too long a short while ago" in client.get(f"{page}?as1=c").text


@SQLITE
def test_a_text_that_takes_down_the_worker_in_another_language_is_poison_in_that(client, redis, work):
    page = share(client, work)
    view(client, page)

    give_up_on(Queue("snippets", connection=redis).jobs[0], deadly=True)

    assert poison.is_known(redis, "rust", CODE)
    assert not poison.is_known(redis, "python", CODE)


@SQLITE
@pytest.mark.parametrize("path", ["as", "language"])
def test_a_language_that_is_not_known_is_refused_with_one_that_is_near(client, work, sessions, path: str):
    page = share(client, work)
    before = rows(sessions)

    answer = client.post(f"{page}/files/1/{path}", data={"language": "<rustt"})

    assert answer.status_code == 422
    assert "“&lt;rustt” is not a language known here: did you mean Rust" in answer.text
    assert 'value="&lt;rustt"' in answer.text
    assert "such as Python" in client.post(f"{page}/files/1/{path}", data={"language": " "}).text
    assert client.post(f"{page}/files/2/{path}", data={"language": "rust"}).status_code == 404
    assert rows(sessions) == before


@SQLITE
def test_no_more_than_twenty_a_minute_are_viewed_from_one_address(client, redis, work):
    page = share(client, work)

    answers = [view(client, page) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


@SQLITE
def test_with_redis_away_it_says_so(app: Flask, client, work, away: Redis):
    page = share(client, work)
    app.extensions["snippets"] = replace(app.extensions["snippets"], redis=away)

    answer = view(client, page)

    assert (answer.status_code, "queue is out of reach" in answer.text) == (503, True)
    assert client.get(f"{page}?as1=rust").status_code == 200
    assert store(client, page).status_code == 303


@SQLITE
@pytest.mark.parametrize(
    ("terms", "status"),
    [({"visibility": "private"}, 404), ({"password": "correct horse"}, 403), ({"burn": "on"}, 403)],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_what_may_not_be_read_may_not_be_viewed_in_another_language(
    app: Flask, client, redis, work, terms: dict[str, str], status: int
):
    page, stranger = share(client, work, **terms), app.test_client()
    if "burn" not in terms:
        view(client, page)
        work()
        assert "viewed as Rust" in client.get(f"{page}?as1=rust").text

    assert view(stranger, page).status_code == status
    assert Queue("snippets", connection=redis).count == 0
    for path in (f"{page}?as1=rust", f"{page}/files/1?as=rust"):
        assert 'id="L1"' not in stranger.get(path).text


def test_the_owner_stores_another_language_and_the_file_is_highlighted_anew(client, work, sessions, redis):
    page = share(client, work, visibility="public")
    assert ">Store<" in client.get(page).text

    answer = store(client, page, revision="1")

    assert (answer.status_code, answer.location) == (303, f"{page}#file-1")
    with sessions() as session:
        file = session.scalars(select(File)).one()
        labels = session.scalars(select(ListingLabel.label)).all()
    assert (file.language, file.html, file.engine, file.took_ms, file.highlighted_at) == (
        "rust",
        None,
        None,
        None,
        None,
    )
    assert labels == ["language:rust"]
    work()
    assert '<span class="k">fn</span>' in client.get(page).text
    assert '<span class="k">fn</span>' in client.get("/recent").text


@SQLITE
def test_the_same_language_changes_nothing(client, work, sessions):
    page = share(client, work)
    before = rows(sessions)

    assert (store(client, page, "PYTHON").location, view(client, page, "py").location) == (f"{page}#file-1",) * 2

    assert rows(sessions) == before


@SQLITE
def test_nobody_else_stores_a_language(app: Flask, client, work, sessions):
    page, stranger = share(client, work), app.test_client()
    before = rows(sessions)
    share(stranger, work, "another")

    assert ">Store<" not in stranger.get(page).text
    assert store(stranger, page).status_code == store(app.test_client(), page).status_code == 403

    assert rows(sessions)[0] == before[0]


def test_a_language_is_stored_in_the_revision_that_its_owner_saw_or_not_at_all(client, work, sessions):
    page = share(client, work)
    client.post(f"{page}/edit", data={"code": "new\n", "language": "python", "revision": "1"})

    answer = store(client, page, revision="1")

    assert answer.status_code == 409
    assert "edited meanwhile" in answer.text
    assert 'name="revision" value="2"' in answer.text
    with sessions() as session:
        assert session.scalars(select(File.language)).all() == ["python", "python"]


def test_an_edit_at_once_waits_for_the_language_or_overtakes_it(app: Flask, client, work, sessions, monkeypatch):
    page = share(client, work)
    editor, listed = app.test_client(), correcting.keep_listing
    editor.set_cookie("owner", client.get_cookie("owner").value)
    edit = threading.Thread(target=lambda: editor.post(f"{page}/edit", data={"code": "new\n", "revision": "1"}))

    def meanwhile(*args) -> None:
        edit.start()
        edit.join(0.3)
        assert edit.is_alive(), "the edit did not wait for the snippet's row"
        listed(*args)

    monkeypatch.setattr(correcting, "keep_listing", meanwhile)
    assert store(client, page, revision="1").status_code == 303
    edit.join()

    with sessions() as session:
        kept = session.execute(select(File.revision, File.language).order_by(File.revision)).all()
    assert [tuple(row) for row in kept] == [(1, "rust"), (2, "text")]


@SQLITE
def test_a_job_that_was_given_up_does_not_keep_a_stored_language_from_its_colours(client, work, sessions, monkeypatch):
    page = client.post("/", data={"code": CODE, "language": "python"}).location
    with sessions.begin() as session:
        session.execute(update(File).values(html="", engine="plain", note="gave-up"))
    job = Queue("snippets", connection=client.application.extensions["snippets"].redis)
    failed = job.jobs[0]
    job.empty()
    failed.set_status("failed")
    failed.save()
    job.failed_job_registry.add(failed)

    store(client, page)

    assert job.failed_job_registry.count == 0
    work()
    assert '<span class="k">fn</span>' in client.get(page).text


@pytest.mark.browser
@SQLITE
def test_a_reader_chooses_from_the_list_and_sees_the_colours_land(client, browser: Browser, url: str, work):
    page_of = share(client, work)
    complaints: list[str] = []
    with browser.new_context(base_url=url) as context:
        page = context.new_page()
        page.on("console", lambda each: complaints.append(each.text) if each.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(page_of)
        assert page.locator("#languages option").count() == 0

        page.get_by_text("Wrong language?").click()
        expect(page.get_by_label("Language", exact=True)).to_be_focused()
        expect(page.locator("#languages option")).to_have_count(len(LANGUAGES))
        page.keyboard.type("Rust")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"\?as1=rust#file-1$"))
        expect(page.locator(".chip")).to_contain_text("viewed as Rust: queued")
        work()

        expect(page.locator("code .k").first).to_have_text("fn")
        expect(page.locator(".chip")).to_contain_text("viewed as Rust: highlighted by Pygments")
    assert complaints == []


@pytest.mark.browser
@SQLITE
def test_without_javascript_an_owner_corrects_what_he_typed_and_stores_it(browser: Browser, url: str, work):
    with browser.new_context(base_url=url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Code").fill(CODE)
        page.locator("#share").click()
        work()
        page.get_by_text("Wrong language?").click()
        page.get_by_label("Language", exact=True).fill("rustt")
        page.get_by_role("button", name="View as").click()

        field = page.get_by_label("Language", exact=True)
        expect(field).to_have_value("rustt")
        expect(field).to_have_accessible_description(re.compile("did you mean Rust"))
        field.fill("rust")
        page.get_by_role("button", name="View as").click()
        work()
        page.get_by_role("link", name="reload for colours").click()
        expect(page.locator("code .k").first).to_have_text("fn")

        page.get_by_text("Wrong language?").click()
        page.get_by_label("Language", exact=True).fill("rust")
        page.get_by_role("button", name="Store").click()
        expect(page.get_by_role("link", name="reload for colours")).to_be_visible()
        work()
        page.reload()
        expect(page.locator(".facts").first).to_contain_text("Rust")
