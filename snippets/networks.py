"""Networks of clients: as much of one as is kept, and those that may read and not write."""

import logging
import re
import time
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from sqlalchemy import or_, select

from snippets.database import DATABASE_AWAY, Sessions
from snippets.models import now
from snippets.operator_models import BlockedNetwork
from snippets.refused import Refused

log = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
KEPT_BITS = {4: 24, 6: 48}  # of a client's address, by its version: a customer's network at least, never a device
WIDEST = {4: 8, 6: 16}  # bits that a network has at least which is blocked
FRESH = 2.0  # seconds for which a process may not know of a block that another one made
_LOOKS = re.compile(r"[0-9A-Fa-f:./]{1,60}")  # no zone: it would be another machine's
_WITH_PORT = re.compile(
    r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?", re.ASCII
)  # as some proxies tell it
_MAPPED = IPv6Network("::ffff:0:0/96")


class Blocked(NamedTuple):
    """A network that may not write, and until when; None: for good."""

    network: str
    until: datetime | None


class BlockedNetworks:
    """What is blocked, as this process has read it FRESH ago at most: a write asks no database for it."""

    def __init__(self, sessions: Sessions) -> None:
        """Read nothing yet."""
        self._sessions = sessions
        self._read_at = float("-inf")
        self._known: dict[tuple[int, int], dict[int, Blocked]] = {}  # by version and bits, then by number

    def forget(self) -> None:
        """Read anew before the next answer."""
        self._read_at = float("-inf")

    def holding(self, address: str) -> Blocked | None:
        """Return the widest blocked network that a client's address is in; None: it may write."""
        if time.monotonic() - self._read_at > FRESH:
            self._read()
        if not self._known or (found := parse(address)) is None:
            return None
        number, length, at = int(found), found.max_prefixlen, now()
        for (version, bits), networks in self._known.items():
            blocked = networks.get(number >> length - bits) if version == found.version else None
            if blocked and (blocked.until is None or blocked.until > at):
                return blocked
        return None

    def _read(self) -> None:
        query = select(BlockedNetwork.network, BlockedNetwork.until)
        query = query.where(or_(BlockedNetwork.until.is_(None), BlockedNetwork.until > now()))
        try:
            with self._sessions() as session:
                rows = session.execute(query).all()
        except DATABASE_AWAY as error:
            log.warning("blocked networks not read: %s", type(error).__name__)  # what is to be written fails by itself
            return
        known: dict[tuple[int, int], dict[int, Blocked]] = {}
        for row in rows:
            network = ip_network(row.network)
            number = int(network.network_address) >> network.max_prefixlen - network.prefixlen
            known.setdefault((network.version, network.prefixlen), {})[number] = Blocked(row.network, row.until)
        self._known, self._read_at = dict(sorted(known.items())), time.monotonic()


def parse(address: str) -> Address | None:
    """Return a client's address, an IPv4 one as such however it came; None: there is none, as over a Unix socket."""
    try:
        found = ip_address(address)
    except ValueError:
        within = _WITH_PORT.fullmatch(address)  # as some proxies tell it in X-Forwarded-For
        return parse(within[1] or within[2]) if within else None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def truncated(address: str) -> str | None:
    """Return the network that is kept of a client's address, by KEPT_BITS."""
    if (found := parse(address)) is None:
        return None
    return str(ip_network((int(found), KEPT_BITS[found.version]), strict=False))


def network(typed: str) -> Network:
    """Return the network that somebody typed. Raises Refused, with a sentence on what to type instead."""
    try:
        loose = ip_network(typed if _LOOKS.fullmatch(typed) else "", strict=False)
    except ValueError:
        raise Refused(f"“{typed[:60]}” is no network: one is written 203.0.113.0/24 or 2001:db8::/48.") from None
    if isinstance(loose, IPv6Network) and loose.subnet_of(_MAPPED):
        loose = IPv4Network((int(loose.network_address) & 0xFFFFFFFF, loose.prefixlen - 96), strict=False)
    if loose.prefixlen < (widest := WIDEST[loose.version]):
        raise Refused(f"{loose} is too wide: at most a /{widest} can be blocked, or nearly everybody would be.")
    return loose
