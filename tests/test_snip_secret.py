"""What the command line keeps: the site, and the owner's secret of each."""

import os
import stat

import pytest
from werkzeug import Response


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_paste_makes_a_secret_that_is_kept_from_others_and_used_again(snip, snip_site):
    old = os.umask(0)
    results = [snip(stdin="x"), snip(stdin="y")]
    os.umask(old)

    kept = next((snip.config / "secrets").iterdir())
    assert [mode(snip.config), mode(kept.parent), mode(kept)] == [0o700, 0o700, 0o600]
    assert len(snip_site.secret) == 43
    assert {each["owner"] for each in snip_site.snippets.values()} == {snip_site.secret}
    assert all(snip_site.secret not in result.output for result in results)
    assert kept.read_text().strip() == snip_site.secret


def test_each_site_has_a_secret_of_its_own(snip, snip_site):
    snip(stdin="x")
    first = snip_site.secret
    snip("--site", snip_site.url.replace("127.0.0.1", "localhost"), stdin="x")

    assert snip_site.secret != first


def test_of_two_first_pastes_at_once_both_use_the_secret_that_was_first(snip, snip_site, monkeypatch):
    from snip import secret

    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "a" * 43)
    found = [None, "b" * 43]
    monkeypatch.setattr(secret, "find", lambda site: found.pop(0))
    secret.path(snip_site.url).parent.mkdir(parents=True)
    secret.path(snip_site.url).write_text("b" * 43)

    assert secret.find_or_make(snip_site.url) == "b" * 43
    assert [path.name[:4] for path in secret.path(snip_site.url).parent.iterdir()] == ["http"]


def test_reading_needs_and_makes_no_secret(snip, snip_site):
    page = snip_site.holds("x = 1\n")

    assert snip("get", page).stdout == "x = 1\n"
    assert "Authorization" not in snip_site.asked[-1].headers
    assert not snip.config.exists()


def test_a_secret_that_others_could_read_is_shut_to_them(snip, snip_site):
    snip(stdin="x")
    kept = next((snip.config / "secrets").iterdir())
    kept.chmod(0o644)

    assert "others on this machine could read" in snip(stdin="x").stderr
    assert mode(kept) == 0o600


def test_a_secret_is_not_sent_where_others_can_listen_unless_that_is_wanted(snip, monkeypatch):
    monkeypatch.setattr("snip.api.PAUSES", (0, 0))
    refused = snip("--site", "http://paste.invalid", stdin="x")
    wanted = snip("--site", "http://paste.invalid", "--insecure", stdin="x")

    assert (refused.exit_code, wanted.exit_code) == (2, 3)
    assert "is not encrypted" in refused.stderr


def test_a_password_is_not_sent_where_others_can_listen():
    from snip.api import Api
    from snip.failures import Unusable

    with pytest.raises(Unusable):
        Api("http://paste.invalid").unlock("sesame")


def test_a_secret_in_the_environment_is_not_for_every_site_that_a_link_names(snip, snip_site, monkeypatch):
    monkeypatch.setenv("SNIP_TOKEN", "of-the-site-in-use-alone")
    key = snip_site.holds("x")
    snip("get", key)
    assert snip_site.secret == "of-the-site-in-use-alone"

    snip("get", f"{snip_site.url.replace('127.0.0.1', 'localhost')}/{key}")
    assert "Authorization" not in snip_site.asked[-1].headers


def test_no_redirect_is_followed_with_the_secret(snip, snip_site):
    snip_site.instead = [Response("", 307, {"Location": f"{snip_site.url}/api/v1/snippets"})]

    assert snip(stdin="x").exit_code == 3
    assert len(snip_site.asked) == 1


def test_the_secret_is_ours_whatever_netrc_and_proxies_say(snip, snip_site, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert snip(stdin="x").exit_code == 0
    assert snip_site.asked[-1].headers["Authorization"].startswith("Bearer ")


def test_a_secret_is_brought_from_another_machine(snip, snip_site, monkeypatch):
    assert snip("config", "token", stdin="short\n").exit_code == 2
    assert snip("config", "token", stdin="one-of-another-machine\n").exit_code == 0
    snip(stdin="x")
    assert snip_site.secret == "one-of-another-machine"

    monkeypatch.setenv("SNIP_TOKEN", "one-of-this-environment")
    snip(stdin="x")
    assert snip_site.secret == "one-of-this-environment"


def test_the_site_is_chosen_by_option_then_environment_then_configuration(snip, monkeypatch):
    monkeypatch.delenv("SNIP_URL", raising=False)
    assert snip("config", "site").stdout == "http://127.0.0.1:8000\n"

    assert snip("config", "site", "HTTPS://Paste.Example:443/snippets/").stdout == "https://paste.example/snippets\n"
    assert (snip.config / "config.toml").read_text() == 'site = "https://paste.example/snippets"\n'
    assert snip("config", "site").stdout == "https://paste.example/snippets\n"

    monkeypatch.setenv("SNIP_URL", "https://other.example")
    assert snip("config", "site").stdout == "https://other.example\n"


@pytest.mark.parametrize(
    "url",
    ["paste.example", "ftp://paste.example", "https://", "https://u:p@paste.example", "http://x:99999", "http://x?y"],
)
def test_what_is_no_address_of_a_site_is_refused(snip, url: str):
    assert snip("config", "site", url).exit_code == 2


@pytest.mark.parametrize("text", ["site = 1", "sight = 'https://x'", "site ="])
def test_a_configuration_with_a_mistake_is_named(snip, monkeypatch, text: str):
    monkeypatch.delenv("SNIP_URL", raising=False)
    snip.config.mkdir(parents=True)
    (snip.config / "config.toml").write_text(text)

    result = snip(stdin="x")

    assert result.exit_code == 2
    assert "config.toml" in result.stderr
