"""What people ask of replications: beginning an idea from a story, and the events of the case beside it."""

from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm
from api.use_cases.drafts import Holder, begin_draft
from api.use_cases.plain_cases import SeenCase
from models.queries.stories import PublicStory
from models.rules.replication import KNOWN
from models.tables import Draft
from models.vocabulary import Answer, CarryOver, Ingredient, Role, StoryField


class ReplicationForm(CaseForm):
    """An event of a replication and its own fields, as a person gives them. `note` says with a report why."""

    answer: Answer | None = None
    carried: dict[Ingredient, CarryOver] | None = None


def knows_others(seen: SeenCase) -> bool:
    """Names and addresses are told once both sides have said yes, and to them alone."""
    return seen.standing.help in KNOWN and bool({Role.INNOVATOR, Role.ORIGINAL} & set(seen.roles))


async def begin_after(services: Services, holder: Holder, language: str, story: PublicStory) -> Draft:
    """A draft that begins with what a story says, for its writer to change. Its title is theirs."""
    said = story.english if language != "de" and story.english is not None else story.words
    asked = {"summary": StoryField.TEASER, "problem": StoryField.PROBLEM, "solution": StoryField.STEPS}
    words = {name: said.get(field, "") for name, field in asked.items()} | {"themes": list(story.themes)}
    return await begin_draft(services, holder, language, words=words, after_id=story.idea_id)
