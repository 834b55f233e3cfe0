"""From the content of a mail to its two forms, by the templates in templates/emails/."""

import textwrap
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from activities.mails.content import CalendarEntry, MailContent, Section
from activities.mails.ics import method_of, write_calendar
from activities.ports.mailer import Attachment, Mail
from models.compiled_templates import CompiledTemplates
from models.i18n import Texts
from models.policy import Policy
from models.settings import TEMPLATES

LINE = 76
"""How long a line of plain text may get, but for addresses."""


CALENDAR_TYPE = "text/calendar; method={method}; charset=utf-8"


def render_mail(
    mail_id: str, account_id: str | None, address: str, content: MailContent, texts: Texts, policy: Policy
) -> Mail:
    """The mail as it goes to an address: both forms, and a calendar of its deadlines."""
    entries = [block.deadline for block in content.blocks if block.deadline is not None]
    by_method = [[one for one in entries if one.cancelled], [one for one in entries if not one.cancelled]]
    return Mail(
        id=mail_id,
        account_id=account_id,
        recipient=address,
        language=texts.language,
        subject=content.subject,
        text=_write("txt", content, texts, policy),
        html=_write("html", content, texts, policy),
        unsubscribe_url=content.unsubscribe_url,
        attachments=[attach_calendar(some, texts) for some in by_method if some],
    )


def attach_calendar(entries: Sequence[CalendarEntry], texts: Texts) -> Attachment:
    media_type = CALENDAR_TYPE.format(method=method_of(entries))
    return Attachment(name=texts("mail.calendar.file"), media_type=media_type, content=write_calendar(entries))


def _write(form: str, content: MailContent, texts: Texts, policy: Policy) -> str:
    def show(section: Section) -> Markup:
        template = environment().get_template(f"sections/{section.template}.{form}")
        return Markup(template.render(t=texts, policy=policy, **section.values))  # noqa: S704  escaped by its template

    return environment().get_template(f"mail.{form}").render(mail=content, t=texts, policy=policy, show=show)


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES / "emails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates(),
    )
    found.filters["fill"] = fill
    return found


def fill(text: str, indent: str = "") -> str:
    """Paragraphs of plain text in short lines."""
    return "\n".join(
        textwrap.fill(
            line,
            LINE,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
