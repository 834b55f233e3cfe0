"""The JSON API under /api/v1, one noun a file. Routes load and authorise, validate, send, answer."""

from fastapi import APIRouter

from api.routes import (
    coaches,
    commands,
    crowdfunding,
    deliveries,
    ideas,
    me,
    notices,
    offers,
    stuck,
    team,
    timeline,
    upkeep,
)
from api.web.problems import responses

API_PREFIX = "/api/v1"

api_router = APIRouter(prefix=API_PREFIX, responses=responses(400, 401, 403, 503))
for _module in (ideas, timeline, commands, team, crowdfunding, offers, stuck, coaches, me, notices, deliveries, upkeep):
    api_router.include_router(_module.router)
