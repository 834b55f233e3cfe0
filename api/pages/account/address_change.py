"""What the link in a letter to another address opens: it becomes one's own, or brings two accounts together."""

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import private, render
from api.pages.kit.visitors import AnyVisitor, Fresh, Visitor
from api.use_cases.account_merge import CannotMerge, MergePlan, merge_accounts, plan_merge
from api.use_cases.address_change import confirm_address, find_address_change, find_holder_of
from api.web.callers import caller_of
from api.web.dependencies import ServicesHere
from models.addresses import mask_address
from models.tables import Account

router = APIRouter()

HERE = "/meine-daten/adresse/{secret}"


@router.get(HERE)
async def show_address(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """A look changes nothing, since mail scanners follow links."""
    async with services.database.reading() as session:
        wanted = await find_address_change(session, services, secret)
        if wanted is None:
            return private(answer_that_it_is_over(request, visitor))
        if wanted.account_id != visitor.id:
            asker = await session.get_one(Account, wanted.account_id)
            return private(answer_that_it_is_elsewhere(request, visitor, asker, secret))
        holder = await find_holder_of(session, wanted.email)
        if holder is None:
            page = render(request, visitor, "my_data/address.html", secret=secret, email=wanted.email)
            return private(page)
        plan = await plan_merge(session, await session.get_one(Account, wanted.account_id), holder)
    return private(show_plan(request, visitor, secret, wanted.email, plan))


@router.post(HERE)
async def use_address(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """In a session of the account that asked, and nowhere else: whoever reads the mail may be somebody else."""
    async with services.database.reading() as session:
        wanted = await find_address_change(session, services, secret)
        asker = await session.get_one(Account, wanted.account_id) if wanted else None
    if asker is not None and asker.id != visitor.id:
        return private(answer_that_it_is_elsewhere(request, visitor, asker, secret, status=403))
    if asker is None or not await confirm_address(services, caller_of(services, request), asker.id, secret):
        return private(answer_that_it_is_over(request, visitor))
    return private(render(request, visitor, "my_data/address_done.html", done="address"))


@router.post(HERE + "/zusammenfuehren")
async def merge(request: Request, services: ServicesHere, member: Fresh, secret: str) -> Response:
    """Everything of the other account comes to this one. Pressed again after a break, it goes on."""
    takes_address = (await request.form()).get("adresse") == "neu"
    try:
        done = await merge_accounts(
            services, caller_of(services, request), member.person.id, secret, takes_address=takes_address
        )
    except CannotMerge as refused:
        return private(render(request, member, "my_data/merge.html", 409, why=refused.why, plan=None))
    if not done:
        return private(answer_that_it_is_over(request, member))
    return private(render(request, member, "my_data/address_done.html", done="merge"))


def show_plan(request: Request, visitor: Visitor, secret: str, email: str, plan: MergePlan) -> Response:
    status = 409 if plan.why else 200
    return render(request, visitor, "my_data/merge.html", status, secret=secret, email=email, plan=plan, why=plan.why)


def answer_that_it_is_over(request: Request, visitor: Visitor) -> Response:
    return render(request, visitor, "my_data/address_over.html", 410)


def answer_that_it_is_elsewhere(
    request: Request, visitor: Visitor, asker: Account, secret: str, *, status: int = 200
) -> Response:
    """Sign in with the old address first; it comes back here."""
    return render(
        request,
        visitor,
        "my_data/address_elsewhere.html",
        status,
        account=mask_address(asker.email),
        back=HERE.format(secret=secret),
    )
