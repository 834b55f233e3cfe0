"""The JSON API under /api/v1, one noun a file. Routes load and authorise, validate, send, answer."""

from fastapi import APIRouter

from api.problems import responses
from api.routes import coaches, commands, ideas, me, offers, stuck, timeline

API_PREFIX = "/api/v1"

api_router = APIRouter(prefix=API_PREFIX, responses=responses(401, 503))
for _module in (ideas, timeline, commands, offers, stuck, coaches, me):
    api_router.include_router(_module.router)
