"""How often visitors may have the site send a message: all together, from one address, and to one."""

import hmac
from datetime import timedelta

from redis import Redis

from snippets.attempts import Attempts
from snippets.human import span
from snippets.refused import Refused

FROM_ONE = "10/day"
TO_ONE = "3/day"
EVERYBODY = "everybody"


class MailLimits:
    """Counts messages as Attempts does; who is mailed is counted by a digest, for his address is kept nowhere."""

    def __init__(self, redis: Redis, most: str, secret_key: str) -> None:
        """Allow `most` to all visitors together, such as 100/day."""
        self._key = secret_key.encode()
        self._all = Attempts(redis, "mail", most)
        self._from = Attempts(redis, "mail-from", FROM_ONE)
        self._to = Attempts(redis, "mail-to", TO_ONE)

    def take(self, client: str, recipient: str) -> None:
        """Count a message. Raises Refused where it would be one too many, with nothing counted but in a crowd."""
        whose = hmac.digest(self._key, _mailbox(recipient).encode(), "sha256").hex()
        counts = (
            (self._from, client, f"That was {FROM_ONE.replace('/', ' messages in a ')} from your address"),
            (self._to, whose, f"That address has got {TO_ONE.replace('/', ' messages in a ')} from this site"),
            (self._all, EVERYBODY, "This site has sent as many messages for its visitors as it may"),
        )
        for ask in (Attempts.wait, Attempts.take):  # first all of them, so that what one refuses is counted by none
            for attempts, who, sentence in counts:
                if wait := ask(attempts, who):
                    patience = span(timedelta(seconds=wait))
                    raise Refused(f"{sentence}: wait {patience} and try again.", status=429, retry_after=wait)


def _mailbox(address: str) -> str:
    """Return where messages to an address arrive: `name+detail` is a name of `name`'s (RFC 5233)."""
    name, _, host = address.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"
