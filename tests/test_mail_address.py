"""Which mail addresses are taken, and that none says more in a header than where to."""

from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.mail_address import is_address


@pytest.mark.parametrize(
    "address",
    ["a@example.org", "first.last+tag@mail.example.org", "root@localhost", "o'neill@xn--bcher-kva.example"],
)
def test_what_people_have_is_taken(address: str):
    assert is_address(address)
    assert Address(addr_spec=address).addr_spec == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@example.org",
        "a@",
        "a@b@example.org",
        "a b@example.org",
        "a@example.org\n",
        "a@example.org\r\nBcc: b@example.org",
        "Me <a@example.org>",
        "a@example.org, b@example.org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@-example.org",
        "a..b@example.org",
        "a@example..org",
        "ä@example.org",
        "a@bücher.example",
        f"{'a' * 65}@example.org",
        f"a@{'a' * 64}.org",
        f"a@{'.'.join(['a' * 63] * 4)}",
    ],
)
def test_what_could_mean_more_or_reaches_nobody_is_not_taken(address: str):
    assert not is_address(address)


@given(st.text() | st.from_regex(r"\A[\w.\-,;<>@ \r\n]+@[\w.\-,;<>@ \r\n]+\Z"))
def test_no_text_that_is_taken_holds_what_ends_or_divides_a_header(text: str):
    assert not is_address(text) or not set(text) & set('\r\n\0 ,;:<>()[]\\"')
