"""From the content of a mail to its two forms, by the templates in templates/emails/."""

import textwrap
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from activities.mails.content import MailContent, Section
from models.i18n import Texts
from models.policy import Policy
from models.settings import TEMPLATES

LINE = 76
"""How long a line of plain text may get, but for addresses."""


def write_html(content: MailContent, texts: Texts, policy: Policy) -> str:
    return _write("html", content, texts, policy)


def write_text(content: MailContent, texts: Texts, policy: Policy) -> str:
    return _write("txt", content, texts, policy)


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
