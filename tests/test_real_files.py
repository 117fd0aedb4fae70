"""Real files of many languages: what goes in comes out, byte for byte, before and after the colours."""

import html
import re

import pytest
from real_files import found, real_files

pytestmark = [pytest.mark.drill, pytest.mark.alone]  # a busy machine lexes the largest in no time that the site gives


def test_enough_real_files_of_enough_languages_are_on_any_machine():
    assert len(real_files()) >= 40
    assert len(found()) >= 25


def test_every_real_file_comes_back_byte_for_byte_plain_and_coloured(client, work):
    pages = {}
    for file in real_files():
        answer = client.post(f"/?filename={file.name}", data=file.content, content_type="application/octet-stream")
        assert answer.status_code == 201, (file.name, answer.text)
        pages[file] = answer.location
        assert shown(client, answer.location) == file.text

    work()

    for file, page in pages.items():
        status = client.get(f"{page}/files/1", headers={"Accept": "application/json"}).json
        assert status["state"] in {"highlighted", "plain"}, (file.name, status)
        assert status["note"] is None, (file.name, status)
        assert client.get(f"{page}/raw").data == file.text.encode()
        assert shown(client, page) == file.text


def shown(client, page: str) -> str:
    """Return the text that a browser would find in the lines."""
    lines = re.search(r"<code[^>]*>(.*)</code>", client.get(f"{page}/files/1").text, re.DOTALL)[1]
    return html.unescape(re.sub(r"<[^>]+>", "", lines))
