"""What the ways of signing in have in common: the mail that is sent, and the door that lets somebody in."""

from urllib.parse import urlencode

from fastapi import Request, Response

from api.pages.hand_in.drafts import holder_of
from api.pages.kit.menus import home_of
from api.pages.kit.page import AnyPage
from api.pages.kit.redirect_target import DEVICES, SECOND, wanted_path
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Member
from api.runtime.services import Services
from api.sign_in import mail_proofs
from api.sign_in.mail_proofs import Proof, opens_by_mail
from api.sign_in.sessions import (
    STEPS_UP,
    Lacking,
    begin_session,
    hand_over_cookie,
    read_factors,
    renew_session,
    what_lacks,
)
from api.use_cases.drafts import take_over
from api.web.cookies import BROWSER, session_of, set_cookie
from api.web.csrf import read_binding
from models.secrets import new_secret
from models.tables import Account
from models.vocabulary import AuditEvent, SecondFactor, SignInMethod


async def send_sign_in_mail(page: AnyPage, email: str, wanted: str | None, *, is_here: bool = False) -> Response:
    """`is_here`: they are signed in with this address, so that no stranger's asking holds their mail back."""
    browser = browser_of(page.request, page.services) or new_secret()
    language = page.t.language
    await mail_proofs.ask(
        page.request, page.services, email, browser, wanted_path(page.request, wanted), language, is_here=is_here
    )
    answer = see_other("/anmelden/code")
    remember_browser(page.request, answer, page.services, browser)
    return answer


async def let_in(page: AnyPage, proof: Proof, method: SignInMethod, second: SecondFactor | None = None) -> Response:
    """Sign somebody in; or where they are signed in here already, note that they have proved it once more."""
    account, row = proof.account, session_of(page.request)
    is_here = isinstance(page.visitor, Member) and page.visitor.person.id == account.id
    if is_here and row is not None and method in STEPS_UP:
        await renew_session(page.request, page.services, row, AuditEvent.STEP_UP, method=method, second=second)
        answer = see_other(proof.next_path or home_of(page.visitor))
        hand_over_cookie(page.request, answer, page.services)
        return answer
    async with page.services.database.reading() as session:
        factors = await read_factors(session, account.id)
    lacking = None if second else what_lacks(page.services, account, method, factors)
    answer = see_other(way_on(lacking, proof.next_path) if lacking else proof.next_path or home_of(Member(account)))
    await begin(page, answer, account, method, second)
    return answer


async def begin(
    page: AnyPage, answer: Response, account: Account, method: SignInMethod, second: SecondFactor | None = None
) -> None:
    """Begin a session; what was begun in this browser before is theirs from now on."""
    await begin_session(page.request, answer, page.services, account, method, second)
    await take_over(page.services, holder_of(page.seen_by(Member(account))))


async def welcome(page: AnyPage, proof: Proof, method: SignInMethod) -> Response:
    """Let somebody in who works here from now on; where nothing but their provider does that, lead them there."""
    if opens_by_mail(page.services, proof.account):
        return await let_in(page, proof, method)
    provider = page.services.settings.oidc_name
    return page.render("staff/at_provider.html", provider=provider, wanted=proof.next_path)


def way_on(lacking: Lacking | None, wanted: str | None) -> str:
    """Where a sign-in that lacks something goes on."""
    there = DEVICES if lacking is Lacking.SET_UP else SECOND
    return f"{there}?{urlencode({'weiter': wanted})}" if wanted else there


def browser_of(request: Request, services: Services) -> str | None:
    """A code counts in the browser that asked for it, whether somebody is signed in there or not."""
    return read_binding(request, services)


def remember_browser(request: Request, answer: Response, services: Services, browser: str) -> None:
    if browser_of(request, services) is None:
        set_cookie(answer, services.settings, BROWSER, browser)
