"""Pages: HTML that the server renders and that needs no script. One folder for each kind of reader, one file for each
noun.

May import the rooms below; nothing imports pages but `api.app`. No page imports a page: what several need is in `kit`,
or lies beside them in their room without a router.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from fastapi import APIRouter

from api.web.dependencies import SameOrigin

SIGNED = ("api.pages.public.check_in_replies", "api.pages.public.unsubscribe")
"""What is opened from a mail. The proof is in the address, so it does not matter which site the form comes from."""

LAST = "api.pages.lead.person"
"""What has a name of its own comes before a person's id."""


def find_routers() -> Iterator[tuple[str, APIRouter]]:
    """Every module of every room that has a router, by name."""
    names = [module.name for module in pkgutil.walk_packages(__path__, f"{__name__}.") if not module.ispkg]
    for name in sorted(names, key=lambda name: (name == LAST, name)):
        found = getattr(importlib.import_module(name), "router", None)
        if isinstance(found, APIRouter):
            yield name, found


router = APIRouter(dependencies=[SameOrigin])
signed_links = APIRouter()
for name, part in find_routers():
    (signed_links if name in SIGNED else router).include_router(part)

__all__ = ["router", "signed_links"]
