"""Connections that obey the current Call. Requests and urllib3 do all the rest."""

import http.client
import io
import os
import socket
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError

from workers.call import Meter, current
from workers.names import addresses


class _Response(http.client.HTTPResponse):
    """Reads through a meter: http.client goes on with headers, chunk marks and trailers for as long as they come."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(Meter(self.fp.detach(), current.get().count))


class _Connection(HTTPConnection):
    """Shows its socket to the current call, both a new one and one kept alive from an earlier call.

    A TLS handshake comes before that, but Python bounds it as a whole by the connect timeout.
    """

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        """Connect to the first address of the host that lets us, all within the time of the current call."""
        name, limit, failure = self._dns_host, float(self.timeout or 0), self._too_late()
        try:
            for address in self._addresses(limit):
                self._dns_host, self.timeout = address, min(limit, current.get().left())
                if not self.timeout:
                    break
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failure = error
        finally:
            self._dns_host, self.timeout = name, limit  # TLS asks for the name, not for the address
        raise failure

    def _addresses(self, limit: float) -> list[str]:
        try:
            return addresses(self._dns_host, self.port or self.default_port, min(limit, current.get().left()))
        except TimeoutError:
            raise self._too_late() from None
        except OSError as error:
            raise NewConnectionError(self, f"{type(error).__name__}: no address") from error
        except UnicodeError:
            raise LocationParseError("label empty or too long") from None

    def _too_late(self) -> HTTPError:
        return ConnectTimeoutError(self, "no connection in time")

    def connect(self) -> None:
        super().connect()
        current.get().hold(self.sock)

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            current.get().hold(self.sock)
        super().putrequest(*args, **kwargs)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """See none: even when told to follow none, requests reads and decompresses the whole body of a redirect."""


def session() -> requests.Session:
    """Return this process's session, to be used within a Call only.

    A connection shared with a forked child would hand the one the other's replies.
    """
    return _session(os.getpid())


@lru_cache(maxsize=1)
def _session(_pid: int) -> requests.Session:
    made = _Session()
    made.trust_env = False  # no proxy and no .netrc by environment
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Adapter(max_retries=0))
    return made
