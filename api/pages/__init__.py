"""The pages people see: plain HTML from the server, no script. One noun a file, each with its own router.

May import everything below `api`; nothing imports pages but `api.app`.
"""

from fastapi import APIRouter

from api.dependencies import SameOrigin
from api.pages import assets, coaches, demo, home, idea, ideas, lead, mailbox, offers, stories, stuck, words, work

router = APIRouter(dependencies=[SameOrigin])
for part in (assets, home, words, ideas, idea, work, offers, lead, stuck, coaches, stories, mailbox, demo):
    router.include_router(part.router)

__all__ = ["router"]
