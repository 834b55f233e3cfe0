"""Demo sign-in: one click for an account, in demo mode and at this very machine only; and signing out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from api.auth import may_sign_in_by_click, sign_in, sign_out
from api.dependencies import ServicesHere
from api.pages.rendering import home_of, render, see_other
from api.pages.visitors import AnyVisitor, Member
from api.problems import ProblemError
from models.queries.mailbox import list_demo_accounts
from models.tables import Account
from models.vocabulary import Role

router = APIRouter()


@router.get("/demo/anmelden")
async def show_accounts(request: Request, services: ServicesHere, visitor: AnyVisitor) -> Response:
    if not may_sign_in_by_click(request, services.settings):
        raise ProblemError(404, "not_found")
    async with services.database.session() as session:
        accounts = await list_demo_accounts(session)
    groups = [(role, [a for a in accounts if role in a.roles]) for role in (Role.LEAD, Role.COACH, Role.INNOVATOR)]
    return render(request, visitor, "sign_in/demo.html", groups=groups)


@router.post("/demo/anmelden")
async def sign_in_by_click(request: Request, services: ServicesHere, konto: Annotated[UUID, Form()]) -> Response:
    if not may_sign_in_by_click(request, services.settings):
        raise ProblemError(404, "not_found")
    async with services.database.session() as session:
        account = await session.get(Account, str(konto))
    if account is None or not account.demo:
        raise ProblemError(404, "not_found")
    sign_in(request, account)
    return see_other(home_of(Member(account)))


@router.post("/abmelden")
async def sign_out_here(request: Request) -> Response:
    sign_out(request)
    return see_other("/")
