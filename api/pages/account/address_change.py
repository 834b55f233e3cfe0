"""What the link in a mail to another address opens: it becomes one's own, or brings two accounts together."""

from fastapi import Response

from api.pages.kit.page import AnyPage, FreshPage
from api.pages.kit.rendering import private
from api.use_cases.account_merge import CannotMerge, MergePlan, merge_accounts, plan_merge
from api.use_cases.address_change import confirm_address, find_address_change, find_holder_of
from api.web.routers import page_router
from models.addresses import mask_address
from models.tables import Account

router = page_router()

HERE = "/meine-daten/adresse/{secret}"


@router.get(HERE)
async def show_address(page: AnyPage, secret: str) -> Response:
    """A look changes nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        wanted = await find_address_change(session, page.services, secret)
        if wanted is None:
            return private(answer_that_it_is_over(page))
        if wanted.account_id != page.visitor.id:
            asker = await session.get_one(Account, wanted.account_id)
            return private(answer_that_it_is_elsewhere(page, asker, secret))
        holder = await find_holder_of(session, wanted.email)
        if holder is None:
            answer = page.render("my_data/address.html", secret=secret, email=wanted.email)
            return private(answer)
        plan = await plan_merge(session, await session.get_one(Account, wanted.account_id), holder)
    return private(show_plan(page, secret, wanted.email, plan))


@router.post(HERE)
async def use_address(page: AnyPage, secret: str) -> Response:
    """In a session of the account that asked, and nowhere else: whoever reads the mail may be somebody else."""
    async with page.services.database.reading() as session:
        wanted = await find_address_change(session, page.services, secret)
        asker = await session.get_one(Account, wanted.account_id) if wanted else None
    if asker is not None and asker.id != page.visitor.id:
        return private(answer_that_it_is_elsewhere(page, asker, secret, status=403))
    if asker is None or not await confirm_address(page.services, page.caller, asker.id, secret):
        return private(answer_that_it_is_over(page))
    return private(page.render("my_data/address_done.html", done="address"))


@router.post(HERE + "/zusammenfuehren")
async def merge(page: FreshPage, secret: str) -> Response:
    """Everything of the other account comes to this one. Pressed again after a break, it goes on."""
    takes_address = (await page.form()).get("adresse") == "neu"
    try:
        done = await merge_accounts(page.services, page.caller, page.person.id, secret, takes_address=takes_address)
    except CannotMerge as refused:
        return private(page.render("my_data/merge.html", 409, why=refused.why, plan=None))
    if not done:
        return private(answer_that_it_is_over(page))
    return private(page.render("my_data/address_done.html", done="merge"))


def show_plan(page: AnyPage, secret: str, email: str, plan: MergePlan) -> Response:
    status = 409 if plan.why else 200
    return page.render("my_data/merge.html", status, secret=secret, email=email, plan=plan, why=plan.why)


def answer_that_it_is_over(page: AnyPage) -> Response:
    return page.render("my_data/address_over.html", 410)


def answer_that_it_is_elsewhere(page: AnyPage, asker: Account, secret: str, *, status: int = 200) -> Response:
    """Sign in with the old address first; it comes back here."""
    return page.render(
        "my_data/address_elsewhere.html",
        status,
        account=mask_address(asker.email),
        back=HERE.format(secret=secret),
    )
