"""Clients of GitHub's gists, unmodified, over real sockets: GitHub's own `gh`, the `gist` gem, PyGithub, Octokit."""

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from flask import Flask
from github import Auth, Github, InputFileContent, UnknownObjectException
from real_clients import debian, node
from werkzeug.serving import make_server

pytestmark = [
    pytest.mark.drill,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # PyGithub leaves its connections to the garbage collector
]

SECRET = "a-secret-of-one-program"
PACKAGES = {"gist-paste": "gist"}  # a command, and Debian's package of it where that has another name
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def secure_url(app: Flask, tmp_path: Path) -> Iterator[str]:
    """The address of the app by HTTPS, under a certificate of an authority of its own: `ca.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = make_server("localhost", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def runner(folder: Path, **variables: str) -> Run:
    """Return what runs a command in a folder, which is its home too."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **variables}

    def run(
        program: str, *words: str, text: str | None = None, fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        how = {"cwd": folder, "env": environment, "input": text or "", "timeout": 30}
        done = subprocess.run(
            [debian(program, PACKAGES.get(program, program)), *words],
            check=False,
            capture_output=True,
            text=True,
            **how,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def gh(tmp_path: Path, secure_url: str) -> Run:
    return runner(
        tmp_path,
        GH_HOST=secure_url.removeprefix("https://"),
        GH_ENTERPRISE_TOKEN=SECRET,
        SSL_CERT_FILE=str(tmp_path / "ca.pem"),
        GH_NO_UPDATE_NOTIFIER="1",
        EDITOR="cp new.py",
    )


def test_githubs_own_command_line_client_makes_lists_shows_and_edits_gists(gh: Run, tmp_path: Path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "new.py").write_text("x = 2\n")
    address = gh("gh", "gist", "create", "a.py", "new.py", "--desc", "two files", "--public").stdout.strip()
    secret = gh("gh", "gist", "create", "-", "--filename", "b.txt", text="b\n").stdout.strip()
    number = address.rpartition("/")[2]

    listed = gh("gh", "gist", "list").stdout.splitlines()
    assert [line.split("\t")[2:4] for line in listed] == [["1 file", "secret"], ["2 files", "public"]]
    assert gh("gh", "gist", "list", "--public").stdout.startswith(number)
    assert gh("gh", "gist", "view", address, "--files").stdout.split() == ["a.py", "new.py"]

    gh("gh", "gist", "edit", number, "--filename", "a.py")
    assert gh("gh", "gist", "view", number, "--filename", "a.py", "--raw").stdout.strip() == "x = 2"

    (tmp_path / "c.rb").write_text("puts 1\n")
    gh("gh", "gist", "edit", number, "--add", "c.rb")
    assert gh("gh", "gist", "view", number, "--files").stdout.split() == ["a.py", "c.rb", "new.py"]
    assert gh("gh", "api", f"gists/{number}/commits", "--jq", ".[0].change_status.additions").stdout == "1\n"
    assert secret.startswith("https://localhost:")


def test_githubs_own_command_line_client_deletes_gists_and_says_what_went_wrong(gh: Run, tmp_path: Path):
    number = gh("gh", "gist", "create", "-", text="b\n").stdout.strip().rpartition("/")[2]
    gh("gh", "api", "--method", "DELETE", f"gists/{number}")  # `gist delete` wants `--yes` of some versions alone

    assert "not found" in gh("gh", "gist", "view", number, fails=True).stderr
    assert "not found" in gh("gh", "gist", "edit", number, fails=True).stderr
    assert gh("gh", "gist", "list").stdout == ""
    assert gh("gh", "api", "user", "--jq", ".login").stdout.startswith("owner-")


def test_the_gist_gem_makes_lists_reads_changes_and_deletes_gists(url: str, tmp_path: Path):
    name = "".join(each for each in url.replace(":", ".") if each.isalnum() or each in ".-")  # as it names the file
    (tmp_path / f".gist.{name}").write_text(SECRET)
    (tmp_path / "a.rb").write_text("puts 1\n")
    gist = runner(tmp_path, GITHUB_URL=url)
    address = gist("gist-paste", "--private", "--description", "a Ruby one", "a.rb").stdout.strip()

    assert address.startswith(f"{url}/")
    assert gist("gist-paste", "--list").stdout == f"{address} a Ruby one (secret)\n"
    assert gist("gist-paste", "--list", "anonymous").stdout == ""
    (tmp_path / "a.rb").write_text("puts 2\n")
    assert gist("gist-paste", "--update", address, "a.rb").stdout.strip() == address
    assert gist("gist-paste", "--read", address.rpartition("/")[2], "a.rb").stdout == "puts 2\n"
    assert gist("gist-paste", "--delete", address).stdout == "Deleted!\n"
    assert "does not exist" in gist("gist-paste", "--read", address.rpartition("/")[2], fails=True).stdout


def test_the_gist_gem_follows_the_links_of_a_long_list(url: str, tmp_path: Path, app: Flask):
    name = "".join(each for each in url.replace(":", ".") if each.isalnum() or each in ".-")
    (tmp_path / f".gist.{name}").write_text(SECRET)
    program = app.test_client(use_cookies=False)
    for number in range(101):
        body = {"files": {"a": {"content": str(number)}}}
        program.post("/gists", json=body, headers={"Authorization": f"token {SECRET}"})

    assert len(runner(tmp_path, GITHUB_URL=url)("gist-paste", "--list").stdout.splitlines()) == 101


@pytest.mark.parametrize("base", ["", "/api", "/api/v3"])
def test_pygithub_does_all_it_can_do_with_gists(url: str, base: str):
    at_once = {"retry": None, "seconds_between_requests": None, "seconds_between_writes": None}
    with Github(base_url=url + base, auth=Auth.Token(SECRET), **at_once) as github:
        me = github.get_user()
        made = me.create_gist(False, {"a.py": InputFileContent("x\n"), "b.txt": InputFileContent("b")}, "two")
        made.edit("other", {"a.py": InputFileContent("y\n", "c.py"), "b.txt": None})
        found = github.get_gist(made.id)

        assert made.url == f"{url}{base}/gists/{made.id}"
        assert (found.description, found.owner.login) == ("other", me.login)
        assert {name: file.content for name, file in found.files.items()} == {"c.py": "y\n"}
        changed = [(each.user.login, each.change_status.deletions) for each in found.history]
        assert changed == [(me.login, 2), (me.login, 0)]
        found.set_starred()
        found.reset_starred()
        assert not found.is_starred()
        assert list(found.get_comments()) == []

        others = [me.create_gist(True, {"a": InputFileContent(str(number))}).id for number in range(31)]
        assert [each.id for each in me.get_gists()] == [*others[::-1], made.id]
        assert me.get_gists().totalCount == 32
        assert len(list(github.get_gists())) == 31
        fork = github.get_gist(others[0]).create_fork()
        assert [each.id for each in github.get_gist(others[0]).forks] == [fork.id]

        found.delete()
        with pytest.raises(UnknownObjectException):
            github.get_gist(made.id)


def test_curl_makes_a_gist_whatever_it_calls_its_json(url: str, tmp_path: Path):
    sent = json.dumps({"files": {"a.py": {"content": "x = 1\n"}}})
    made = runner(tmp_path)("curl", "-sS", "-H", f"Authorization: token {SECRET}", "-d", sent, f"{url}/gists")

    assert json.loads(made.stdout)["files"]["a.py"]["content"] == "x = 1\n"


OCTOKIT = """
const { Octokit } = require("@octokit/rest");
(async () => {
  const { rest, paginate } = new Octokit({ auth: "SECRET", baseUrl: "BASE" });
  const made = (await rest.gists.create({ public: false, files: { "a.js": { content: "let x" } } })).data;
  const gist_id = made.id;
  await rest.gists.update({ gist_id, description: "New", files: { "b.js": { content: "let y" } } });
  await rest.gists.star({ gist_id });
  const starred = await rest.gists.checkIsStarred({ gist_id }).then(() => 204, (error) => error.status);
  const read = (await rest.gists.get({ gist_id })).data;
  const first = (await rest.gists.getRevision({ gist_id, sha: read.history[1].version })).data;
  const fork = (await rest.gists.fork({ gist_id })).data;
  const all = await paginate(rest.gists.list, { per_page: 1 });
  const login = (await rest.users.getAuthenticated()).data.login;
  await rest.gists.delete({ gist_id });
  const gone = await rest.gists.get({ gist_id }).then(() => 200, (error) => error.status);
  console.log(JSON.stringify({
    starred, gone, owned: read.owner.login === login, description: read.description,
    before: Object.keys(first.files), after: Object.keys(read.files),
    listed: all.map((each) => each.id).join() === [fork.id, gist_id].join(),
    based: read.url === "BASE/gists/" + gist_id,
  }));
})();
"""


@pytest.mark.parametrize("base", ["", "/api", "/api/v3"])
def test_octokit_does_all_it_can_do_with_gists(url: str, base: str):
    said = json.loads(node(OCTOKIT.replace("BASE", url + base).replace("SECRET", SECRET), "@octokit/rest@20.1.2"))

    assert said == {
        "starred": 404,
        "gone": 404,
        "owned": True,
        "description": "New",
        "before": ["a.js"],
        "after": ["a.js", "b.js"],
        "listed": True,
        "based": True,
    }
