"""How a command comes to its site: the options that all of them share."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from snip import config, secret
from snip.addresses import find_snippet
from snip.api import Api


@dataclass(frozen=True, slots=True)
class Reach:
    """The site that was asked for, and whether others may listen on the way."""

    site: str | None
    insecure: bool

    def reader(self) -> Api:
        """Return the site, with the owner's secret where there is one. Raises Unusable."""
        api = Api(config.site(self.site), insecure=self.insecure)
        return api.sign(secret.find(api.site))

    def writer(self) -> Api:
        """Return the site, with a secret that is made if need be. Raises Unusable."""
        api = Api(config.site(self.site), insecure=self.insecure)
        api.refuse_listeners()
        return api.sign(secret.find_or_make(api.site))

    def snippet(self, reference: str) -> tuple[Api, str]:
        """Return the site and the id of a snippet that is given by id or address. Raises Unusable."""
        site, snippet_id = find_snippet(reference)
        if site is None or site == config.site(self.site):
            return self.reader(), snippet_id
        return Api(site, insecure=self.insecure).sign(secret.find_kept(site)), snippet_id


def reaching(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --site and --insecure, and what they mean as `reach`."""

    @click.option("--site", metavar="URL", help="The site to use; else SNIP_URL, else the configured one.")
    @click.option(
        "--insecure", is_flag=True, help="Send your secret without encryption: everybody on the way can use it."
    )
    @functools.wraps(command)
    def reached(*args: Any, site: str | None, insecure: bool, **options: Any) -> None:
        command(*args, reach=Reach(site, insecure), **options)

    return reached


as_json = click.option("--json", "as_json", is_flag=True, help="Print what the site's API answers.")
