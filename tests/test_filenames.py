"""Names that are safe to save under on every system, and an archive that is never in memory as a whole."""

import pytest

from snippets.archive import PIECE, zipped
from snippets.filenames import LONGEST, cleaned, member_names
from snippets.models import File, now


def named(*names: str) -> list[str]:
    files = [File(position=at, name=name, language="python") for at, name in enumerate(names, start=1)]
    return list(member_names(files))


@pytest.mark.parametrize(
    ("names", "members"),
    [
        (("a.py", "a.py", "A.PY"), ["a.py", "a (2).py", "A (3).PY"]),
        (("../../etc/passwd", "/etc/passwd"), ["etc/passwd", "etc/passwd (2)"]),
        (("a/b", "a", "a/b/c"), ["a/b", "a (2)", "a (3)/b/c"]),
        (("C:\\x\\y.py", "x//./y.py"), ["C_/x/y.py", "x/y.py"]),
        (("e\u0301.py", "\u00e9.py"), ["\u00e9.py", "\u00e9 (2).py"]),
        (("\u200b", "nul", "a. "), ["file-1.py", "_nul", "a"]),
    ],
)
def test_no_member_leaves_the_folder_or_overwrites_another(names: tuple[str, ...], members: list[str]):
    assert named(*names) == members


def test_a_hundred_files_of_one_name_all_get_their_own():
    assert len({each.casefold() for each in named(*["x" * 255 + ".py"] * 100)}) == 100


def test_a_long_name_keeps_its_extension():
    assert len(cleaned("ü" * 300 + ".py").encode()) <= LONGEST
    assert cleaned("ü" * 300 + ".py").endswith("ü.py")


def test_a_zip_is_sent_while_it_is_made():
    text = "".join(chr(33 + at * at % 89) for at in range(20 * PIECE))
    asked = []

    def members():
        for at in range(50):
            asked.append(at)
            yield f"{at}.txt", now(), text

    parts = zipped(members())
    sizes = [len(next(parts)) for _ in range(3)]

    assert asked[-1] < 3
    assert max(sizes) < len(text) / 4
