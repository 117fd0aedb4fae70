"""Clients that people have already, unmodified, over real sockets: what they share is read again as it was."""

import json
import sys
from pathlib import Path

import pytest
import requests
from real_clients import debian, libmagic, node, run

from processes import HTML

pytestmark = [
    pytest.mark.drill,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),  # the rows are the same on both
]

CODE = "def f(x):\n    return x & 1  # é\n"
HASTE = ("hastebin@0.2.1", "hastebin-gen@2.0.5")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.py"
    path.write_text(CODE)
    return path


def curl(*words: str | Path, text: str = CODE) -> str:
    return run(debian("curl", "curl"), "-sS", "--fail-with-body", *words, text=text)


@pytest.mark.parametrize(
    "words",
    [
        ["--data-binary", "@-"],
        ["--data-binary", "@FILE"],
        ["-F", "f=@FILE"],
        ["-F", "file=@FILE"],
        ["-F", "c=@-"],
        ["-F", "sprunge=<-"],
        ["-F", "f:1=<-"],
        ["-F", "content=<-", "-F", "language=python"],
        ["--data-urlencode", "content@FILE"],
        ["--data-urlencode", "text@-"],
        ["-T", "FILE"],
        ["-T", "-"],
        ["-X", "POST", "-T", "-"],
        ["-H", "Transfer-Encoding: chunked", "--data-binary", "@-"],
        ["-H", "Content-Type: text/x-python", "--data-binary", "@-"],
        ["-H", "Expires: 1h", "-H", "X-Filename: g.py", "--data-binary", "@-"],
    ],
    ids=" ".join,
)
def test_curl_shares_in_every_idiom_and_reads_the_text_at_the_same_address(url: str, file: Path, words: list[str]):
    said = curl(*(word.replace("FILE", str(file)) for word in words), f"{url}/")

    address = said.removesuffix("\n")
    assert address.startswith(f"{url}/")
    assert "\n" not in address
    assert curl(address) == CODE
    assert curl(f"{address}.py") == curl(f"{address}/raw") == CODE
    assert "<!doctype html>" in requests.get(address, headers=HTML, timeout=5).text


def test_curl_names_what_it_puts_and_deletes_it_with_the_secret_that_it_was_told(url: str, file: Path):
    headers = file.with_name("headers")
    address = curl("-D", headers, "-T", file, f"{url}/").strip()
    told = dict(line.split(": ", 1) for line in headers.read_text().splitlines() if ": " in line)

    assert told["Location"] == address
    assert "f.py" in requests.get(address, headers=HTML, timeout=5).text
    assert curl("-X", "DELETE", "-H", f"X-Token: {told['X-Token']}", address) == "Deleted.\n"
    assert curl("-o", "/dev/null", "-w", "%{http_code}", "--no-fail-with-body", address) == "410"


def test_curl_opens_what_can_be_read_once_on_purpose_only(url: str):
    address = curl("-F", "f=<-", "-F", "burn=1", f"{url}/").strip()

    assert "POST to" in curl("--no-fail-with-body", address)
    assert curl("-X", "POST", f"{address}/open") == CODE


def test_curl_knows_pinnwands_door(url: str):
    paste, raw, removal = (line.split()[2] for line in curl("-F", "raw=<-", f"{url}/curl").splitlines())

    assert curl(raw) == curl(paste) == CODE
    assert curl("-X", "POST", removal) == "Deleted.\n"


def test_curl_shares_several_files_at_once(url: str, file: Path):
    address = curl("-F", f"f=@{file}", "-F", f"f=@{file};filename=g.rb", f"{url}/").strip()

    assert [curl(f"{address}/raw/{number}") for number in (1, 2)] == [CODE, CODE]


def test_curl_knows_hastes_and_dpastes_doors(url: str, file: Path):
    key = json.loads(curl("--data-binary", f"@{file}", f"{url}/documents"))["key"]
    first = curl("-F", "format=url", "-F", "content=<-", f"{url}/api/").strip()
    second = curl("-F", "syntax=python", "-F", "content=<-", f"{url}/api/v2/").strip()

    assert [curl(each) for each in (f"{url}/raw/{key}", f"{first}/raw", f"{second}.txt")] == [CODE] * 3


PASTEBINS = {  # the files that come with pastebinit, but for the name of the host
    "dpaste.com": """
        post_page = api/v2/
        paste_regexp = (.*)

        [format]
        user = poster
        title = title
        content = content
        format = syntax
        expiry_days = expiry_days

        [defaults]
        expiry_days = 30""",
    "sprunge.us": """
        paste_regexp = (.*)

        [format]
        content = sprunge
        format = lang

        [defaults]""",
}


@pytest.mark.parametrize("name", PASTEBINS)
def test_pastebinit_shares_by_the_description_of_another_site(url: str, file: Path, tmp_path: Path, name: str):
    host = url.removeprefix("http://")
    (tmp_path / "pastebin.d").mkdir()
    lines = [line.strip() for line in PASTEBINS[name].splitlines()]
    (tmp_path / "pastebin.d/ours.conf").write_text("\n".join(["[pastebin]", f"basename = {host}", *lines]))

    said = run(debian("pastebinit", "pastebinit"), "-b", host, "-f", "python", file, XDG_CONFIG_HOME=str(tmp_path))

    assert requests.get(said.strip() + "/raw", timeout=5).text == CODE.rstrip()


def test_steck_shares_files_and_says_where_to_remove_them(url: str, file: Path, tmp_path: Path):
    libmagic()
    (tmp_path / "steck").mkdir()
    (tmp_path / "steck/steck.toml").write_text(f'base = "{url}/"\n')
    steck = Path(sys.executable).with_name("steck")

    said = run(steck, "paste", "--no-confirm", "--no-ignore", file, XDG_CONFIG_HOME=str(tmp_path))

    link, removal = (line.split()[-1] for line in said.splitlines()[-2:])
    assert requests.get(link, timeout=5).text == CODE
    assert "Delete “f.py”?" in requests.get(removal, timeout=5).text
    assert requests.post(removal, timeout=5).text == "Deleted.\n"
    assert requests.get(link, timeout=5).status_code == 410


BPYTHON = """
import pathlib, sys
from bpython.config import Config
from bpython.paste import PastePinnwand

config = Config(pathlib.Path(sys.argv[1]))
print(*PastePinnwand(config.pastebin_url, config.pastebin_expiry).paste(sys.argv[2]))
"""


def test_bpython_shares_a_session(url: str, tmp_path: Path):
    (tmp_path / "config").write_text(f"[general]\npastebin_url = {url}\n")
    session = ">>> 6 * 7\n42\n"

    link, removal = run(sys.executable, "-c", BPYTHON, tmp_path / "config", session).split()

    assert requests.get(link, timeout=5).text == session
    assert "Python console session" in requests.get(link, headers=HTML, timeout=5).text
    assert requests.get(removal, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "script",
    [
        "require('hastebin').createPaste(CODE, {server: URL, raw: true}).then(console.log)",
        "require('hastebin').createPaste(CODE, {server: URL}).then(console.log)",
        "require('hastebin-gen')(CODE, {url: URL, extension: 'py'}).then(console.log)",
    ],
    ids=["hastebin, raw", "hastebin", "hastebin-gen"],
)
def test_hastes_clients_share_and_find_the_text_where_they_expect_it(url: str, script: str):
    script = script.replace("CODE", json.dumps(CODE)).replace("URL", json.dumps(url))

    address = node(script, *HASTE).strip()

    assert address.startswith(f"{url}/")
    assert requests.get(address, timeout=5).text == CODE
