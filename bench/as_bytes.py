"""The bytes of our pages by granian as our site runs it, and nothing else: about the least that Python can take."""

import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from bench.contenders import BROWSER, Contender
from bench.goals import GRANIAN
from bench.running import running
from bench.stack import BIN, free_ports
from snippets.serving import main
from snippets.settings import ROOT

Answers = dict[str, tuple[list[tuple[str, str]], bytes]]  # headers and body, by path


class SameBytes:
    """An RSGI application that looks its answers up by their path."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if (answer := self._answers.get(scope.path)) is None:
            protocol.response_empty(404, [])
        else:
            protocol.response_bytes(200, *answer)


@contextmanager
def granian(folder: Path, model: Contender, paths: Sequence[str]) -> Iterator[Contender]:
    """Serve the headers and the bytes of our pages and texts, one process."""
    answers: Answers = {}
    for path in [*paths, *(model.raw.format(path) for path in paths)]:
        answer = requests.get(model.url + path, headers=BROWSER | {"Accept-Encoding": "identity"}, timeout=10)
        own = ("date", "server")  # which granian adds by itself
        told = [(name, value) for name, value in answer.headers.items() if name.lower() not in own]
        answers[path] = told, answer.content
    (folder / "answers").write_bytes(pickle.dumps(answers))
    (port,) = free_ports(1)
    serve = [BIN / "python", "-m", "bench.as_bytes", folder / "answers"]
    keep = [BIN / "python", ROOT / "bin/keep", "--listen", f"127.0.0.1:{port}", "--notices", *serve]
    with running(keep, folder, port, {"PYTHONPATH": str(ROOT), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}) as (
        url,
        cpu,
    ):
        yield replace(model, name=GRANIAN, url=url, cpu=cpu)


if __name__ == "__main__":
    main(lambda: SameBytes(pickle.loads(Path(sys.argv[1]).read_bytes())))  # type: ignore[arg-type,return-value]
