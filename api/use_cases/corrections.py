"""What leads and coaches put right of an idea of somebody else: typing errors in its title, district, themes, office.

Which office is in charge is part of the idea's standing and changes by its workflow; the words are written here, before
the step that tells of them.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.idea_text import IdeaWords, WrongWords, check_words
from models.messages.commands import Refusal, RefusalCode
from models.policy import Policy
from models.tables import Idea
from models.vocabulary import Role

CORRECTED = ("title", "district", "themes")


@dataclass(frozen=True)
class Correction:
    """What an idea said, what it says from now on, and which office is in charge if that is another one."""

    before: dict[str, Any]
    after: dict[str, Any]
    office: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what is put right."""
        words = tuple(name for name in CORRECTED if self.before[name] != self.after[name])
        return (*words, "office") if self.office is not None else words

    @property
    def former_title(self) -> str | None:
        return self.before["title"] if "title" in self.fields else None


def plan_correction(policy: Policy, idea: Idea, wanted: dict[str, Any], role: Role) -> Correction:
    """`wanted`: the fields that were given, among title, district, themes and office. Raises CommandRefused."""
    office = wanted.pop("office", None)
    office = office if office != idea.office else None
    if office is not None and role is not Role.LEAD:
        raise CommandRefused(Refusal(code=RefusalCode.FORBIDDEN, field="office", detail="left to the leads"))
    if office is not None and office not in policy.region.offices:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="office", detail="is no office"))
    now = {name: getattr(idea, name) for name in IdeaWords.model_fields}
    try:
        checked = check_words(policy, IdeaWords.model_validate({**now, **wanted})).model_dump()
    except ValidationError as wrong:
        field = str(wrong.errors(include_input=False)[0]["loc"][0])
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field=field, detail="is out of range")) from None
    except WrongWords as wrong:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field=wrong.field, detail=wrong.detail)) from None
    before = {name: now[name] for name in CORRECTED} | {"office_by_hand": idea.office_by_hand}
    after = {name: checked[name] for name in CORRECTED}
    follows = policy.region.office_of(after["district"])
    by_hand = office != follows if office is not None else idea.office_by_hand
    if office is None:
        office = find_office(policy, after["district"], idea.office, by_hand=by_hand)
    found = Correction(before, after | {"office_by_hand": by_hand}, office)
    if not found.fields:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="title", detail="nothing would be put right"))
    return found


def find_office(policy: Policy, district: str | None, office: str, *, by_hand: bool) -> str | None:
    """The office that is in charge of a district, where that is another one than now and none was chosen by hand."""
    if by_hand or district is None:
        return None
    follows = policy.region.office_of(district)
    return follows if follows != office else None


async def write_words(services: Services, idea_id: str, values: dict[str, Any]) -> None:
    async with services.database.transaction() as session:
        idea = await session.get_one(Idea, idea_id, with_for_update=True)
        for name, value in values.items():
            setattr(idea, name, value)
