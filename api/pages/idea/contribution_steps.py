"""The steps of a contribution as forms, for its team and for the leads who decide on several at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, write_choices
from api.pages.kit.plain_case_page import PlainForms
from api.pages.kit.plain_case_steps import PlainStepWriter
from api.use_cases.contributions import ContributionForm, send_contribution_command
from models.rules.contribution import CONTRIBUTIONS
from models.vocabulary import Unfit
from models.workflow_ids import CONTRIBUTION


@dataclass(frozen=True, kw_only=True)
class ContributionStepWriter(PlainStepWriter):
    reach: str = ""
    """The visitor's own address, where they may exchange it for that of the author."""

    kind = CONTRIBUTION
    order = ("answer", "show", "pass_on", "refuse")
    forward = frozenset({"answer", "show"})
    aside: ClassVar = {}

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        if event == "refuse":
            reasons = write_choices(t, Unfit, "unfit")
            yield form.write("reason", "radio", t("page.contributions.reason"), required=True, choices=reasons)
            yield form.write("note", "text", t("page.contributions.words"))
        elif event == "answer":
            yield form.write("note", "text", t("page.contribution.your_answer"), required=True)
            if self.reach:
                yield form.write("contact", "check", t("contribution.field.contact", mail=self.reach))


FORMS = PlainForms(CONTRIBUTIONS, ContributionForm, send=send_contribution_command, at="beitrag-")
