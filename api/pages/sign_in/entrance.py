"""What the ways of signing in have in common: the letter that is sent, and the door that lets somebody in."""

from urllib.parse import urlencode

from fastapi import Request, Response

from api.pages.hand_in.drafts import holder_of
from api.pages.kit.landing import DEVICES, SECOND, wanted_path
from api.pages.kit.rendering import home_of, render, see_other, texts_for
from api.pages.kit.visitors import Member, Visitor
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


async def send_letter(
    request: Request, services: Services, visitor: Visitor, email: str, wanted: str | None, *, is_here: bool = False
) -> Response:
    """`is_here`: they are signed in with this address, so that no stranger's asking holds their letter back."""
    browser = browser_of(request, services) or new_secret()
    language = texts_for(request, visitor).language
    await mail_proofs.ask(request, services, email, browser, wanted_path(request, wanted), language, is_here=is_here)
    answer = see_other("/anmelden/code")
    remember_browser(request, answer, services, browser)
    return answer


async def let_in(
    request: Request,
    services: Services,
    visitor: Visitor,
    proof: Proof,
    method: SignInMethod,
    second: SecondFactor | None = None,
) -> Response:
    """Sign somebody in; or where they are signed in here already, note that they have proved it once more."""
    account, row = proof.account, session_of(request)
    is_here = isinstance(visitor, Member) and visitor.person.id == account.id
    if is_here and row is not None and method in STEPS_UP:
        await renew_session(request, services, row, AuditEvent.STEP_UP, method=method, second=second)
        answer = see_other(proof.next_path or home_of(visitor))
        hand_over_cookie(request, answer, services)
        return answer
    async with services.database.reading() as session:
        factors = await read_factors(session, account.id)
    lacking = None if second else what_lacks(services, account, method, factors)
    answer = see_other(way_on(lacking, proof.next_path) if lacking else proof.next_path or home_of(Member(account)))
    await begin(request, answer, services, account, method, second)
    return answer


async def begin(
    request: Request,
    answer: Response,
    services: Services,
    account: Account,
    method: SignInMethod,
    second: SecondFactor | None = None,
) -> None:
    """Begin a session; what was begun in this browser before is theirs from now on."""
    await begin_session(request, answer, services, account, method, second)
    await take_over(services, holder_of(request, services, Member(account)))


async def welcome(
    request: Request, services: Services, visitor: Visitor, proof: Proof, method: SignInMethod
) -> Response:
    """Let somebody in who works here from now on; where nothing but their provider does that, lead them there."""
    if opens_by_mail(services, proof.account):
        return await let_in(request, services, visitor, proof, method)
    provider = services.settings.oidc_name
    return render(request, visitor, "staff/at_provider.html", provider=provider, wanted=proof.next_path)


def way_on(lacking: Lacking | None, wanted: str | None) -> str:
    """Where a sign-in that lacks something goes on."""
    page = DEVICES if lacking is Lacking.SET_UP else SECOND
    return f"{page}?{urlencode({'weiter': wanted})}" if wanted else page


def browser_of(request: Request, services: Services) -> str | None:
    """A code counts in the browser that asked for it, whether somebody is signed in there or not."""
    return read_binding(request, services)


def remember_browser(request: Request, answer: Response, services: Services, browser: str) -> None:
    if browser_of(request, services) is None:
        set_cookie(answer, services.settings, BROWSER, browser)
