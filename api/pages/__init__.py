"""Pages: HTML that the server renders and that needs no script. One folder for each kind of reader, one file for each
noun.

May import the rooms below; nothing imports pages but `api.app`. No page imports a page: what several need is in `kit`,
or lies beside them in their room without a router.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from fastapi import APIRouter

LAST = "api.pages.lead.person"
"""What has a name of its own comes before a person's id."""


def find_routers() -> Iterator[APIRouter]:
    """That of every module of every room that has one, by the module's name."""
    names = [module.name for module in pkgutil.walk_packages(__path__, f"{__name__}.") if not module.ispkg]
    for name in sorted(names, key=lambda name: (name == LAST, name)):
        found = getattr(importlib.import_module(name), "router", None)
        if isinstance(found, APIRouter):
            yield found


routes = [route for router in find_routers() for route in router.routes]
