"""Real files to paste: what Python and the packages of .venv bring along, and the edges that they lack."""

import sysconfig
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from snippets.languages import by_filename
from snippets.settings import ROOT

LARGEST = 100_000  # bytes, of a file that was found
EACH = 2  # files of a language


@dataclass(frozen=True)
class RealFile:
    name: str
    content: bytes

    @property
    def text(self) -> str:
        """What the site is to give back: the same text with LF line ends."""
        return self.content.decode().replace("\r\n", "\n").replace("\r", "\n")


@cache
def real_files(each: int = EACH) -> list[RealFile]:
    """Return the edges, and up to two files of every language that is found."""
    return [*edges(), *(file for files in found().values() for file in files[:each])]


@cache
def found() -> dict[str, list[RealFile]]:
    chosen: dict[str, list[RealFile]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    paths = sysconfig.get_paths()
    for root in (ROOT, Path(paths["purelib"]), Path(paths["stdlib"])):
        for path in root.glob("*") if root == ROOT else sorted(root.rglob("*")):
            key = path.suffix or path.name
            if seen[key] >= 2 * EACH or not path.is_file() or not 0 < path.stat().st_size <= LARGEST:
                continue
            seen[key] += 1
            language = by_filename(path.name)
            if language and len(chosen[language]) < EACH and is_text(path.read_bytes()):
                chosen[language].append(RealFile(path.name, path.read_bytes()))
    return {language: files for language, files in chosen.items() if files}


def is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def edges() -> list[RealFile]:
    python = (Path(sysconfig.get_paths()["stdlib"]) / "argparse.py").read_bytes()
    bundle = "".join(f"function f{n}(a,b){{return a<b?'&':`<${{b}}>`}};" for n in range(2000)).encode()
    mebibyte = (python * (2**20 // len(python) + 1))[: 2**20]
    return [
        RealFile("one_byte.py", b"x"),
        RealFile("newline.py", b"\n"),
        RealFile("mebibyte.py", mebibyte),
        RealFile("bundle.min.js", bundle),
        RealFile("long_lines.json", b'{"a": "' + b"0123456789" * 5000 + b'"}\n'),
        RealFile("tabs.go", b"package a\n\nfunc f() {\n\tif true {\n\t\treturn\t\n\t}\n}\n"),
        RealFile("crlf.bat", b"@echo off\r\nrem two\r\n\r\nexit /b 1\r\n"),
        RealFile("old_mac.txt", b"one\rtwo\r"),
        RealFile("bom.cs", b"\xef\xbb\xbfnamespace A { class B { } }\n"),
        RealFile("emoji.rb", 'puts "👩‍👩‍👧‍👦 🏳️‍🌈 🇳🇱 é e\u0301 \U0010ffff"\n'.encode()),
        RealFile("right_to_left.js", "let שלום = 'مرحبا'; // \u202eabc\u202c \u0301\u0302\u0303\n".encode()),
        RealFile("blank_edges.md", b"\n\n\n  # Title  \n\n\ttext\n\n\n"),
        RealFile("controls.txt", "form\x0cfeed \x1b[31mred\x1b[0m \x85 \u2028 \u2029 \x7f \ufffd end".encode()),
        RealFile("markup.html", b"<!-- </pre></code> --><script>alert('&amp;&lt;')</script>\n"),
        RealFile("no_final_newline.sh", b"#!/bin/sh\necho hi"),
    ]
