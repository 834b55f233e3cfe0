"""Ideas: hand in, correct, list, look at one."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.routes.idea_representation import IdeaResource, ListedIdea, Listing, list_idea, now, show_idea
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount, TextsHere
from api.use_cases.idea_text import LONGEST_TEXT, IdeaNotFound, IdeaWords, change_words
from api.use_cases.read_marks import begin_reading
from api.use_cases.submission import SavedAsDraft, hand_in
from api.web.dependencies import Led, ServicesHere
from api.web.parameters import (
    Cursor,
    IdeaId,
    IdempotencyKey,
    Limit,
    Search,
    Word,
    etag,
    read_holder,
    read_person,
)
from api.web.problems import ProblemError, from_validation, invalid, responses, unavailable
from api.web.routers import api_router
from models.i18n import Texts
from models.messages.commands import Receipt
from models.queries.board import BoardFilter, Sort, list_ideas
from models.queries.idea import IdeaView, read_idea
from models.queries.paging import InvalidCursor
from models.queries.stuck import Moment
from models.rules.permissions import may_view, works_on
from models.single_line import Line
from models.tables import Account, roles_of
from models.typed_text import Text
from models.vocabulary import Outcome, Stage

router = api_router("/ideas", "ideas")


class NewIdea(IdeaWords):
    """An idea in its owner's words. As a draft it needs a title only; to be handed in also a summary."""

    draft: bool = False


class IdeaChanges(BaseModel):
    """The words to change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Line = Field(default="", max_length=200)
    summary: Text = Field(default="", max_length=LONGEST_TEXT)
    problem: Text = Field(default="", max_length=LONGEST_TEXT)
    solution: Text = Field(default="", max_length=LONGEST_TEXT)
    target_group: Text = Field(default="", max_length=LONGEST_TEXT)
    district: str | None = Field(default=None, max_length=100)
    themes: list[str] = Field(default_factory=list, max_length=14)
    language: str = Field(default="de", max_length=8)


@router.post(
    "", status_code=201, summary="Hand in an idea, or keep a draft", responses=responses(413, 422), dependencies=[Led]
)
async def post_idea(
    form: NewIdea,
    services: ServicesHere,
    account: ApiAccount,
    texts: TextsHere,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> IdeaResource:
    words = IdeaWords.model_validate(form.model_dump(exclude={"draft"}))
    try:
        handed_in = await hand_in(services, account, words, key=idempotency_key, draft=form.draft)
    except SavedAsDraft as saved:
        problem = unavailable("the idea is kept as a draft; submit it, or ask again with the same Idempotency-Key")
        problem.headers["Location"] = _location(saved.idea_id)
        raise problem from saved
    done = handed_in.done
    shown = await load_and_show(services, account, handed_in.idea_id, texts, done.receipt if done else None)
    response.headers.update({"Location": _location(handed_in.idea_id), **etag(shown.version)})
    return shown


@router.get("", summary="The ideas that the caller may see", responses=responses(422))
async def get_ideas(
    services: ServicesHere,
    account: ApiAccount,
    texts: TextsHere,
    stage: Stage | None = None,
    state: Word | None = None,
    holder: Annotated[str | None, Query(max_length=40, description="A role, the id of an account, or me.")] = None,
    coach: Annotated[str | None, Query(max_length=40, description="The id of an account, or me; covers count.")] = None,
    office: Word | None = None,
    outcome: Outcome | None = None,
    open: Annotated[bool | None, Query(description="Handed in and not ended.")] = None,
    stuck: bool | None = None,
    text: Annotated[Search | None, Query(description="Words, parts of words, a reference number, names.")] = None,
    sort: Sort = Sort.DUE,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[ListedIdea]:
    role, holder_id = read_holder(holder, account) if holder is not None else (None, None)
    wanted = BoardFilter(
        stage=stage,
        state=state,
        holder_role=role,
        holder_id=holder_id,
        coach_id=read_person(coach, account, "coach") if coach is not None else None,
        office=office,
        outcome=outcome,
        open=open,
        stuck=stuck,
        text=text,
    )
    moment = Moment.of(services.policy, now())
    async with services.database.reading() as session:
        try:
            page = await list_ideas(
                session, account.id, roles_of(account), moment, wanted, sort=sort, cursor=cursor, limit=limit
            )
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    return Listing(items=[list_idea(card, texts) for card in page.items], next_cursor=page.next_cursor)


@router.get("/{idea_id}", summary="One idea, and what the caller may do", responses=responses(404))
async def get_idea(
    idea_id: IdeaId, services: ServicesHere, account: ApiAccount, texts: TextsHere, response: Response
) -> IdeaResource:
    view = await load_visible(services, account, str(idea_id))
    await begin_reading(services, view, account)
    shown = show_idea(services, account, view, texts)
    response.headers.update(etag(shown.version))
    return shown


@router.patch(
    "/{idea_id}",
    summary="Correct the words of an idea that nobody has begun to read, or that is in clarification",
    responses=responses(403, 404, 409, 413, 422),
)
async def patch_idea(
    idea_id: IdeaId,
    form: IdeaChanges,
    services: ServicesHere,
    account: ApiAccount,
    texts: TextsHere,
    response: Response,
) -> IdeaResource:
    view = await load_visible(services, account, str(idea_id))
    if not works_on(view.row, account.id):
        raise ProblemError(403, "forbidden", "only who works on an idea changes its words")
    changes: dict[str, Any] = form.model_dump(exclude_unset=True)
    try:
        await change_words(services, account, str(idea_id), changes)
    except ValidationError as error:
        raise from_validation(error.errors(include_input=False, include_url=False), body=False) from error
    shown = await load_and_show(services, account, str(idea_id), texts)
    response.headers.update(etag(shown.version))
    return shown


async def load_visible(services: Services, account: Account, idea_id: str) -> IdeaView:
    """Raises IdeaNotFound where there is none, or none for this account."""
    async with services.database.reading() as session:
        view = await read_idea(session, idea_id)
    if view is None or not may_view(view.row.standing(), account.id, roles_of(account)):
        raise IdeaNotFound(hidden=view is not None)
    return view


async def load_and_show(
    services: Services, account: Account, idea_id: str, texts: Texts, receipt: Receipt | None = None
) -> IdeaResource:
    """The idea for this account. A receipt that the read model has not reached yet is told as what is coming."""
    shown = show_idea(services, account, await load_visible(services, account, idea_id), texts)
    if receipt is None or shown.version >= receipt.version:
        return shown
    newer = {"stage": receipt.stage, "state": receipt.state, "version": receipt.version, "shown": False}
    return shown.model_copy(update={**newer, "holder": None, "allowed_events": [], "events": [], "upcoming": []})


def _location(idea_id: str) -> str:
    return f"/api/v1/ideas/{idea_id}"
