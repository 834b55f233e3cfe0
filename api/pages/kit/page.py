"""The page context: who looks, in which language, and what a route has at hand to answer them."""

from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Generic

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, QueryParams
from typing_extensions import TypeVar

from api.pages.kit.languages import texts_for
from api.pages.kit.rendering import render
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.kit.visitors import (
    Halfway,
    Member,
    Visitor,
    see_coach,
    see_fresh,
    see_fresh_lead,
    see_fresh_owner,
    see_lead,
    see_member,
    see_owner,
    see_staff,
    see_visitor,
)
from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.web.dependencies import ServicesHere
from api.web.request_caller import caller_of
from models.i18n import Texts
from models.tables import Account

SAID = "meldung"
"""The parameter of an address that says what has just been done."""

Seen = TypeVar("Seen", bound=Visitor, covariant=True, default=Visitor)
Other = TypeVar("Other", bound=Visitor)


@dataclass(frozen=True)
class PageContext(Generic[Seen]):
    """One request for a page. Whatever answers it takes this alone, and not its parts by hand."""

    request: Request
    services: Services
    visitor: Seen

    @property
    def person(self: "PageContext[Member | Halfway]") -> Account:
        """Whoever is signed in, or on the way."""
        return self.visitor.person

    @cached_property
    def t(self) -> Texts:
        return texts_for(self.request, self.visitor)

    @cached_property
    def speaker(self) -> TurnPresenter:
        return TurnPresenter(self.t, self.services.policy, self.services.today(), self.visitor)

    @property
    def caller(self) -> Caller:
        """Who asks, as use cases and the audit log know them."""
        return caller_of(self.services, self.request)

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def said(self) -> str:
        """The key of what has just been done; pages have words for known ones alone, so that no link brings others."""
        return self.query.get(SAID, "")

    def is_ahead_of(self, version: int) -> bool:
        """Whether the address names a step that is taken, and later than what can be shown yet."""
        taken = self.query.get("v", "")
        return taken.isdecimal() and len(taken) < 10 and int(taken) > version

    async def form(self) -> FormData:
        """What was sent. It is read once, however often it is asked for."""
        return await self.request.form()

    def seen_by(self, visitor: Other) -> "PageContext[Other]":
        """The same request, by who is somebody else in it now."""
        return PageContext(self.request, self.services, visitor)

    def having_read(self: "PageContext[Member]", count: int) -> "PageContext[Member]":
        """The same page, for a visitor who has so many notices less to read."""
        waiting = self.visitor.waiting
        left = waiting._replace(notices=max(0, waiting.notices - count))
        return self.seen_by(replace(self.visitor, waiting=left))

    def render(self, template: str, /, status: int = 200, **context: object) -> HTMLResponse:
        """The answer: a template, with what it is told beside what every page knows."""
        return render(self.request, self.visitor, template, status, **context)

    def flash(self, known: Collection[str], prefix: str = "page.said.") -> str | None:
        """What has just been done, said once at the top of the page that comes after it; None for what is unknown."""
        return self.t(prefix + self.said) if self.said in known else None


def page_for(see: Callable[..., Coroutine[Any, Any, Visitor]]) -> Any:
    """The dependency that opens a page for whom `see` lets in, and raises what that raises."""

    async def open_page_for(
        request: Request, services: ServicesHere, visitor: Annotated[Visitor, Depends(see)]
    ) -> PageContext:
        return PageContext(request, services, visitor)

    return Depends(open_page_for)


AnyPage = Annotated[PageContext[Visitor], page_for(see_visitor)]
SignedInPage = Annotated[PageContext[Member], page_for(see_member)]
CoachPage = Annotated[PageContext[Member], page_for(see_coach)]
StaffPage = Annotated[PageContext[Member], page_for(see_staff)]
LeadPage = Annotated[PageContext[Member], page_for(see_lead)]
OwnerPage = Annotated[PageContext[Member | Halfway], page_for(see_owner)]
"""Whoever may look after their own proofs."""
FreshPage = Annotated[PageContext[Member], page_for(see_fresh)]
"""For what takes data out of here, or ends something for good: somebody who has just proved who they are."""
FreshLeadPage = Annotated[PageContext[Member], page_for(see_fresh_lead)]
FreshOwnerPage = Annotated[PageContext[Member | Halfway], page_for(see_fresh_owner)]
