"""Pages that web processes keep: two of them, over real sockets, and never a word that is no longer true."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from redis import Redis

from snippets.announcements import CHANNEL, announce
from snippets.database import Sessions, connect
from snippets.listening import EVERY, LEASE
from snippets.models import File, Snippet, hash_secret, now
from snippets.page_cache import PageCache
from snippets.page_keys import Key
from snippets.redis_client import connect as connect_redis

from processes import HTML, environment, migrate, serving, wait_until
from servers import Valkey

pytestmark = pytest.mark.drill
SECRET = "a-secret-of-the-owner"
OWNER = {"Authorization": f"Bearer {SECRET}"}
OPERATOR = ("admin", "a password for the tests")
CODE = "x = 1\n" * 200
HOST = "h.example"


class Servers:
    """Two web processes, as on two machines, that share a database and a Redis."""

    def __init__(self, urls: list[str], sessions: Sessions, valkey: Valkey) -> None:
        self.one, self.other = urls
        self.sessions, self.valkey = sessions, valkey

    def shared(self, **terms) -> str:
        """Save a snippet that has its colours, and return its path."""
        with self.sessions.begin() as session:
            file = File(position=1, name="a.py", language="python", code=CODE, html="<b>kept?</b>", engine="pygments")
            file.took_ms, file.highlighted_at = 1, now()
            snippet = Snippet(owner_hash=hash_secret(SECRET), files=[file], **terms)
            session.add(snippet)
            session.flush()
            return f"/{snippet.id}"

    def kept(self, path: str, **headers: str) -> None:
        """Ask until both have kept an answer."""
        for url in (self.one, self.other):
            wait_until(lambda url=url: is_kept(get(url + path, headers)))

    def both(self, path: str) -> list[int]:
        return [get(url + path).status_code for url in (self.one, self.other)]


def get(url: str, headers: dict[str, str] | None = None) -> requests.Response:
    """Ask as a browser does."""
    return requests.get(url, headers=HTML | (headers or {}), timeout=5)


def said(url: str, head: str) -> str:
    """Send the head of a request as it stands, and return the whole answer."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode("latin-1"))
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def is_kept(answer: requests.Response) -> bool:
    """Whether it was kept: what the app makes has the request's own id."""
    return answer.ok and "X-Request-ID" not in answer.headers


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp("page-cache")
    valkey = Valkey(folder)
    database = f"sqlite:///{folder}/snippets.db"
    migrate(database)
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=database,
        REDIS_URL=valkey.url,
        SECRET_KEY="a key for the tests alone",
        DASHBOARD_PASSWORD=OPERATOR[1],
        CREATE_LIMIT="off",
        MISS_LIMIT="off",
    )
    with ExitStack() as stack:
        urls = [stack.enter_context(serving("app:serve", folder / f"{number}.log", env)) for number in range(2)]
        yield Servers(urls, connect(database), valkey)
    valkey.stop()


@pytest.mark.parametrize("suffix", ["", "/raw", "/raw/1"])
def test_what_is_the_same_for_all_is_kept_and_is_the_same(servers: Servers, suffix: str):
    path = servers.shared() + suffix
    made = get(servers.one + path)

    servers.kept(path)

    kept = get(servers.one + path)
    assert is_kept(kept)
    assert kept.content == made.content
    same = {"Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"}
    assert {name: kept.headers[name] for name in same} == {name: made.headers[name] for name in same}


@pytest.mark.parametrize("change", ["delete", "edit", "private", "password", "burn", "take down", "language"])
def test_a_change_by_one_process_is_true_of_the_next_answer_of_every_other(servers: Servers, change: str):
    path = servers.shared()
    for each in (path, f"{path}/raw"):
        servers.kept(each)
    api = f"{servers.one}/api/v1/snippets{path}"

    if change == "take down":
        requests.post(f"{servers.one}/ops/snippets{path}/take-down", auth=OPERATOR, timeout=5).raise_for_status()
    elif change == "delete":
        requests.delete(api, headers=OWNER, timeout=5).raise_for_status()
    elif change == "language":
        requests.post(
            f"{servers.one}{path}/files/1/language", data={"language": "rust"}, headers=OWNER, timeout=5
        ).raise_for_status()
    else:
        changes = {
            "edit": {"files": [{"code": "edited"}]},
            "private": {"visibility": "private"},
            "password": {"password": "open sesame"},
            "burn": {"burn": True},
        }
        requests.patch(api, json=changes[change], headers=OWNER, timeout=5).raise_for_status()

    for url in (servers.one, servers.other):
        page, raw = (get(f"{url}{path}{suffix}") for suffix in ("", "/raw"))
        assert not is_kept(page)
        assert not is_kept(raw)
        assert "kept?" not in page.text
    assert servers.both(f"{path}/raw") == [{"delete": 410, "take down": 410, "edit": 200, "language": 200,
                                            "private": 404, "password": 403, "burn": 403}[change]] * 2  # fmt: skip


@pytest.mark.parametrize("encoded", ["%{:02X}", "%25{:02X}"])
def test_a_page_is_dropped_however_its_address_was_written(servers: Servers, encoded: str):
    path = servers.shared()
    other = f"/{encoded.format(ord(path[1]))}{path[2:]}"
    for _ in range(20):
        requests.get(servers.one + other, headers=HTML, timeout=5)
        time.sleep(0.05)

    requests.delete(f"{servers.other}/api/v1/snippets{path}", headers=OWNER, timeout=5)

    assert get(servers.one + other).status_code in (404, 410)


def test_what_a_slow_request_read_before_a_change_is_not_kept_after_it(servers: Servers):
    path = servers.shared()
    cache = PageCache(servers.valkey.url, 2**20)
    key = Key(path, "h", "http", False)
    headers = [("cache-control", "public, s-maxage=10")]
    wait_until(lambda: cache._changes.are_known(time.monotonic()))
    began = time.monotonic()
    announce(connect_redis(servers.valkey.url, 1), path[1:])

    cache.keep(key, began, headers, b"old")
    assert cache._kept == {}
    cache.keep(key, time.monotonic(), headers, b"new")
    assert list(cache._kept) == [key]
    cache._changes.close()


@pytest.fixture
def cache(servers: Servers) -> Iterator[PageCache]:
    """A cache for 20 kB, of which each answer takes one beside its body."""
    cache = PageCache(servers.valkey.url, 20_000)
    wait_until(lambda: cache._changes.are_known(time.monotonic()))
    yield cache
    cache._changes.close()


def keep(cache: PageCache, number: int, body: bytes = b"x" * 5500, **headers: str) -> Key:
    key = Key(f"/{number:011}", "h", "http", False)
    told = {"Cache-Control": "s-maxage=10"} | headers
    cache.keep(key, time.monotonic(), list(told.items()), body)
    return key


def test_a_cache_that_is_full_forgets_what_nobody_asked_for_longest(cache: PageCache):
    keys = [keep(cache, number) for number in range(5)]

    assert list(cache._kept) == keys[2:]


def test_what_is_kept_anew_takes_the_place_of_what_was(cache: PageCache):
    for _ in range(9):
        key = keep(cache, 1)

    assert list(cache._kept) == [key]
    assert 5500 < cache._used < 7500


@pytest.mark.parametrize(
    "headers", [{"Cache-Control": "no-cache"}, {"Set-Cookie": "a=1"}, {"X": "x" * 20_000}, {"ETag": "x" * 20_000}]
)
def test_what_is_ones_own_or_larger_than_all_room_is_not_kept(cache: PageCache, headers: dict[str, str]):
    keep(cache, 1, **headers)

    assert (cache._kept, cache._used) == ({}, 0)


def test_what_is_too_large_to_be_worth_it_is_not_kept(servers: Servers):
    cache = PageCache(servers.valkey.url, 2**24)
    wait_until(lambda: cache._changes.are_known(time.monotonic()))
    keep(cache, 1, b"x" * 2**20)
    keep(cache, 2, b"x" * (2**20 + 1))

    assert [key.path for key in cache._kept] == ["/00000000001"]
    cache._changes.close()


def test_what_names_no_snippet_is_not_kept_for_no_change_would_drop_it(cache: PageCache):
    for path in ("/", "//00000000001", "/recent"):
        cache.keep(Key(path, "h", "http", False), time.monotonic(), [("Cache-Control", "s-maxage=10")], b"x")

    assert cache._kept == {}


def test_what_was_announced_is_heard_however_lately_it_was_looked_for(servers: Servers, cache: PageCache):
    key = keep(cache, 1)
    at = time.monotonic()
    assert cache._changes.are_known(at)
    announce(connect_redis(servers.valkey.url, 1), key.path[1:])
    wait_until(cache._changes._has_come)

    assert cache._changes.are_known(at)

    assert cache._kept == {}


def test_what_was_begun_before_anybody_listened_is_not_kept(servers: Servers):
    cache = PageCache(servers.valkey.url, 20_000)
    key, began = Key("/00000000001", "h", "http", False), time.monotonic()
    announce(connect_redis(servers.valkey.url, 1), key.path[1:])
    wait_until(lambda: cache._changes.are_known(time.monotonic()))

    cache.keep(key, began, [("Cache-Control", "s-maxage=10")], b"from before the change")

    assert cache._kept == {}
    cache._changes.close()


def test_what_changed_is_remembered_no_longer_than_a_page_can_take(cache: PageCache, monkeypatch: pytest.MonkeyPatch):
    for number in range(2000):
        cache.drop(f"{number:011}")
    monkeypatch.setattr("snippets.page_cache.LATELY", 0.0)
    time.sleep(0.001)

    cache.drop("00000000000")

    assert list(cache._heard) == ["00000000000"]


def test_what_is_said_of_the_address_is_not_held_at_any_length(servers: Servers):
    path = servers.shared()
    servers.kept(path, **{"X-Forwarded-Host": "h" * 400})

    for _ in range(3):
        assert not is_kept(get(servers.one + path, {"X-Forwarded-Host": "h" * 4000}))


@pytest.mark.parametrize("form", ["/{}", "//{}", "{}.txt", "/{}/raw"])
def test_no_other_spelling_of_an_address_outlives_its_snippet(servers: Servers, form: str):
    path = servers.shared()
    other = form.format(path)
    for _ in range(10):
        said(servers.one, f"GET {other} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n")
        time.sleep(0.02)

    requests.delete(f"{servers.other}/api/v1/snippets{path}", headers=OWNER, timeout=5).raise_for_status()

    answer = said(servers.one, f"GET {other} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n")
    assert answer.split(" ", 2)[1] in ("404", "410")


def test_a_fork_that_names_its_origin_is_not_kept_for_that_may_go(servers: Servers):
    origin = servers.shared(visibility="public", title="A name to be forgotten")
    fork = servers.shared(parent_id=origin[1:])
    for _ in range(5):
        answer = get(servers.one + fork)
        assert "A name to be forgotten" in answer.text
        assert not is_kept(answer)

    requests.delete(f"{servers.one}/api/v1/snippets{origin}", headers=OWNER, timeout=5).raise_for_status()

    assert "A name to be forgotten" not in get(servers.one + fork).text


def test_an_expired_snippet_is_gone_when_it_expires(servers: Servers):
    path = servers.shared(expires_at=now() + timedelta(seconds=3))
    servers.kept(path)

    wait_until(lambda: servers.both(path) == [410, 410], 5)
    with servers.sessions() as session:
        assert session.get(Snippet, path[1:]).expires_at < now()


@pytest.mark.parametrize("terms", [{"burn": True}, {"visibility": "private"}, {"password_hash": "$argon2id$x"}])
def test_what_is_not_for_everyone_is_never_kept(servers: Servers, terms: dict):
    path = servers.shared(**terms)

    for _ in range(4):
        assert not is_kept(get(servers.one + path, OWNER))


def test_a_page_with_colours_to_come_is_never_kept(servers: Servers):
    path = requests.post(
        servers.one, data={"code": "x", "language": "python"}, headers=HTML, allow_redirects=False, timeout=5
    )

    for _ in range(4):
        answer = get(servers.one + path.headers["Location"])
        assert answer.ok
        assert not is_kept(answer)


@pytest.mark.parametrize("headers", [OWNER, {"Cookie": "owner=x"}, {"X-Token": SECRET}, {"X-Password": "x"}])
def test_who_brings_something_of_his_own_is_not_shown_what_was_kept(servers: Servers, headers: dict):
    path = servers.shared()
    servers.kept(path)

    answer = get(servers.one + path, headers)

    assert not is_kept(answer)
    assert (">Edit</a>" in answer.text) == (headers in (OWNER, {"X-Token": SECRET}))
    assert is_kept(get(servers.one + path)), "and what he was shown was not kept"
    assert ">Edit</a>" not in get(servers.one + path).text


def test_bytes_are_compressed_for_who_takes_that_and_unchanged_ones_are_not_sent_again(servers: Servers):
    path = f"{servers.shared()}/raw"
    servers.kept(path)

    packed = get(servers.one + path, {"Accept-Encoding": "gzip"})
    plain = get(servers.one + path, {"Accept-Encoding": "identity"})

    assert (packed.headers["Content-Encoding"], packed.text) == ("gzip", CODE)
    assert "Content-Encoding" not in plain.headers
    assert plain.text == CODE
    assert int(packed.headers["Content-Length"]) < len(CODE) / 10
    assert "Accept-Encoding" in plain.headers["Vary"]
    again = get(servers.one + path, {"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert get(servers.one + path, {"If-None-Match": "*"}).status_code == 304
    other = get(servers.one + path, {"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_who_gets_a_cookie_need_not_load_again_what_he_has(servers: Servers):
    path = f"{servers.shared()}/raw"
    servers.kept(path)
    kept, own = get(servers.one + path), get(servers.one + path, {"Cookie": "owner=x"})

    assert get(servers.one + path, {"Cookie": "owner=x", "If-None-Match": kept.headers["ETag"]}).status_code == 304
    again = get(servers.one + path, {"If-None-Match": own.headers["ETag"]})
    assert (again.status_code, "X-Request-ID" in again.headers) == (304, False)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip;q=0", None),
        ("gzip; q=0.000, br", None),
        ("gzip;q=0.5", "gzip"),
        ("br, GZIP", "gzip"),
        ("identity", None),
        ("notgzip", None),
    ],
)
def test_who_refuses_compression_gets_none(servers: Servers, accepted: str, encoding: str | None):
    path = servers.shared()
    servers.kept(path)

    kept = get(servers.one + path, {"Accept-Encoding": accepted})

    assert is_kept(kept)
    assert kept.headers.get("Content-Encoding") == encoding


def test_head_and_ranges_and_queries_are_left_to_the_app(servers: Servers):
    path = f"{servers.shared()}/raw"
    servers.kept(path)

    head = requests.head(servers.one + path, timeout=5)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(CODE)))
    assert not is_kept(get(servers.one + path, {"Range": "bytes=0-3"}))
    assert not is_kept(get(f"{servers.one}{path}?x=1"))


def test_a_program_gets_the_text_and_a_browser_the_page_of_the_same_address(servers: Servers):
    path = servers.shared()
    servers.kept(path, Accept="text/html")
    servers.kept(path, **{"Accept": "*/*", "User-Agent": "curl/8"})

    browser = get(servers.one + path, {"Accept": "text/html"})
    program = get(servers.one + path, {"Accept": "*/*", "User-Agent": "curl/8"})
    preview = get(servers.one + path, {"Accept": "*/*", "User-Agent": "Twitterbot/1"})

    assert [is_kept(answer) for answer in (browser, program, preview)] == [True, True, True]
    assert program.text == CODE
    assert "<!doctype html>" in browser.text
    assert preview.text == browser.text


def test_another_host_is_another_page(servers: Servers):
    path = servers.shared(visibility="public")
    servers.kept(path)

    answer = get(servers.one + path, {"Host": "snippets.example"})

    assert not is_kept(answer)
    assert "snippets.example" in answer.text


def test_while_redis_is_away_nothing_that_was_kept_is_shown(servers: Servers):
    path = servers.shared()
    servers.kept(path)

    servers.valkey.stop()
    try:
        answers = [get(url + path) for url in (servers.one, servers.other)]
        requests.delete(f"{servers.one}/api/v1/snippets{path}", headers=OWNER, timeout=5).raise_for_status()
        assert servers.both(path) == [410, 410]
    finally:
        servers.valkey.start()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any(map(is_kept, answers))
    servers.kept(servers.shared())


def test_what_is_changed_while_redis_is_frozen_is_shown_no_longer_than_a_sign_of_life_is_good_for(servers: Servers):
    path = servers.shared()
    servers.kept(path)

    servers.valkey.freeze()
    try:
        requests.delete(f"{servers.one}/api/v1/snippets{path}", headers=OWNER, timeout=9).raise_for_status()
        wait_until(lambda: servers.both(path) == [410, 410], 3)
    finally:
        servers.valkey.thaw()
    for _ in range(10):
        assert servers.both(path) == [410, 410]
        time.sleep(0.1)


def test_a_sign_of_life_that_lay_there_while_nobody_asked_is_as_old_as_its_question(servers: Servers):
    path = servers.shared()
    servers.kept(path)
    time.sleep(EVERY + 0.1)
    servers.both(path)  # which asks Redis for a sign
    time.sleep(0.1)

    servers.valkey.freeze()
    try:
        requests.delete(f"{servers.one}/api/v1/snippets{path}", headers=OWNER, timeout=9).raise_for_status()
        time.sleep(LEASE)
        assert servers.both(path) == [410, 410]
    finally:
        servers.valkey.thaw()


@pytest.mark.parametrize("what", ["ALL", "WRITE"])
def test_a_redis_that_takes_no_announcement_keeps_who_changed_something_from_showing_what_was(
    servers: Servers, what: str
):
    path = servers.shared()
    servers.kept(path)
    with Redis.from_url(servers.valkey.url) as redis:
        redis.execute_command("CLIENT", "PAUSE", 1500, what)

    requests.delete(f"{servers.one}/api/v1/snippets{path}", headers=OWNER, timeout=9).raise_for_status()

    assert get(servers.one + path).status_code == 410
    wait_until(lambda: servers.both(path) == [410, 410], 4)
    for _ in range(10):
        assert servers.both(path) == [410, 410]
        time.sleep(0.1)


def test_what_is_changed_when_redis_has_just_come_back_is_announced_at_once(servers: Servers):
    path, before = servers.shared(), servers.shared()
    servers.kept(path)
    with Redis.from_url(servers.valkey.url) as redis:
        redis.execute_command("CLIENT", "PAUSE", 700, "ALL")
    requests.delete(f"{servers.one}/api/v1/snippets{before}", headers=OWNER, timeout=5).raise_for_status()
    time.sleep(0.5)
    assert is_kept(get(servers.other + path))

    requests.delete(f"{servers.one}/api/v1/snippets{path}", headers=OWNER, timeout=5).raise_for_status()

    assert get(servers.one + path).status_code == 410
    wait_until(lambda: servers.both(path) == [410, 410], 0.7)


def test_many_changes_wait_once_for_a_redis_that_does_not_answer_and_are_told_when_it_does(servers: Servers):
    ids = [servers.shared()[1:] for _ in range(20)]
    redis = connect_redis(servers.valkey.url, 0.3, insists=True)
    line = redis.pubsub(ignore_subscribe_messages=True)
    line.subscribe(CHANNEL)
    line.get_message(timeout=1)
    servers.valkey.freeze()
    began = time.monotonic()
    for snippet_id in ids:
        announce(redis, snippet_id)
    waited = time.monotonic() - began
    servers.valkey.thaw()

    told: set[str] = set()
    wait_until(lambda: told.update(each["data"].decode() for each in [line.get_message(timeout=0.1)] if each) or
               told >= set(ids))  # fmt: skip
    assert waited < 19 * 0.3, "each waited for itself"
    line.close()


@pytest.mark.parametrize("host", ["", "not a host", ":80", "[::::]", "a,b", "snippets.example/x"])
def test_a_host_that_none_can_have_is_shown_nothing_that_is_kept_and_what_it_is_told_is_not_kept(
    servers: Servers, host: str
):
    path = servers.shared(visibility="public")
    servers.kept(path)
    asked = f"GET http://snippets.example{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n"

    for _ in range(3):
        answer = said(servers.one, asked)
        assert answer.startswith("HTTP/1.1 400 ")
        assert "x-request-id" in answer.lower()  # nothing that is kept has one
        assert "cache-control: no-store" in answer.lower()

    assert f"http://snippets.example{path}/preview.png" in get(servers.one + path, {"Host": "snippets.example"}).text


@pytest.mark.parametrize(
    "twice",
    [
        "Accept: */*\r\nAccept: text/html\r\nUser-Agent: curl/8",
        "Accept: */*\r\nUser-Agent: curl/8\r\nUser-Agent: Mozilla",
        "Accept: */*\r\nUser-Agent: \xff\r\nUser-Agent: Mozilla",
    ],
    ids=["accept", "agent", "no text"],
)
def test_who_says_something_twice_puts_no_page_in_the_place_of_a_text(servers: Servers, twice: str):
    """The app goes by all that was said, and the cache by what was said first."""
    path = servers.shared()
    servers.kept(path)  # as a page, so that an answer to whoever asks next would be kept as well

    assert CODE not in said(servers.one, f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{twice}\r\n")

    program = said(servers.one, f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\nUser-Agent: curl/8\r\n")
    assert program.endswith(CODE)


def test_a_header_that_is_no_text_puts_no_text_in_the_place_of_a_page(servers: Servers):
    path = servers.shared()
    servers.kept(servers.shared())
    asked = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: curl/8\r\n"

    assert said(servers.one, f"{asked}Accept: \xff\r\nAccept: */*\r\n").endswith(CODE)

    assert CODE not in said(servers.one, asked)


@pytest.mark.parametrize("header", ["If-None-Match", "Accept-Encoding"])
def test_a_kept_page_answers_who_says_what_is_no_text(servers: Servers, header: str):
    path = servers.shared()
    asked = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n{header}: \xff\r\n"

    wait_until(lambda: "x-request-id" not in said(servers.one, asked).lower())

    assert said(servers.one, asked).startswith("HTTP/1.1 200 ")


def test_who_names_two_hosts_puts_his_own_into_nobodys_links(servers: Servers):
    """A proxy in front that adds to X-Forwarded-Host, in place of replacing it, sends both."""
    path = servers.shared(visibility="public")
    servers.kept(path)
    asked = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\nX-Forwarded-Host: snippets.example\r\n"

    said(servers.one, f"{asked}X-Forwarded-Host: evil.example\r\n")

    assert "x-request-id" in said(servers.one, asked).lower(), "it was kept"
