"""Ideas: hand in, correct, list, look at one."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import ValidationError

from api.routes.idea_representation import IdeaResource, ListedIdea, Listing, list_idea, now, show_idea
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount, TextsHere
from api.use_cases.command_sender import Done
from api.use_cases.commands import before_its_first_step
from api.use_cases.idea_text import IdeaNotFound, IdeaWords, UnfinishedWords, change_words
from api.use_cases.read_marks import begin_reading
from api.use_cases.submission import hand_in
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
from api.web.problems import ProblemError, describe, invalid, responses
from api.web.public_stories import AfterStory
from api.web.routers import api_router
from models.i18n import Texts
from models.queries.account_names import person
from models.queries.board import BoardFilter, Sort, list_ideas
from models.queries.idea import IdeaView, read_idea
from models.queries.moment import Moment
from models.queries.paging import InvalidCursor
from models.rules.permissions import may_view, works_on
from models.tables import Account, Idea, roles_of
from models.vocabulary import Outcome, Stage

router = api_router("/ideas", "ideas")


@router.post("", status_code=201, summary="Hand in an idea", responses=responses(413, 422), dependencies=[Led])
async def post_idea(
    words: IdeaWords,
    services: ServicesHere,
    account: ApiAccount,
    texts: TextsHere,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    after: AfterStory = None,
) -> IdeaResource:
    idea_id, done = await hand_in(services, account, words, idempotency_key, after)
    return await answer_handed_in(services, account, idea_id, texts, response, done)


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
    shown = await show_idea(services, account, view, texts)
    response.headers.update(etag(shown.version))
    return shown


@router.patch(
    "/{idea_id}",
    summary="Correct the words of an idea that nobody has begun to read, or that is in clarification",
    responses=responses(403, 404, 409, 413, 422),
)
async def patch_idea(
    idea_id: IdeaId,
    words: UnfinishedWords,
    services: ServicesHere,
    account: ApiAccount,
    texts: TextsHere,
    response: Response,
) -> IdeaResource:
    view = await load_visible(services, account, str(idea_id))
    if not works_on(view.row, account.id):
        raise ProblemError(403, "forbidden", "only who works on an idea changes its words")
    try:
        await change_words(services, account, str(idea_id), words.model_dump(exclude_unset=True))
    except ValidationError as wrong:
        raise describe(wrong) from None
    shown = await show_idea(services, account, await load_visible(services, account, str(idea_id)), texts)
    response.headers.update(etag(shown.version))
    return shown


async def load_visible(services: Services, account: Account, idea_id: str) -> IdeaView:
    """Raises IdeaNotFound where there is none, or none for this account."""
    async with services.database.reading() as session:
        view = await read_idea(session, idea_id)
    if view is None or not may_view(view.row.standing(), account.id, roles_of(account)):
        raise IdeaNotFound(hidden=view is not None)
    return view


async def answer_handed_in(
    services: Services, account: Account, idea_id: str, texts: Texts, response: Response, done: Done | None
) -> IdeaResource:
    """The idea whose path has begun. One that the read model does not show yet is told as its owner wrote it."""
    try:
        view = await load_visible(services, account, idea_id)
    except IdeaNotFound:
        if done is None:
            raise
        view = await _load_unshown(services, account, idea_id)
    shown = await show_idea(services, account, view, texts)
    if done is not None and shown.version < done.receipt.version:
        newer = done.receipt.model_dump(include={"stage", "state", "version"})
        shown = shown.model_copy(update={**newer, "shown": False, "allowed_events": [], "events": [], "upcoming": []})
    response.headers.update({"Location": f"/api/v1/ideas/{idea_id}", **etag(shown.version)})
    return shown


async def _load_unshown(services: Services, account: Account, idea_id: str) -> IdeaView:
    async with services.database.reading() as session:
        idea = await session.get_one(Idea, idea_id)
    owner, row = person(account.id, account.name), before_its_first_step(idea)
    return IdeaView(idea, row, owner, coach=None, cover=None, holder=None, tasks=[])
