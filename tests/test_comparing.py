"""Two revisions compared, as a page and as text."""

import re
import time

import pytest

from snippets import comparing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CODE = "".join(f"x{number} = {number}\n" for number in range(1, 41))
CHANGED = CODE.replace("x20 = 20\n", "x20 = 21\n").replace("x30 = 30\n", "")


def compared(client, old: dict[str, str], new: dict[str, str], query: str = "", work=lambda: None) -> str:
    page = client.post("/", data={"code": [*old.values()], "name": [*old]}).location
    client.post(f"{page}/edit", data={"code": [*new.values()], "name": [*new], "revision": "1"})
    work()
    answer = client.get(f"{page}/compare/1..2{query}")
    assert answer.status_code == 200
    return answer.text


def shown(page: str) -> list[str]:
    """Return the lines as they are copied, with the sign of the element that they are in."""
    signs = {"del": "-", "ins": "+", "span": " "}
    found = re.findall(r'<(del|ins|span) id="[ab]\d+L\d+"[^>]*><a [^>]*></a>(.*?)\n?</\1>(?=<|$)', page, re.DOTALL)
    return [signs[tag] + re.sub(r"<[^>]*>", "", text) for tag, text in found]


def test_changed_lines_are_shown_in_their_stored_colours_with_three_around(client, work):
    page = compared(client, {"a.py": CODE}, {"a.py": CHANGED}, work=work)

    assert shown(page)[:8] == [
        *(f" x{n} = {n}" for n in (17, 18, 19)),
        "-x20 = 20",
        "+x20 = 21",
        *(f" x{n} = {n}" for n in (21, 22, 23)),
    ]
    assert '<del id="a1L20"><a href="#a1L20" aria-label="20" tabindex="-1"></a><span class="n">x20</span>' in page
    assert '<span id="b1L31"><a href="#b1L31" aria-label="31" data-a="32"' in page
    assert "16 unchanged lines" in page
    assert '<span class="mi">2<mark>1</mark></span>' in page


def test_while_the_colours_are_to_come_the_lines_are_plain(client):
    page = compared(client, {"a.py": "<b>\n1\n"}, {"a.py": "<b>\n2\n"})

    assert shown(page) == [" &lt;b&gt;", "-1", "+2"]


def test_all_lines_are_shown_on_demand(client):
    page = compared(client, {"a.py": CODE}, {"a.py": CHANGED}, "?context=all")

    assert [line for line in shown(page) if line[0] != "-"] == [
        ("+" if n == 20 else " ") + f"x{n} = {21 if n == 20 else n}" for n in range(1, 41) if n != 30
    ]
    assert "unchanged line" not in page


def test_side_by_side_each_column_holds_one_side_and_both_are_as_long(client):
    page = compared(client, {"a.py": CODE}, {"a.py": CHANGED}, "?view=split&context=all")

    left, right = re.findall(r"<code>(.*?)</code>", page, re.DOTALL)

    assert [line[1:] for line in shown(left)] == CODE.splitlines()
    assert [line[1:] for line in shown(right)] == CHANGED.splitlines()
    assert left.count("\n") == right.count("\n")
    assert right.count('class="void"') == 1
    assert "?view=split" in page.split("All lines")[0].rpartition("href=")[2]


def test_added_deleted_renamed_and_unchanged_files_are_shown_as_such(client):
    old = {"same.py": "1\n", "moved.py": CODE, "gone.py": "old\n"}
    new = {"moved-here.py": CODE, "same.py": "1\n", "fresh.py": "new\n"}

    page = compared(client, old, new)

    assert re.findall(r"<li>(added|deleted|renamed|changed|unchanged)</li>", page) == ["renamed", "added", "deleted"]
    assert "moved.py → moved-here.py" in page
    assert "Its content is the same." in page
    assert "Unchanged: same.py" in page
    assert shown(page) == ["+new", "-old"]


def test_a_missing_line_end_is_told(client):
    page = compared(client, {"a": "1\n2"}, {"a": "1\n2\n"})

    assert '<del id="a1L2" data-unended>' in page
    assert '<ins id="b1L2">' in page


def test_another_language_is_a_change_too(client):
    page = client.post("/", data={"code": "1\n", "name": "a", "language": "Python"}).location
    client.post(f"{page}/edit", data={"code": "1\n", "name": "a", "language": "Ruby", "revision": "1"})

    assert "Its language was changed from python to ruby." in client.get(f"{page}/compare/1..2").text


def test_a_revision_compared_with_itself_holds_the_same(client):
    page = client.post("/", data={"code": "1\n"}).location

    assert "The two hold the same." in client.get(f"{page}/compare/1..1").text
    assert client.get(f"{page}/compare/1..1.diff").text == ""
    assert client.get(f"{page}/compare").location == f"{page}/compare/1..1"


def test_the_form_leads_to_the_two_that_were_chosen_in_either_order(client):
    page = client.post("/", data={"code": "1\n"}).location
    client.post(f"{page}/edit", data={"code": "2\n", "revision": "1"})

    assert client.get(f"{page}/compare").location == f"{page}/compare/1..2"
    assert client.get(f"{page}/compare?from=2&to=1").location == f"{page}/compare/2..1"
    assert shown(client.get(f"{page}/compare/2..1").text) == ["-2", "+1"]


def test_the_text_form_is_bare_text(client):
    page = client.post("/", data={"code": "1\n", "name": "a.py"}).location
    client.post(f"{page}/edit", data={"code": "2\n", "name": "a.py", "revision": "1"})

    answer = client.get(f"{page}/compare/1..2.diff")

    assert answer.mimetype == "text/plain"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.text == "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-1\n+2\n"


def test_a_page_shows_only_so_many_lines_and_says_so(client, monkeypatch):
    monkeypatch.setattr(comparing, "LINES", 5)

    page = compared(client, {"a": "1\n", "b": "1\n"}, {"a": "2\n" * 9, "b": "2\n"})

    assert shown(page) == ["-1", *["+2"] * 4]
    assert page.count("The rest is not shown") == 2


@pytest.mark.drill
def test_two_files_of_a_megabyte_that_have_nothing_in_common_are_compared_soon(client):
    old, new = ("".join(f"{side}{n:>32}\n" for n in range(30_000)) for side in "ab")
    page = client.post("/", data={"code": old}).location
    client.post(f"{page}/edit", data={"code": new, "revision": "1"})

    took = {}
    for path in ("compare/1..2", "compare/1..2?view=split&context=all", "compare/1..2.diff", "history"):
        start = time.process_time()
        answer = client.get(f"{page}/{path}")
        took[path] = time.process_time() - start
        assert answer.status_code == 200
        assert len(answer.data) < 3_000_000
    print({path: f"{1000 * seconds:.0f} ms" for path, seconds in took.items()})
    assert max(took.values()) < 2  # some 0.2 s on an idle machine
