"""The SMTP server: it is there, its line is encrypted, it knows the site, and it takes mail from the site's address."""

from collections.abc import Iterator

from snippets.doctor.finding import Finding, ill, well
from snippets.doctor.trials import MODULE, tried
from snippets.settings import Settings


def mail(settings: Settings) -> Iterator[Finding]:
    """Begin to hand over a message, and stop before there is one."""
    if not settings.smtp_url:
        return
    told = tried("mail", settings)
    if told is None:
        yield ill("mail", "The trial of it came to no end.", f"Run it by hand: python -m {MODULE} mail.")
    elif why := told["why"]:
        yield ill("mail", f"No mail can be sent: {why}.", "See what SMTP_URL and MAIL_FROM say, or the server's log.")
    else:
        yield well("mail", "The SMTP server takes mail from the site.")
