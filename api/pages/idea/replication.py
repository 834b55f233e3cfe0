"""The page of a replication, for both its sides: what is copied, who is on turn, what carried over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.fields import Field, WrongFields
from api.pages.kit.forms import FormWriter, write_choices
from api.pages.kit.page import SignedInPage
from api.pages.kit.plain_case_page import PlainPage
from api.pages.kit.plain_case_steps import PlainStepWriter
from api.use_cases.plain_cases import SeenCase
from api.use_cases.replications import ReplicationForm, knows_others
from api.web.routers import page_router
from models.queries.account_names import read_contacts
from models.queries.case_timeline import CaseLine
from models.queries.stories import find_story_about
from models.rules.replication import REPLICATIONS, REPORT
from models.typed_text import says_something
from models.vocabulary import Answer, CarryOver, Ingredient, Role
from models.workflow_ids import REPLICATION

ANSWERS = (Answer.ON_TRACK, Answer.DONE)
WHY = "_why"
"""What the field ends with that says why."""

LONGEST_WHY = 1000


class ReplicationStepWriter(PlainStepWriter):
    kind = REPLICATION
    order = ("agree", "hand_on", "decline", "check_in", REPORT)
    forward = frozenset({"agree", "hand_on", "check_in", REPORT})

    def own_fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        if event == "check_in":
            choices = write_choices(t, ANSWERS, "replication.answer")
            yield form.write("answer", "radio", t("replication.field.answer"), "", True, choices)
        for one in self.shown["ingredients"] if event == REPORT else ():
            choices, what = write_choices(t, CarryOver, "carry_over"), t(f"ingredient.{one}")
            yield form.write(one, "select", what, choices=choices)
            yield form.write(f"{one}{WHY}", "line", t("replication.field.why", what=what), longest=LONGEST_WHY)


def read_report(page: SignedInPage, event: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Reasons become one note, each under its ingredient. Raises WrongFields."""
    t = page.t
    given: dict[str, Any] = {name: value for name, value in values.items() if name in ReplicationForm.model_fields}
    if event == "check_in" and "answer" not in values:
        raise WrongFields({"answer": t("replication.field.answer.missing")})
    if event != REPORT:
        return given
    carried = {one: values[one] for one in Ingredient if one in values}
    if not carried:
        raise WrongFields({"form": t("replication.field.carried.missing")})
    named = (one for one in Ingredient if says_something(values.get(f"{one}{WHY}", "")))
    reasons = [f"{t(f'ingredient.{one}')}: {values[f'{one}{WHY}']}" for one in named]
    return given | {"carried": carried, "note": "\n".join(filter(None, (*reasons, values.get("note"))))}


def is_named(seen: SeenCase, line: CaseLine) -> bool:
    """Each side knows itself; until both have said yes, neither is named to the other."""
    is_own = Role.ORIGINAL in seen.roles if line.actor_role == Role.ORIGINAL else seen.sees_idea
    return is_own or knows_others(seen)


async def tell(page: SignedInPage, session: AsyncSession, seen: SeenCase, lines: Sequence[CaseLine]) -> dict[str, Any]:
    idea, standing = seen.idea.idea, seen.standing
    both = (idea.owner_id, seen.others[Role.ORIGINAL].row.owner_id)
    contacts = await read_contacts(session, both) if knows_others(seen) else {}
    story = await find_story_about(session, standing.original_id)
    return {
        "story": story,
        "ingredients": [one for one in Ingredient if story is not None and one in story.words] or list(Ingredient),
        "district": page.speaker.names.district(idea.district) if idea.district else "",
        "contacts": [contacts[one] for one in both if one in contacts and one != page.person.id],
        "report": [(one, standing.carried[one]) for one in Ingredient if one in standing.carried],
        "why": next((line.note for line in lines if line.event == REPORT), ""),
    }


router = page_router()
PlainPage(
    REPLICATIONS,
    ReplicationForm,
    names=(*Ingredient, *(f"{one}{WHY}" for one in Ingredient)),
    read=read_report,
    template="replication/page.html",
    writer=ReplicationStepWriter,
    tell=tell,
    is_named=is_named,
).add_to(router)
