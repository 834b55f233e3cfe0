"""The tokens with which somebody's programs use the API: which there are, a new one, and the end of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from api.pages.kit.forms import FormWriter, read_text
from api.pages.kit.page import FreshPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.sign_in.bearer import DAYS, issue_token, list_tokens, revoke_own_token
from api.use_cases.audit import audit
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.i18n import Texts
from models.single_line import read_line
from models.vocabulary import AuditEvent, TokenScope

router = page_router()

TOKENS = "/einstellungen/zugriff"
LASTS = (30, DAYS, 180, 365)
"""How many days one may choose."""
LONGEST_NAME = 80


@dataclass(frozen=True)
class Wanted:
    """The token that somebody asks for, as entered."""

    name: str = ""
    scopes: tuple[str, ...] = (TokenScope.READ,)
    days: str = str(DAYS)
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Field → key of what is wrong."""


@router.get(TOKENS)
async def show_tokens(page: SignedInPage) -> Response:
    return await render_tokens(page)


@router.get(TOKENS + "/neu")
async def show_form(page: FreshPage) -> Response:
    return render_form(page, Wanted())


@router.post(TOKENS + "/neu")
async def make_token(page: FreshPage) -> Response:
    """It is shown in this one answer and kept nowhere."""
    wanted = read_form(await page.form())
    if wanted.wrong:
        return render_form(page, wanted, status=422)
    scopes, days = [TokenScope(scope) for scope in wanted.scopes], int(wanted.days)
    async with page.services.database.transaction() as session:
        token = await issue_token(session, page.person, scopes, days=days, name=wanted.name)
        await audit(session, page.caller, AuditEvent.TOKEN_ISSUED, scopes=sorted(scopes), days=days)
    return await render_tokens(page, token)


@router.post(TOKENS + "/{token_id}/widerrufen")
async def revoke(page: SignedInPage, token_id: UUID) -> Response:
    async with page.services.database.transaction() as session:
        if await revoke_own_token(session, page.person.id, str(token_id)) is None:
            raise ProblemError(404, "not_found")
        await audit(session, page.caller, AuditEvent.TOKEN_REVOKED, count=1)
    return see_other(TOKENS, meldung="widerrufen")


async def render_tokens(page: SignedInPage, new: str = "") -> Response:
    async with page.services.database.reading() as session:
        tokens = await list_tokens(session, page.person.id)
    return page.render(
        "sign_in/tokens.html",
        tokens=tokens,
        new=new,
        zone=page.services.policy.zone,
        told=page.said == "widerrufen",
    )


def render_form(page: SignedInPage, wanted: Wanted, *, status: int = 200) -> Response:
    errors = {name: page.t(key) for name, key in wanted.wrong.items()}
    return page.render("sign_in/token.html", status, fields=write_fields(page.t, wanted, errors), errors=errors)


def read_form(sent: FormData) -> Wanted:
    name = read_line(read_text(sent, "name"))
    scopes = tuple(str(scope) for scope in sent.getlist("umfang"))
    days = str(sent.get("tage", ""))
    checks = {
        "name": 0 < len(name) <= LONGEST_NAME and name.isprintable(),
        "umfang": bool(scopes) and set(scopes) <= set(TokenScope),
        "tage": days in {str(choice) for choice in LASTS},
    }
    wrong = {name: f"page.tokens.wrong.{name}" for name, holds in checks.items() if not holds}
    return Wanted(name, scopes, days, wrong)


def write_fields(t: Texts, wanted: Wanted, errors: Mapping[str, str]) -> list[Field]:
    form = FormWriter(t, {"name": wanted.name, "umfang": wanted.scopes, "tage": wanted.days}, errors)
    name, scope, last = (t(f"page.tokens.{field}") for field in ("name", "scopes", "lasts"))
    scopes = [Choice(scope, t(f"scope.{scope}"), t(f"scope.{scope}.help")) for scope in TokenScope]
    days = [Choice(str(choice), t("page.tokens.days", count=choice)) for choice in LASTS]
    return [
        form.write("name", "line", name, t("page.tokens.name.help"), True, longest=LONGEST_NAME),
        form.write("umfang", "checks", scope, "", True, scopes),
        form.write("tage", "radio", last, "", True, days),
    ]
