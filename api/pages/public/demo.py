"""Demo sign-in: one click for an account, in demo mode and at this very machine only."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, Response

from api.pages.kit.menus import home_of
from api.pages.kit.page import AnyPage
from api.pages.kit.redirect_target import wanted_path
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Member
from api.pages.sign_in.entrance import begin
from api.sign_in.bearer import may_sign_in_by_click
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.mailbox import list_demo_accounts
from models.tables import Account
from models.vocabulary import Role, SignInMethod

router = page_router()


@router.get("/demo/anmelden")
async def show_accounts(page: AnyPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    if not may_sign_in_by_click(page.request, page.services.settings):
        raise ProblemError(404, "not_found")
    async with page.services.database.reading() as session:
        accounts = await list_demo_accounts(session)
    groups = [(role, [a for a in accounts if role in a.roles]) for role in (Role.LEAD, Role.COACH, Role.INNOVATOR)]
    return page.render("sign_in/demo.html", groups=groups, wanted=wanted_path(page.request, wanted))


@router.post("/demo/anmelden")
async def sign_in_by_click(
    page: AnyPage,
    account_id: Annotated[UUID, Form(alias="konto")],
    wanted: Annotated[str | None, Form(alias="weiter")] = None,
) -> Response:
    if not may_sign_in_by_click(page.request, page.services.settings):
        raise ProblemError(404, "not_found")
    async with page.services.database.reading() as session:
        account = await session.get(Account, str(account_id))
    if account is None or not account.demo or not account.can_come_in:
        raise ProblemError(404, "not_found")
    answer = see_other(wanted_path(page.request, wanted) or home_of(Member(account)))
    await begin(page, answer, account, SignInMethod.DEMO)
    return answer
