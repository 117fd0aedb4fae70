"""Calls of the site's HTTP API: bounded in time, never redirected, each failure one of ours."""

import json
import time
import uuid
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from snip import __version__
from snip.addresses import API, is_here, is_private_line
from snip.answers import Answer, failure, read
from snip.failures import Unreachable, Unusable
from snip.upload import in_blocks

TIMEOUT = (10, 30)  # seconds: to connect and to send a block, and between two bytes of the answer
PAUSES = (0.3, 1.0)  # seconds before the second and the third try


class Bearer(AuthBase):
    """The owner's secret. Being there at all, it keeps requests from looking for another in ~/.netrc."""

    def __init__(self, secret: str | None) -> None:
        """Hold the secret, where there is one."""
        self.secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request."""
        if self.secret:
            request.headers["Authorization"] = f"Bearer {self.secret}"
        return request


class Api:
    """One site, and whoever calls it."""

    def __init__(self, site: str, *, insecure: bool = False) -> None:
        """Call the site as nobody in particular; `insecure`: others may listen to secrets."""
        self.site, self.is_signed, self._insecure = site, False, insecure
        self._session = requests.Session()
        self._session.auth = Bearer(None)
        self._session.trust_env = not is_here(site)  # no proxy between this machine and itself
        self._session.headers["User-Agent"] = f"snip/{__version__}"

    def sign(self, secret: str | None) -> "Api":
        """Call as the owner whose secret this is from now on. Raises Unusable."""
        if secret:
            self.refuse_listeners()
        self.is_signed, self._session.auth = secret is not None, Bearer(secret)
        return self

    def unlock(self, password: str) -> None:
        """Read with a password from now on. Raises Unusable."""
        self.refuse_listeners()
        quoted = quote(password, safe="")
        self._session.headers["X-Password"] = password if quoted == password else f"UTF-8''{quoted}"  # RFC 8187

    def get(self, path: str, **params: str | int) -> Answer:
        """Read something; tried again when the site is away for a moment."""
        return self.call("GET", path, params=params, tries=3)

    def create(self, body: dict[str, Any]) -> Answer:
        """Share something, once, however often it takes to be heard."""
        return self.call("POST", "/snippets", body, tries=3, headers={"Idempotency-Key": uuid.uuid4().hex})

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        params: dict[str, str | int] | None = None,
        headers: dict[str, str] | None = None,
        tries: int = 1,
    ) -> Answer:
        """Return what the site answers to a call of its API. Raises Refused, Missing, Unreachable."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kinds = {"Accept": "application/json", **({"Content-Type": "application/json"} if data else {})}
        request = requests.Request(method, self.site + API + path, headers={**kinds, **(headers or {})}, params=params)
        for pause in (*PAUSES[: tries - 1], None):
            try:
                return self._once(request, data)
            except Unreachable as failure:
                if pause is None or not failure.may_pass:
                    raise
            time.sleep(pause)
        raise AssertionError  # the last try returns or raises

    def _once(self, request: requests.Request, data: bytes | None) -> Answer:
        prepared = self._session.prepare_request(request)
        settings = self._session.merge_environment_settings(self.site, {}, None, None, None)
        try:
            with in_blocks(data) as body:
                prepared.prepare_body(body, None)
                response = self._session.send(prepared, timeout=TIMEOUT, allow_redirects=False, **settings)
        except requests.RequestException as error:
            raise failure(self.site, error) from error
        return read(self.site, response)

    def refuse_listeners(self) -> None:
        """Let nothing secret be sent where others can read it. Raises Unusable."""
        if not (is_private_line(self.site) or self._insecure):
            raise Unusable(
                f"{self.site} is not encrypted: everybody on the way could read your secret and use it."
                " Use https, or --insecure where the network is yours."
            )
