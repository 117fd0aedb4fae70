"""What goes over the wire of a message: its headers, and to whom. The one place where every kind of message passes."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from snippets.mail_models import Message
from snippets.messages import one_line
from snippets.settings import Settings


def envelope(message: Message, settings: Settings) -> tuple[str, bytes]:
    """Return to whom a message goes, and its content with CRLF line ends.

    On a site with MAIL_REDIRECT_TO that is there, whatever the message says. No header holds a line end of somebody's
    making: addresses are checked, and the policy refuses what could end a header. Raises ValueError.
    """
    meant, subject = message.recipient or "", message.subject or ""
    to = settings.mail_redirect_to or meant
    sender = Address(one_line(settings.site_name), addr_spec=settings.mail_from or "")
    content = EmailMessage(policy=SMTP)
    content["From"] = sender
    content["To"] = Address(addr_spec=to)
    content["Subject"] = f"[for {meant}] {subject}" if settings.mail_redirect_to else subject
    content["Date"] = format_datetime(message.created_at)
    content["Message-ID"] = f"<{message.kind}.{message.id}.{message.created_at.timestamp():.0f}@{sender.domain}>"
    content["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday's answer
    content.set_content(message.body or "", cte="quoted-printable")
    return to, content.as_bytes()
