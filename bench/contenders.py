"""What is measured side by side: a server, and how it takes and gives texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests

from bench.client import form
from bench.stack import Stack
from bench.target import Target

BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "text/html,*/*;q=0.8"}
FILES = {"User-Agent": "Mozilla/5.0", "Accept": "*/*"}


@dataclass(slots=True)
class Contender:
    """A server that runs; `create` makes the request that shares a text, `located` finds the page in its answer."""

    name: str
    url: str
    cpu: Callable[[], float]  # seconds of all its processes
    create: Callable[[str], Target]
    located: Callable[[requests.Response], str]
    raw: str  # the path of the text, where {} is the page's path
    served: Callable[[str, int], list[float]] | None = None  # see Stack.served; of a site without a page cache

    def share(self, code: str) -> str:
        """Share a text and return the path of its page. Raises RuntimeError where it was refused."""
        target = self.create(code)
        url = self.url + target.paths[0]
        answer = requests.post(url, target.body, headers=target.headers, allow_redirects=False, timeout=60)
        if answer.status_code != target.status:
            raise RuntimeError(f"refused with {answer.status_code}")
        return self.located(answer).split("#")[0].replace(self.url, "")

    def pages(self, paths: Sequence[str]) -> Target:
        """Return the request for pages."""
        return Target(paths, headers=BROWSER, connections=16)

    def raws(self, paths: Sequence[str]) -> Target:
        """Return the request for the texts of pages."""
        return Target([self.raw.format(path) for path in paths], headers=FILES, connections=16)


def ours(site: Stack, name: str = "Snippets", *, kept: bool = True) -> Contender:
    """Return our site, with the page cache where pages are `kept`; its CPU is that of the web processes and Redis."""

    def create(code: str) -> Target:
        body, headers = form(code)
        return Target(["/"], 303, "POST", {**BROWSER, **headers}, body)

    def cpu() -> float:
        return site.cpu("web") + site.cpu("redis")

    return Contender(name, site.url, cpu, create, location, "{}/raw", None if kept else site.served)


def location(answer: requests.Response) -> str:
    """Return where an answer sends its reader."""
    return answer.headers["Location"]
